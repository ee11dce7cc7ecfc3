"""What workers report: a step's answer, its failure, the cut-over's begin and its way back."""

from dataclasses import replace

from migration.cool_off import is_to_be_asked
from migration.errors import DaybreakError, NotPossibleNow, Transient
from migration.events import (
    ActIntended,
    CutOverAborted,
    CutOverBegan,
    CutOverCancelled,
    CutOverStuck,
    CutOverTakenOver,
    DecisionWanted,
    Event,
    GateReached,
    MigrationCancelled,
    MigrationCompleted,
    MigrationHalted,
    MigrationRolledBack,
    ReplicaDropped,
    RollBackAborted,
    RolledBack,
    StepCompensated,
    StepDone,
    StepFailed,
    WayBackLost,
)
from migration.freeze_recorder import FreezeRecorder
from migration.model import (
    WENT_BACK,
    Facts,
    Migration,
    Problem,
    Status,
    Waiting,
    pivot_of,
)
from migration.plan import KEEP_WAY_BACK, ROLL_BACK
from migration.ports import Clock, Store
from migration.schedule import job_of, work_of
from migration.steps import Done, Outcome, Wait

# A step that failed this often in a row wants a person: with the pauses below, after four minutes.
MOST_ATTEMPTS = 6
FIRST_PAUSE_SECONDS = 2.0
LONGEST_PAUSE_SECONDS = 120.0


def pause_before(attempt: int) -> float:
    """Seconds before the next attempt: doubling, up to two minutes."""
    return float(min(FIRST_PAUSE_SECONDS * 2 ** (attempt - 1), LONGEST_PAUSE_SECONDS))


class Recorder:
    """Takes down what came of a job, and queues what comes next, in one conditional commit."""

    def __init__(self, store: Store, clock: Clock) -> None:
        """A recorder over these ports."""
        self._freezes = FreezeRecorder(store, clock)
        self._store = store
        self._clock = clock

    def record(self, migration: Migration, outcome: Outcome) -> Migration:
        """Take down what a step answered, and queue what comes next."""
        if isinstance(outcome, Wait):
            return self._waits(migration, outcome)
        if migration.status is Status.CANCELLING:
            return self._compensated(migration, outcome)
        if migration.status is Status.DROPPING:
            return self._dropped(migration, outcome)
        return self._done(migration, outcome)

    def _waits(self, migration: Migration, wait: Wait) -> Migration:
        now = self._clock.now()
        due = now + wait.seconds
        known = migration.waiting
        asks = is_to_be_asked(migration, now)
        same = known and (known.reason, known.progress) == (wait.reason, wait.progress)
        if same and not asks:
            # Nothing new to say: no new version, so that no button goes stale.
            self._store.look_again(migration.id, due)
            return migration
        since = known.since if known else now
        after = migration.to(
            migration.status,
            updated_at=now,
            attempts=0,
            waiting=Waiting(wait.reason, since, wait.progress),
        )
        events: list[Event] = []
        if asks:
            after = replace(after, asked_times=migration.asked_times + 1, asked_at=now)
            events.append(DecisionWanted(now, after.asked_times))
        self._store.commit(migration, after, events, work_of(after, due))
        return after

    def _done(self, migration: Migration, outcome: Done) -> Migration:
        step = migration.step
        if step is None:
            raise NotPossibleNow
        now = self._clock.now()
        position = migration.position + 1
        following = migration.plan.steps[position : position + 1]
        events: list[Event] = [StepDone(now, step.name, outcome.facts)]
        if step.name == KEEP_WAY_BACK and outcome.facts.get("lost"):
            events.append(WayBackLost(now, str(outcome.facts["lost"])))
        ended = outcome.facts.get("ended") if step.name == KEEP_WAY_BACK else None
        if ended == WENT_BACK:
            status = Status.ROLLED_BACK
            events.append(MigrationRolledBack(now, by_hand=ROLL_BACK not in migration.facts))
        elif not following:
            status = Status.COMPLETED
            events.append(MigrationCompleted(now))
        elif following[0].gate:
            status = Status.WAITING_FOR_APPROVAL
            events.append(GateReached(now, following[0].gate))
        else:
            frozen = migration.status is Status.FROZEN
            status = Status.FROZEN if frozen else Status.ACTIVE
        after = migration.to(
            status,
            position=position,
            updated_at=now,
            attempts=0,
            waiting=None,
            cut_over_began=None,
            promoting_since=None,
            given=(),
            # Nothing of a cancel is left to be done once applications write to the target.
            cancelled_by="",
            problem=None,
            facts={**migration.facts, step.name: outcome.facts},
            freeze=migration.freeze if status is Status.FROZEN else None,
        )
        self._store.commit(migration, after, events, work_of(after))
        return after

    def _compensated(self, migration: Migration, outcome: Done) -> Migration:
        step = migration.step
        if step is None:
            raise NotPossibleNow
        now = self._clock.now()
        position = migration.position - 1
        events: list[Event] = [StepCompensated(now, step.name, outcome.facts)]
        status = Status.CANCELLING
        if position < 0:
            status = Status.CANCELLED
            position = 0
            events.append(MigrationCancelled(now))
        after = migration.to(status, position=position, updated_at=now, attempts=0, waiting=None)
        self._store.commit(migration, after, events, work_of(after))
        return after

    def _dropped(self, migration: Migration, outcome: Done) -> Migration:
        """The replica is gone, and with it what its steps found; a person says how it goes on."""
        now = self._clock.now()
        name = migration.step.name if migration.step else ""
        void = {step.name for step in migration.plan.steps[migration.position :]}
        after = migration.to(
            Status.HALTED,
            updated_at=now,
            attempts=0,
            waiting=None,
            problem=Problem(name, str(outcome.facts.get("slot", "")), now),
            facts={step: found for step, found in migration.facts.items() if step not in void},
            dropping_by="",
            dropped_by=migration.dropping_by,
        )
        event = ReplicaDropped(now, migration.dropping_by, outcome.facts)
        self._store.commit(migration, after, [event], None)
        return after

    def failed(self, migration: Migration, error: DaybreakError) -> Migration:
        """A step raised: try again after a pause, or halt and ask for a person."""
        step = migration.step
        if step is None:
            raise NotPossibleNow
        now = self._clock.now()
        attempt = migration.attempts + 1
        if not isinstance(error, Transient) or attempt >= MOST_ATTEMPTS:
            return self.halt(migration, str(error))
        after = migration.to(migration.status, updated_at=now, attempts=attempt)
        event = StepFailed(now, step.name, str(error), attempt)
        self._store.commit(migration, after, [event], work_of(after, now + pause_before(attempt)))
        return after

    def halt(self, migration: Migration, reason: str) -> Migration:
        """Stand still and say why; a person is needed."""
        if migration.status is Status.FROZEN:
            return self._freezes.failed(migration, reason)
        now = self._clock.now()
        name = migration.step.name if migration.step else ""
        after = migration.to(
            Status.HALTED, updated_at=now, waiting=None, problem=Problem(name, reason, now)
        )
        self._store.commit(migration, after, [MigrationHalted(now, name, reason)], None)
        return after

    def reopen_source(self, migration: Migration, why: str) -> Migration:
        """End the outage of the snapshot method: from here on nothing counts that was copied."""
        return self._freezes.reopen(migration, why)

    # A cut-over or a roll back: `migration.status` says which ------------------------------------

    def begin_cut_over(self, migration: Migration, epoch: int, gives_up_at: float) -> Migration:
        """The job's first act: from here on it is this job's, under this epoch."""
        now = self._clock.now()
        frozen = migration.status is Status.FROZEN
        status = Status.CUTTING_OVER if frozen else migration.status
        after = migration.to(status, updated_at=now, epoch=epoch, cut_over_began=now)
        # No work: nothing but this job may go on with it.
        began = CutOverBegan(now, epoch, gives_up_at, back=_goes_back(migration))
        self._store.commit(migration, after, [began], None, quiet=True)
        return after

    def decide_promotion(self, migration: Migration, act: str) -> Migration:
        """The intent to promote: this commit decides against any cancel that comes after it.

        Raises:
            Conflict: a cancel came before, or a successor has taken over.
        """
        now = self._clock.now()
        after = migration.to(Status.CUTTING_OVER, updated_at=now, promoting_since=now)
        name = migration.step.name if migration.step else ""
        intent = ActIntended(now, name, act, {"cluster": migration.target})
        self._store.commit(migration, after, [intent], None, quiet=True)
        return after

    def cut_over_taken_over(self, migration: Migration, epoch: int) -> Migration:
        """A successor has it, under this epoch; its predecessor's answer is void."""
        now = self._clock.now()
        after = migration.to(migration.status, updated_at=now, epoch=epoch)
        event = CutOverTakenOver(now, epoch, back=_goes_back(migration))
        self._store.commit(migration, after, [event], None, quiet=True)
        return after

    def cut_over_stuck(self, migration: Migration, reason: str) -> Migration:
        """Not all writes flow: said once, while it is being tried."""
        if migration.problem is not None and migration.problem.reason == reason:
            return migration
        now = self._clock.now()
        problem = Problem(job_of(migration), reason, now)
        after = migration.to(migration.status, updated_at=now, problem=problem)
        stuck = CutOverStuck(now, reason, back=_goes_back(migration))
        self._store.commit(migration, after, [stuck], None)
        return after

    def roll_back_aborted(self, migration: Migration, reason: str) -> Migration:
        """The target takes writes, and the way back is kept on; whoever wants it approves anew."""
        now = self._clock.now()
        after = migration.to(
            Status.ACTIVE,
            updated_at=now,
            attempts=0,
            waiting=None,
            approval=None,
            given=(),
            aborted=reason,
            cut_over_began=None,
            problem=None,
        )
        self._store.commit(migration, after, [RollBackAborted(now, reason)], work_of(after))
        return after

    def rolled_back(self, migration: Migration, facts: Facts) -> Migration:
        """The source takes writes again; what kept the way back is taken down next."""
        now = self._clock.now()
        after = migration.to(
            Status.ACTIVE,
            updated_at=now,
            attempts=0,
            waiting=None,
            cut_over_began=None,
            problem=None,
            facts={**migration.facts, ROLL_BACK: facts},
        )
        self._store.commit(migration, after, [RolledBack(now, facts)], work_of(after))
        return after

    # The cut-over alone ---------------------------------------------------------------------------

    def cut_over_aborted(self, migration: Migration, reason: str) -> Migration:
        """The source takes writes again; the gate is shut until somebody approves anew."""
        now = self._clock.now()
        after = migration.to(
            Status.WAITING_FOR_APPROVAL,
            updated_at=now,
            approval=None,
            given=(),
            aborted=reason,
            cut_over_began=None,
            promoting_since=None,
            problem=None,
            freeze=None,
        )
        self._store.commit(migration, after, [CutOverAborted(now, reason)], None)
        return after

    def cut_over_cancelled(self, migration: Migration, reason: str, seconds: float) -> Migration:
        """The source takes writes again, and the migration goes on to be cancelled."""
        now = self._clock.now()
        after = migration.to(
            Status.CANCELLING,
            # The plan's pivot has not run: what it would undo does not exist.
            position=pivot_of(migration.plan) - 1,
            updated_at=now,
            attempts=0,
            waiting=None,
            approval=None,
            given=(),
            aborted=reason,
            cut_over_began=None,
            promoting_since=None,
            problem=None,
            freeze=None,
        )
        event = CutOverCancelled(now, migration.cancelled_by, reason, seconds)
        self._store.commit(migration, after, [event], work_of(after))
        return after

    def cut_over_abandoned(self, migration: Migration, reason: str) -> Migration:
        """The source takes writes again, but the target was promoted: it can't be used any more."""
        now = self._clock.now()
        name = migration.step.name if migration.step else ""
        after = migration.to(
            Status.HALTED,
            updated_at=now,
            approval=None,
            given=(),
            aborted=reason,
            cut_over_began=None,
            promoting_since=None,
            # Whether its cluster may go is asked anew: somebody has promoted it.
            cancelled_by="",
            problem=Problem(name, reason, now),
        )
        events: list[Event] = [CutOverAborted(now, reason), MigrationHalted(now, name, reason)]
        self._store.commit(migration, after, events, None)
        return after


def _goes_back(migration: Migration) -> bool:
    return migration.status is Status.ROLLING_BACK
