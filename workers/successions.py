"""Take-overs under way, each in a thread of its own: one that waits holds up nobody."""

import logging
import threading
import time

from migration.errors import Conflict, DaybreakError, NoSuchMigration
from workers.app import Workbench
from workers.leases import held

log = logging.getLogger(__name__)

# One that failed at once is tried again after this: each try is an entry in the history.
AGAIN_SECONDS = 2.0


class Successions:
    """What the reconciler does about cut-overs that nobody carries out any more."""

    def __init__(self, bench: Workbench) -> None:
        """None is under way."""
        self._bench = bench
        self._threads: dict[str, threading.Thread] = {}
        self._began: dict[str, float] = {}

    def begin(self, migration_id: str) -> None:
        """Take this one over, unless that is under way."""
        known = self._threads.get(migration_id)
        if known is not None and known.is_alive():
            return
        now = time.monotonic()
        if now - self._began.get(migration_id, float("-inf")) < AGAIN_SECONDS:
            return
        self._began[migration_id] = now
        thread = threading.Thread(
            target=self._take_over, args=(migration_id,), name=f"succession-{migration_id}"
        )
        self._threads[migration_id] = thread
        thread.start()

    def under_way(self) -> set[str]:
        """The migrations that are being taken over."""
        return {known for known, thread in self._threads.items() if thread.is_alive()}

    def _take_over(self, migration_id: str) -> None:
        bench = self._bench
        try:
            asked = time.monotonic()
            lease = bench.store.lease(migration_id, bench.settings.lease_seconds)
            if lease is None:
                return
            with held(lease, bench.settings.lease_seconds, asked) as holder:
                migration = bench.store.load(migration_id)
                if migration.cut_over_began is not None:
                    log.warning("%s: nobody carries it out any more; taking over", migration_id)
                    bench.succession(migration).run(migration, holder)
        except (Conflict, NoSuchMigration):
            log.info("%s has moved on", migration_id)
        except DaybreakError as error:
            log.warning("%s could not be taken over yet: %s", migration_id, error)
        except Exception:
            log.exception("%s could not be taken over yet", migration_id)
