"""What the one collector does, in threads of their own: an AWS that hangs holds up nobody."""

import logging
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial

from migration.errors import DaybreakError, StoreUnavailable
from migration.ports import Lease
from workers.app import Workbench
from workers.collector import Collector
from workers.loads import Loads
from workers.observing.observer import Observer
from workers.snapshot_method.expected import expected_seconds

log = logging.getLogger(__name__)

# A collector that is silent for so long, in seconds, is replaced: nothing waits for it, because a
# wait that nobody puts off is looked at by its own step.
SEAT_SECONDS = 10.0


class Collecting:
    """Keeps the list of instances and the observations fresh, while this process has the seat.

    One process of all collects, so that AWS is asked once. Two that both think they do, for a
    moment, do no harm.
    """

    def __init__(self, bench: Workbench) -> None:
        """Nothing was read yet."""
        self._seat = _Seat(bench)
        collector, observer = _collector(bench), Observer(bench)
        self._repeated = (
            _Repeated(
                "list of instances",
                lambda: bench.store.save_inventory(collector.collect()),
                lambda: bench.settings.inventory_seconds,
            ),
            _Repeated("observations", observer.look, lambda: observer.pace),
        )

    def begin(self) -> None:
        """Read once more what is due, unless another process collects."""
        if self._seat.ours():
            for one in self._repeated:
                one.begin()

    def end(self) -> None:
        """Leave the seat to others."""
        self._seat.leave()


def _collector(bench: Workbench) -> Collector:
    loads = Loads(bench.tools.metrics)
    copy_seconds = partial(expected_seconds, settings=bench.settings)
    return Collector(bench.tools.rds, bench.clock, loads, copy_seconds)


class _Seat:
    """The collector's place: renewed three times in its life, for as long as we live."""

    def __init__(self, bench: Workbench) -> None:
        self._bench = bench
        self._lease: Lease | None = None
        self._asked = float("-inf")

    def ours(self) -> bool:
        now = time.monotonic()
        if now - self._asked >= SEAT_SECONDS / 3:
            self._asked = now
            if self._lease is None or not self._lease.renew():
                self._lease = self._bench.observations.seat(SEAT_SECONDS)
        return self._lease is not None

    def leave(self) -> None:
        if self._lease is not None:
            self._lease.release()


class _Repeated:
    """One of its works, again and again, never twice at once."""

    def __init__(self, name: str, work: Callable[[], None], pace: Callable[[], float]) -> None:
        """`pace` says after how many seconds it is begun again."""
        self._name, self._work, self._pace = name, work, pace
        self._thread: threading.Thread | None = None
        self._began = float("-inf")

    def begin(self) -> None:
        """Unless it is under way or was begun a moment ago."""
        if self._thread is not None and self._thread.is_alive():
            return
        if time.monotonic() - self._began < self._pace():
            return
        self._began = time.monotonic()
        self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            with suppress(StoreUnavailable):
                self._work()
        except DaybreakError as error:
            log.warning("The %s could not be read: %s", self._name, error)
        except Exception:
            log.exception("The %s could not be read", self._name)
