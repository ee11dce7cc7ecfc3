"""Keeps migrations moving: timers, jobs whose worker died, gates to watch, a channel left behind.

RQ's own scheduler and registries are not relied upon: when a migration wants its
next look stands in the store, written in the commit that asked for it, and this loop asks the
engine again until somebody has looked. Several reconcilers do no harm: jobs are bound to a version.
"""

import logging
import threading
import time

from migration.adapters.watch import Watch
from migration.errors import Conflict, DaybreakError, NoSuchMigration, StoreUnavailable
from migration.model import Migration, Status
from migration.schedule import MISS_SECONDS, REDRIVE_SECONDS, work_of
from workers.app import Workbench
from workers.collector import Collector
from workers.successions import Successions

log = logging.getLogger(__name__)

ROUND_SECONDS = 0.25
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
        self._collector = Collector(bench.tools.rds, bench.clock)
        self._collected = 0.0

    def run(self, stop: threading.Event, watch: Watch) -> None:
        """Until told to stop; while Redis is away nobody else is troubled either."""
        while not stop.wait(ROUND_SECONDS):
            try:
                self.round()
            except StoreUnavailable:
                watch.wait(stop)
        self.finish()

    def finish(self) -> None:
        """Wait for what it began: a database must not stay closed for a deploy."""
        self._successions.finish()

    def round(self) -> None:
        """Look once at everything that is due."""
        now = self._bench.clock.now()
        for migration_id in self._bench.store.overdue(now):
            try:
                self._drive(self._bench.store.load(migration_id), now)
            except (Conflict, NoSuchMigration):
                continue
        self._refresh_channels(now)
        self._bench.checks.drive(now)
        self._collect()

    def _drive(self, migration: Migration, now: float) -> None:
        store = self._bench.store
        if store.leased(migration.id):
            store.look_again(migration.id, now + MISS_SECONDS)
        elif migration.status is Status.WAITING_FOR_APPROVAL:
            store.look_again(migration.id, now + self._bench.settings.watch_seconds)
            self._bench.engine.observe(migration.id)
        elif migration.cut_over_began is not None:
            store.look_again(migration.id, now + MISS_SECONDS)
            self._successions.begin(migration.id)
        else:
            work = work_of(migration)
            if work is not None:
                store.look_again(migration.id, now + REDRIVE_SECONDS)
                self._bench.engine.submit(work)

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

    def _collect(self) -> None:
        if time.monotonic() - self._collected < self._bench.settings.inventory_seconds:
            return
        try:
            self._bench.store.save_inventory(self._collector.collect())
        except StoreUnavailable:
            raise
        except DaybreakError as error:
            log.warning("The list of instances could not be read: %s", error)
        self._collected = time.monotonic()
