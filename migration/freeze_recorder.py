"""What workers report of the snapshot method's outage: it began, it ends, or a person is asked."""

from dataclasses import replace

from migration.events import (
    CopyQuestioned,
    CutOverAborted,
    CutOverCancelled,
    Event,
    ReopeningBegan,
    SourceFrozen,
    StepDone,
)
from migration.freezing import CANCELLED, begins_anew_at, reopening, unmade
from migration.model import Facts, Freeze, Migration, Problem, Status, pivot_of
from migration.plan import FREEZE, VALIDATE_COPY
from migration.ports import Clock, Store
from migration.schedule import work_of


class FreezeRecorder:
    """Each is one conditional commit."""

    def __init__(self, store: Store, clock: Clock) -> None:
        """A recorder over these ports."""
        self._store = store
        self._clock = clock

    def frozen(self, migration: Migration, facts: Facts) -> Migration:
        """The source is closed and marked: the copy can be made, by steps that nobody holds.

        A cancel that came meanwhile is obeyed: the source reopens.
        """
        if migration.cancelled_by:
            return self.reopen(migration, CANCELLED)
        now = self._clock.now()
        freeze = migration.freeze or Freeze(reopen_by=now)
        after = migration.to(
            Status.FROZEN,
            position=migration.position + 1,
            updated_at=now,
            attempts=0,
            waiting=None,
            cut_over_began=None,
            problem=None,
            facts={**migration.facts, FREEZE: facts},
            freeze=replace(freeze, began_at=migration.cut_over_began or now),
        )
        events: list[Event] = [
            StepDone(now, FREEZE, facts),
            SourceFrozen(now, migration.epoch, freeze.reopen_by),
        ]
        self._store.commit(migration, after, events, work_of(after))
        return after

    def failed(self, migration: Migration, reason: str) -> Migration:
        """A step of the outage gave up: the source reopens.

        Only where the copy was compared and is not equal a person is asked first, in the time that
        is left.
        """
        step = migration.step
        if step is None or step.name != VALIDATE_COPY or migration.freeze is None:
            return self.reopen(migration, reason)
        now = self._clock.now()
        after = migration.to(
            Status.FROZEN, updated_at=now, waiting=None, problem=Problem(step.name, reason, now)
        )
        asked = CopyQuestioned(now, reason, migration.freeze.reopen_by)
        self._store.commit(migration, after, [asked], None)
        return after

    def reopen(self, migration: Migration, why: str) -> Migration:
        """Have the source take writes again; from here on the copy is void."""
        now = self._clock.now()
        after = reopening(migration, why, now)
        self._store.commit(migration, after, [ReopeningBegan(now, why)], None)
        return after

    def reopened(self, migration: Migration, reason: str, seconds: float) -> Migration:
        """The source takes writes: what was made is taken down, and the gate asks anew."""
        now = self._clock.now()
        cancelled = migration.cancelled_by
        after = migration.to(
            Status.CANCELLING if cancelled else Status.ACTIVE,
            position=pivot_of(migration.plan) - 1 if cancelled else begins_anew_at(migration),
            updated_at=now,
            attempts=0,
            waiting=None,
            approval=None,
            given=(),
            aborted=reason,
            cut_over_began=None,
            promoting_since=None,
            problem=None,
            **unmade(migration),
        )
        event: Event = (
            CutOverCancelled(now, cancelled, reason, seconds)
            if cancelled
            else CutOverAborted(now, reason)
        )
        self._store.commit(migration, after, [event], work_of(after))
        return after
