"""What people may do to a migration: each use case is one conditional commit."""

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from migration import pausing
from migration.approvals import Answer, Click, Decision, Person, Policy, Rule
from migration.approving import Approving, voided
from migration.control_rules import Control
from migration.controls import check
from migration.cool_off import READINGS, in_cool_off
from migration.errors import (
    NotPossibleNow,
    SourceBusy,
)
from migration.events import (
    CancelRequested,
    DropRequested,
    FinishRequested,
    MigrationRetried,
    MigrationStarted,
    WarningsAcknowledged,
)
from migration.freezing import CANCELLED, reopening
from migration.listing import check_class, movable
from migration.model import (
    Evidence,
    Migration,
    Options,
    Reading,
    Status,
    is_cut_over,
    pivot_of,
)
from migration.plan import plan_for, planned
from migration.ports import Clock, Inventory, Store
from migration.schedule import job_of, work_of
from migration.sync import Sync, step_of_replica
from migration.terms import Terms, Void
from migration.warnings import acknowledged, unacknowledged, warnings_of

LAG = "lag"


@dataclass(frozen=True)
class Snapshot:
    """A migration with what the channel shows around it, at one moment."""

    migration: Migration
    lag: tuple[Reading, ...]
    evidence: Evidence | None
    now: float
    #: Checks whose warnings nobody has taken note of.
    unacknowledged: tuple[str, ...] = ()
    #: In the cool-off: the readings of the way back by name (`cool_off.READINGS`), oldest first.
    way_back: Mapping[str, tuple[Reading, ...]] = field(default_factory=dict)
    #: What the watch over the synchronization saw last.
    sync: Sync | None = None
    #: Under which terms the gate that it stands at opens; None where nobody looked.
    terms: Terms | None = None


class Service:
    """Everything that changes a migration goes through here."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        policy: Policy,
        new_suffix: Callable[[], str] = lambda: secrets.token_hex(2),
    ) -> None:
        """A service over these ports."""
        self._store = store
        self._clock = clock
        self._approving = Approving(store, clock, policy)
        self._new_suffix = new_suffix

    def start(self, source: str, requester: str, channel: str, options: Options) -> Migration:
        """Begin a migration.

        Raises:
            InvalidOptions: an instance that is unknown or can't be moved as it was last seen, a
                class that its target can't have, or options that can't be planned.
            SourceBusy: the source has a migration under way.
        """
        self._check_free(source)
        inventory = self._store.inventory()
        movable(inventory, source)
        check_class(inventory, source, options)
        now = self._clock.now()
        migration = Migration(
            id=f"{source}-{self._new_suffix()}",
            source=source,
            requester=requester,
            channel=channel,
            options=options,
            plan=plan_for(source, options),
            created_at=now,
            updated_at=now,
            tags=_tags(inventory, source),
        )
        plan = planned(source, migration.plan, options)
        started = MigrationStarted(now, requester, source, migration.target, plan)
        self._store.create(migration, [started], work_of(migration))
        return migration

    def _check_free(self, source: str) -> None:
        """Said before anything else that would be wrong; the store itself holds it."""
        for other in self._store.under_way():
            if other.source == source:
                raise SourceBusy(source, other.id)

    def rule_for(self, source: str, migration: Migration | None = None) -> Rule:
        """The approval rule that counts for this source now."""
        return self._approving.rule_for(source, migration)

    def terms(
        self, migration: Migration, gate: str = "", evidence: Evidence | None = None
    ) -> Terms:
        """Under which terms that gate, or the one that it stands at, opens now.

        The latest evidence is looked for where none is given.
        """
        seen = evidence or self._store.evidence(migration.id)
        return self._approving.terms(migration, gate, seen)

    def may_decide(self, migration_id: str, click: Click, person: Person) -> Decision:
        """Whether this person may open the gate's question."""
        return self._approving.may_decide(migration_id, click, person)

    def approve(
        self,
        migration_id: str,
        click: Click,
        person: Person,
        typed_name: str,
        reason: str = "",
        ticket: str = "",
        others: Sequence[Person] = (),
    ) -> tuple[Decision, Migration]:
        """See `Approving.approve`; raises Conflict."""
        answer = Answer(typed_name, reason, ticket)
        return self._approving.approve(migration_id, click, person, answer, others)

    def begin_scheduled(self, migration_id: str, people: Sequence[Person]) -> Migration | None:
        """See `Approving.begin_scheduled`; raises Conflict."""
        return self._approving.begin_scheduled(migration_id, people)

    def call_off(self, migration_id: str, by: str) -> Migration:
        """See `Approving.call_off`; raises NotPossibleNow or Conflict."""
        return self._approving.call_off(migration_id, by)

    def refused(self, migration_id: str, gate: str, by: str, decision: Decision) -> None:
        """Record that somebody tried and was refused."""
        self._approving.refused(migration_id, gate, by, decision)

    def cancel(self, migration_id: str, by: str) -> Migration:
        """End a migration and take down what it made; a cut-over goes back first.

        Raises:
            NotPossibleNow: it is over, is being cancelled, or has been cut over.
            TooLateToCancel: the promotion was decided before.
        """
        migration = self._store.load(migration_id)
        check(Control.CANCEL, migration)
        if migration.status is Status.FROZEN:
            return self._cancel_freeze(migration, by)
        if migration.cut_over_began is not None:
            return self._cancel_cut_over(migration, by)
        now = self._clock.now()
        # The plan's pivot has not run: what it would undo does not exist.
        position = min(migration.position, pivot_of(migration.plan) - 1)
        after = migration.to(
            Status.CANCELLING,
            position=position,
            updated_at=now,
            attempts=0,
            waiting=None,
            problem=None,
            approval=None,
            given=(),
            cancelled_by=by,
            dropping_by="",
            dropped_by="",
            paused=None,
        )
        self._store.commit(migration, after, [CancelRequested(now, by)], work_of(after))
        return after

    def _cancel_cut_over(self, migration: Migration, by: str) -> Migration:
        """Whoever carries it out finds that its promotion can't be committed, and goes back."""
        now = self._clock.now()
        after = migration.to(Status.CUTTING_OVER, updated_at=now, cancelled_by=by)
        event = CancelRequested(now, by, during_cut_over=True)
        self._store.commit(migration, after, [event])
        return after

    def drop_replica(self, migration_id: str, by: str) -> Migration:
        """Take the replica down and nothing else; the migration stands still afterwards.

        What was seen of it is void: the next one is watched and compared anew.

        Raises:
            NotPossibleNow: there is none, or it may be promoted.
        """
        migration = self._store.load(migration_id)
        check(Control.DROP_REPLICA, migration)
        now = self._clock.now()
        after = migration.to(
            Status.DROPPING,
            position=step_of_replica(migration),
            updated_at=now,
            attempts=0,
            waiting=None,
            problem=None,
            aborted="",
            given=(),
            dropping_by=by,
            paused=None,
        )
        void = [Void(one, "The replica is dropped.") for one in migration.given]
        events = [DropRequested(now, by), *voided(void, now)]
        self._store.commit(migration, after, events, work_of(after))
        self._store.save_evidence(migration_id, Evidence((), (), now))
        return after

    def _cancel_freeze(self, migration: Migration, by: str) -> Migration:
        """The source reopens first; what was made is taken down after that."""
        now = self._clock.now()
        after = reopening(migration, CANCELLED, now, cancelled_by=by)
        event = CancelRequested(now, by, during_cut_over=True)
        self._store.commit(migration, after, [event])
        return after

    def pause(self, migration_id: str, by: str) -> Migration:
        """Have nothing new started; what was made is left as it is.

        Raises:
            NotPossibleNow: it is past its preparation and synchronization, or stands still already.
        """
        migration = self._store.load(migration_id)
        check(Control.PAUSE, migration)
        return pausing.pause(self._store, migration, by, self._clock.now())

    def resume(self, migration_id: str, by: str) -> Migration:
        """Have a paused migration go on where it was.

        Raises:
            NotPossibleNow: it is not paused.
        """
        migration = self._store.load(migration_id)
        check(Control.RESUME, migration)
        return pausing.resume(self._store, migration, by, self._clock.now())

    def retry(self, migration_id: str, by: str) -> Migration:
        """Have a halted migration go on where it stopped.

        Raises:
            NotPossibleNow: it does not stand still.
        """
        migration = self._store.load(migration_id)
        check(Control.RETRY, migration)
        now = self._clock.now()
        after = migration.to(
            _going_on(migration), updated_at=now, attempts=0, problem=None, dropped_by=""
        )
        step = migration.problem.step if migration.problem else job_of(after)
        event = MigrationRetried(now, by, step)
        self._store.commit(migration, after, [event], work_of(after))
        return after

    def finish(self, migration_id: str, by: str) -> Migration:
        """End the cool-off: the way back is taken down, and the source retired.

        Raises:
            NotPossibleNow: there is no way back that is kept, or somebody decided before.
        """
        migration = self._store.load(migration_id)
        check(Control.FINISH, migration)
        now = self._clock.now()
        after = migration.to(
            Status.ACTIVE, updated_at=now, attempts=0, problem=None, finishing_by=by
        )
        self._store.commit(migration, after, [FinishRequested(now, by)], work_of(after))
        return after

    def acknowledge(self, migration_id: str, by: str) -> tuple[str, ...]:
        """Take note of all that a source was warned of; gives the checks' names.

        The state stays as it is: a step that runs meanwhile is not disturbed.

        Raises:
            NotPossibleNow: there is nothing to take note of, or it is too late for it.
        """
        migration = self._store.load(migration_id)
        if migration.final or is_cut_over(migration):
            raise NotPossibleNow("This migration is past the point where warnings matter.")
        checks = self._unacknowledged(migration)
        if not checks:
            raise NotPossibleNow("Every warning has been acknowledged already.")
        event = WarningsAcknowledged(self._clock.now(), by, checks)
        self._store.append(migration_id, [event])
        return checks

    def _unacknowledged(self, migration: Migration) -> tuple[str, ...]:
        if not warnings_of(migration):
            return ()
        return unacknowledged(migration, acknowledged(self._store.events(migration.id)))

    def snapshot(self, migration_id: str) -> Snapshot:
        """The migration with its readings and the latest evidence."""
        migration = self._store.load(migration_id)
        evidence = self._store.evidence(migration_id)
        return Snapshot(
            migration,
            tuple(self._store.readings(migration_id, LAG)),
            evidence,
            self._clock.now(),
            self._unacknowledged(migration),
            self._way_back(migration),
            sync=self._store.sync(migration_id),
            terms=self._approving.terms(migration, evidence=evidence),
        )

    def _way_back(self, migration: Migration) -> Mapping[str, tuple[Reading, ...]]:
        if not in_cool_off(migration):
            return {}
        return {name: tuple(self._store.readings(migration.id, name)) for name in READINGS}


def _going_on(migration: Migration) -> Status:
    """Where a retry leads from where it stands still."""
    if migration.status is Status.FROZEN:
        return Status.FROZEN
    if migration.cancelled_by:
        return Status.CANCELLING
    if migration.dropping_by:
        return Status.DROPPING
    gate = bool(migration.step and migration.step.gate)
    return Status.WAITING_FOR_APPROVAL if gate else Status.ACTIVE


def _tags(inventory: Inventory | None, name: str) -> Mapping[str, str] | None:
    found = inventory.source(name) if inventory else None
    return None if found is None else dict(found.tags)
