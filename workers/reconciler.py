"""Keeps migrations moving: timers, jobs whose worker died, gates to watch, a channel left behind.

RQ's own scheduler and registries are not relied upon: when a migration wants its
next look stands in the store, written in the commit that asked for it, and this loop asks the
engine again until somebody has looked. Several reconcilers do no harm: jobs are bound to a version.
"""

import logging
import threading
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress

from migration.adapters.watch import Watch
from migration.errors import Conflict, NoSuchMigration, StoreUnavailable
from migration.model import Migration, Status
from migration.schedule import REDRIVE_SECONDS, work_of
from workers.app import Workbench
from workers.collecting import Collecting
from workers.snapshot_method.in_charge import look_after
from workers.successions import Successions
from workers.sync.rounds import Rounds

log = logging.getLogger(__name__)

ROUND_SECONDS = 0.25
# How soon a job is looked at again that somebody works on.
MISS_SECONDS = 0.5
# A job that was lost is asked for again; one that only waits comes to its turn.
OBSERVATION_PATIENCE_SECONDS = 30.0
# The channel's own job comes first; what it has not done by then is asked for again.
CHANNEL_PATIENCE_SECONDS = 3.0
# So many jobs for each channel that is behind may wait for its worker.
ROUNDS_WAITING = 3


class Reconciler:
    """One loop over what is overdue."""

    def __init__(self, bench: Workbench) -> None:
        """A reconciler of this process."""
        self._bench = bench
        self._successions = Successions(bench)
        self._refreshed: dict[str, float] = {}
        #: the evidence that was there when a newer one was asked for, and when that was
        self._observing: dict[str, tuple[float | None, float]] = {}
        self._collecting = Collecting(bench)
        self._watches = Rounds(bench)

    def run(self, stop: threading.Event, watch: Watch) -> None:
        """Until told to stop; while Redis is away nobody else is troubled either."""
        while not stop.wait(ROUND_SECONDS):
            try:
                self.round()
            except StoreUnavailable:
                watch.wait(stop)
        self.finish()

    def finish(self) -> None:
        """Wait for what it began: a database must not stay closed for a deploy.

        Nobody may have started another reconciler before that is done: all the while, those are
        taken over as well that fall silent now, each once.
        """
        tried = self._successions.under_way()
        while self._successions.under_way():
            with suppress(StoreUnavailable):
                tried |= self._take_over(but=tried)
            time.sleep(ROUND_SECONDS)
        self._collecting.end()

    def round(self) -> None:
        """Look once at everything that is due."""
        self._take_over()
        now = self._bench.clock.now()
        for migration_id in self._bench.store.overdue(now):
            with self._alone(migration_id):
                self._drive(self._bench.store.load(migration_id), now)
        self._refresh_channels(now)
        self._watches.begin()
        self._bench.checks.drive(now)
        if self._bench.audit_keeping is not None:
            self._bench.audits.drive(now)
        self._bench.remedies.drive(now)
        self._collecting.begin()

    def _take_over(self, but: Collection[str] = ()) -> set[str]:
        """Find cut-overs whose process is silent: by their lease alone, for clocks may differ."""
        store = self._bench.store
        silent = {one for one in store.cutting_over() if one not in but and not store.leased(one)}
        for migration_id in silent:
            self._successions.begin(migration_id)
        return silent

    @contextmanager
    def _alone(self, migration_id: str) -> Iterator[None]:
        """One migration's trouble is no other's."""
        try:
            yield
        except (Conflict, NoSuchMigration):
            pass
        except StoreUnavailable:
            raise
        except Exception:
            log.exception("%s could not be looked at", migration_id)
            self._bench.store.look_again(migration_id, self._bench.clock.now() + REDRIVE_SECONDS)

    def _drive(self, migration: Migration, now: float) -> None:
        store = self._bench.store
        if store.leased(migration.id):
            store.look_again(migration.id, now + MISS_SECONDS)
        elif migration.status is Status.WAITING_FOR_APPROVAL:
            store.look_again(migration.id, now + self._bench.settings.watch_seconds)
            self._observe(migration.id)
        elif migration.status is Status.FROZEN:
            look_after(migration, self._bench, now)
        elif migration.cut_over_began is None:
            work = work_of(migration)
            if work is not None:
                store.look_again(migration.id, now + REDRIVE_SECONDS)
                self._bench.engine.submit(work)

    def _observe(self, migration_id: str) -> None:
        """Have fresh evidence gathered, unless nobody has come to what was asked for before.

        More of the same would stand in front of what people ask for by their clicks.
        """
        evidence = self._bench.store.evidence(migration_id)
        seen = evidence.at if evidence else None
        before, asked = self._observing.get(migration_id, (None, float("-inf")))
        now = time.monotonic()
        if seen == before and now - asked < OBSERVATION_PATIENCE_SECONDS:
            return
        self._observing[migration_id] = (seen, now)
        self._bench.engine.observe(migration_id)

    def _refresh_channels(self, now: float) -> None:
        overdue = self._bench.store.channel_overdue(now - CHANNEL_PATIENCE_SECONDS)
        if overdue and self._bench.engine.channel_jobs() >= ROUNDS_WAITING * len(overdue):
            # Nobody takes them: Slack is away, or the channel's worker. More would only delay
            # what is said first when they are back.
            return
        for migration_id in overdue:
            if now - self._refreshed.get(migration_id, 0.0) >= CHANNEL_PATIENCE_SECONDS:
                self._refreshed[migration_id] = now
                self._bench.engine.refresh(migration_id)
