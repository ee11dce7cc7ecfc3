"""The collector's look at AWS for everybody who waits: one for all, and most waits go on by it."""

import logging
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import replace

from migration.errors import Conflict, NoSuchMigration
from migration.model import Migration
from migration.sync import is_synchronizing
from workers.app import Workbench
from workers.observing.rehearsal import GoesOn, by_sight, only_waits, rehearse
from workers.observing.sight import Collected, NotObserved, Unanswered
from workers.sync import needs

log = logging.getLogger(__name__)

# What was observed is forgotten unless it was seen again in this many polls.
KEPT_POLLS = 2
# A wait is due by itself after this many of its own: when no collector came in between.
OWN_TURN = 2
# While AWS does not answer, hundreds that ask it too would keep it from answering; but after
# this nobody may rely any more on that somebody would have seen what happens.
PATIENCE_SECONDS = 60.0


class Observer:
    """Looks once for all; a wait that goes on is put off, one that may be over is due at once."""

    def __init__(self, bench: Workbench) -> None:
        """An observer that has not looked yet."""
        self._bench = bench
        self._shortest = bench.settings.poll_seconds
        #: migrations that were put off, by when they were last seen to wait on
        self._seen: dict[str, float] = {}

    @property
    def pace(self) -> float:
        """How soon it wants to look again, in seconds: as often as whoever waits would."""
        return self._shortest

    def look(self) -> None:
        """Once for all who wait; where nobody does, AWS is not asked."""
        bench = self._bench
        under_way = bench.store.under_way()
        waiting = [one for one in under_way if only_waits(one)]
        watched = [one for one in under_way if is_synchronizing(one)]
        sight = Collected(bench.tools.rds, bench.tools.metrics)
        at = bench.clock.now()
        found, unanswered = self._rehearse(waiting, watched, sight)
        for failure in sight.failures.values():
            log.warning("Not observed: %s", failure)
        if sight.touched:
            seconds = KEPT_POLLS * bench.settings.poll_seconds
            bench.observations.keep(sight.touched, at, seconds)
        self._seen = {one.id: self._seen[one.id] for one in waiting if one.id in self._seen}
        for migration in waiting:
            if migration.id in found:
                self._goes_on(migration, found[migration.id])
            elif migration.id in self._seen:
                self._may_be_over(migration, unanswered=migration.id in unanswered)
        self._shortest = self._pace_of(found.values())

    def _rehearse(
        self, waiting: Sequence[Migration], watched: Sequence[Migration], sight: Collected
    ) -> tuple[dict[str, GoesOn], set[str]]:
        """Who goes on waiting, and of whom AWS did not say it.

        Steps are tried again when the metrics are there that they asked for. What the watch over
        each synchronization wants is looked for along with it.
        """
        tools = by_sight(self._bench.tools, sight)
        found: dict[str, GoesOn] = {}
        unanswered: set[str] = set()
        new = True
        while new:
            for migration in waiting:
                try:
                    goes_on = None if migration.id in found else rehearse(migration, tools)
                except Unanswered:
                    unanswered.add(migration.id)
                    continue
                if goes_on is not None:
                    found[migration.id] = goes_on
            for migration in watched:
                with suppress(NotObserved):
                    needs.touch(migration, tools)
            new = sight.ask_for_metrics()
        return found, unanswered

    def _goes_on(self, migration: Migration, told: GoesOn) -> None:
        """Say so as a worker would, unless one is at it."""
        store = self._bench.store
        with suppress(Conflict, NoSuchMigration):
            if store.leased(migration.id):
                return
            for reading in told.readings:
                store.add_reading(migration.id, reading)
            later = replace(told.wait, seconds=OWN_TURN * told.wait.seconds)
            self._bench.recorder.record(migration, later)
            self._seen[migration.id] = self._bench.clock.now()

    def _may_be_over(self, migration: Migration, *, unanswered: bool) -> None:
        """Have its step look for itself, now; unless AWS has more than enough to do."""
        now = self._bench.clock.now()
        if unanswered and now - self._seen[migration.id] < PATIENCE_SECONDS:
            self._bench.store.look_again(migration.id, now + OWN_TURN * self._shortest)
        else:
            del self._seen[migration.id]
            self._bench.store.look_again(migration.id, now)

    def _pace_of(self, found: Iterable[GoesOn]) -> float:
        settings = self._bench.settings
        wanted = min((one.wait.seconds for one in found), default=settings.poll_seconds)
        least = min(settings.poll_seconds, settings.watch_seconds)
        return min(max(wanted, least), settings.poll_seconds)
