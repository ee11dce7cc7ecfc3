"""What a migration is: the aggregate, its statuses and the table of what may follow what."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Self

from migration.errors import IllegalTransition

# What JSON can say; facts of steps travel through Redis and to `python -m workers show`.
Facts = Mapping[str, Any]


class Phase(StrEnum):
    """The four parts of a migration that people talk about."""

    PREPARATION = "preparation"
    SYNCHRONIZATION = "synchronization"
    CUT_OVER = "cut-over"
    COOL_OFF = "cool-off"


class Kind(StrEnum):
    """What a failure of a step means: the terms of sagas."""

    #: Whatever it did can be undone.
    COMPENSATABLE = "compensatable"
    #: The point of no free return: afterwards the migration goes forward.
    PIVOT = "pivot"
    #: Comes after the pivot, and is repeated until it works.
    RETRIABLE = "retriable"


class Status(StrEnum):
    """Where a migration stands."""

    #: A step is running, or waits for the cloud.
    ACTIVE = "active"
    #: A person held it in its preparation or synchronization: nothing new is started.
    PAUSED = "paused"
    #: A gate: a person decides; nothing is queued.
    WAITING_FOR_APPROVAL = "waiting for approval"
    #: The one job that may stop writes has the migration.
    CUTTING_OVER = "cutting over"
    #: The source is closed while a copy of it is made; no process holds it, and a time runs.
    FROZEN = "frozen"
    #: The same the other way, in the cool-off: clients' writes move back to the source.
    ROLLING_BACK = "rolling back"
    #: The replica is being taken down, and nothing else: a person asked for it.
    DROPPING = "dropping the replica"
    #: A step gave up; a person mends and retries, or cancels.
    HALTED = "halted"
    #: What was made is being taken down, last step first.
    CANCELLING = "cancelling"
    CANCELLED = "cancelled"
    COMPLETED = "completed"
    #: Applications use the source again, with every write; the target is kept, closed.
    ROLLED_BACK = "rolled back"


TRANSITIONS: Mapping[Status, frozenset[Status]] = {
    Status.ACTIVE: frozenset(
        {
            Status.ACTIVE,
            Status.PAUSED,
            Status.WAITING_FOR_APPROVAL,
            Status.ROLLING_BACK,
            Status.DROPPING,
            Status.HALTED,
            Status.CANCELLING,
            Status.COMPLETED,
            Status.ROLLED_BACK,
        }
    ),
    Status.PAUSED: frozenset({Status.ACTIVE, Status.DROPPING, Status.CANCELLING}),
    Status.WAITING_FOR_APPROVAL: frozenset(
        {Status.WAITING_FOR_APPROVAL, Status.CUTTING_OVER, Status.DROPPING, Status.CANCELLING}
    ),
    Status.CUTTING_OVER: frozenset(
        {
            Status.CUTTING_OVER,
            Status.FROZEN,
            Status.ACTIVE,
            Status.WAITING_FOR_APPROVAL,
            Status.HALTED,
            Status.CANCELLING,
            Status.COMPLETED,
        }
    ),
    Status.FROZEN: frozenset({Status.FROZEN, Status.CUTTING_OVER}),
    Status.ROLLING_BACK: frozenset({Status.ROLLING_BACK, Status.ACTIVE}),
    Status.HALTED: frozenset(
        {
            Status.ACTIVE,
            Status.WAITING_FOR_APPROVAL,
            Status.ROLLING_BACK,
            Status.DROPPING,
            Status.CANCELLING,
        }
    ),
    Status.DROPPING: frozenset({Status.DROPPING, Status.HALTED, Status.CANCELLING}),
    Status.CANCELLING: frozenset({Status.CANCELLING, Status.CANCELLED, Status.HALTED}),
    Status.CANCELLED: frozenset(),
    Status.COMPLETED: frozenset(),
    Status.ROLLED_BACK: frozenset(),
}

FINAL = frozenset(status for status, following in TRANSITIONS.items() if not following)


class Method(StrEnum):
    """How the data gets to Aurora."""

    READ_REPLICA = "read replica"
    #: One copy, made while nobody writes.
    SNAPSHOT = "snapshot"


class Engine(StrEnum):
    """What keeps the order of steps."""

    RQ = "rq"


#: The end of a way back that was gone.
WENT_BACK = "it was gone: applications use the source again"


class WayBack(StrEnum):
    """How going back is kept possible once applications have written to the target."""

    #: Not at all: going back would lose what they wrote.
    NONE = "none"
    #: Prepared in the cut-over; where that does not work, the target opens without, and says so.
    IF_POSSIBLE = "if possible"
    #: Prepared in the cut-over; where that does not work, the cut-over goes back.
    REQUIRED = "required"


@dataclass(frozen=True)
class Options:
    """What the requester chose in the wizard."""

    #: The Aurora cluster to make.
    target: str
    #: Lag above this, in seconds, is no state to cut over in.
    lag_threshold_seconds: float = 5.0
    #: The cut-over gives up and reopens the source when it has not promoted by then.
    max_write_pause_seconds: float = 300.0
    #: Class of the target's instance; empty: the source's.
    instance_class: str = ""
    #: The requester typed the source's name to accept that enabling backups interrupts it.
    accept_backup_interruption: bool = False
    #: Daybreak has a role of its own in the database. Without one it looks from outside only, and
    #: closes the database by its security groups and a reboot: minutes of write pause.
    login: bool = True
    #: Whether the source keeps getting what is written to the target, for the cool-off.
    way_back: WayBack = WayBack.NONE
    #: For so long, from the opening on.
    way_back_hours: float = 72.0
    #: Whether the source's logical slots are made anew on the target before it opens; without
    #: that a consumer of changes misses what is written until it has a new one.
    recreate_slots: bool = False
    method: Method = Method.READ_REPLICA
    #: Of the snapshot method: so long after its approval the source reopens, whatever is done.
    longest_outage_seconds: float = 4 * 3600.0


@dataclass(frozen=True)
class PlannedStep:
    """One step of a plan; a gate stands before it where `gate` is named.

    A `variant` is another way to the same end: other work, the same name and facts.
    """

    name: str
    phase: Phase
    kind: Kind
    gate: str = ""
    variant: str = ""


@dataclass(frozen=True)
class Plan:
    """The steps of one migration, as data: stored with it, so no deploy changes one that runs."""

    method: Method
    engine: Engine
    steps: tuple[PlannedStep, ...]


@dataclass(frozen=True)
class Reading:
    """A number with its source, unit and time (unix seconds)."""

    name: str
    value: float
    unit: str
    origin: str
    at: float


@dataclass(frozen=True)
class Check:
    """One condition of a gate, as it was seen: `ok` or not, and the words for it.

    One that nobody could look at (`looked` is False) is said, and counts for nothing.
    """

    name: str
    ok: bool
    detail: str
    looked: bool = True


@dataclass(frozen=True)
class Evidence:
    """What a gate rests on, at one moment (unix seconds)."""

    checks: tuple[Check, ...]
    readings: tuple[Reading, ...]
    at: float

    @property
    def holds(self) -> bool:
        """Whether every condition was met; no condition at all is no evidence."""
        looked = [check for check in self.checks if check.looked]
        return bool(looked) and all(check.ok for check in looked)


@dataclass(frozen=True)
class Approval:
    """A person's recorded decision at a gate; times are unix seconds.

    What stands behind the evidence is empty of those that an older Daybreak recorded.
    """

    gate: str
    by: str
    at: float
    evidence: Evidence
    #: From then on it counts no more, and nothing may begin on it.
    expires_at: float = 0.0
    #: When it was last looked up who they are.
    checked_at: float = 0.0
    #: What it was given for: SHA-256, in hex, as in the audit.
    plan_hash: str = ""
    #: The rule that it was given under, and what stood in it.
    rule: str = ""
    rule_mark: str = ""
    reason: str = ""
    ticket: str = ""
    break_glass: bool = False
    #: Given for this later time, and for no other; 0: for at once.
    begins_at: float = 0.0


@dataclass(frozen=True)
class Problem:
    """Why a migration stands still: the step, the reason, and what is safe to do."""

    step: str
    reason: str
    at: float


@dataclass(frozen=True)
class Pause:
    """Who held the migration, and since when (unix seconds)."""

    by: str
    at: float


@dataclass(frozen=True)
class Waiting:
    """What the current step waits for; `progress` is between 0 and 1 where it can be known."""

    reason: str
    since: float
    progress: float | None = None


@dataclass(frozen=True)
class Freeze:
    """The outage that one approval of the snapshot method allows (unix seconds)."""

    reopen_by: float
    #: When clients' writes were held; 0 until then.
    began_at: float = 0.0
    #: Why the source is being reopened; empty while it is not.
    reopening: str = ""


@dataclass(frozen=True)
class Migration:
    """One source instance on its way to one Aurora cluster.

    Times are unix seconds. `version` grows by one with every commit; `epoch` with every attempt
    to cut over. `channel` is where people are told, and means nothing to the core.
    """

    id: str
    source: str
    requester: str
    channel: str
    options: Options
    plan: Plan
    created_at: float
    updated_at: float
    status: Status = Status.ACTIVE
    position: int = 0
    version: int = 1
    epoch: int = 0
    #: Failures of the current step in a row.
    attempts: int = 0
    facts: Mapping[str, Facts] = field(default_factory=dict)
    waiting: Waiting | None = None
    problem: Problem | None = None
    approval: Approval | None = None
    #: Those of the gate that it stands at, the oldest first; begun on all of them.
    given: tuple[Approval, ...] = ()
    #: How its source was tagged when it was begun; None: that is not on record.
    tags: Mapping[str, str] | None = None
    #: Why the last attempt to cut over went back, if one did.
    aborted: str = ""
    #: Set by the job of a cut-over or roll back as its first act: from here on writes may stand
    #: still.
    cut_over_began: float | None = None
    #: Set by the one commit that decides for the promotion: from here on no cancel is taken.
    promoting_since: float | None = None
    #: Who ended it; while it is being cut over, the cut-over goes back first.
    cancelled_by: str = ""
    #: Who has the replica dropped, until it is gone; and who had it dropped, until it is made anew.
    dropping_by: str = ""
    dropped_by: str = ""
    #: Who ended the cool-off: the way back is taken down, and the source retired.
    finishing_by: str = ""
    #: After its term: how often people were asked to finish or to roll back, and when last.
    asked_times: int = 0
    asked_at: float = 0.0
    #: The outage under way, or about to begin; None with the source open.
    freeze: Freeze | None = None
    #: Set while a person holds it.
    paused: Pause | None = None

    @property
    def target(self) -> str:
        """The Aurora cluster's identifier."""
        return self.options.target

    @property
    def step(self) -> PlannedStep | None:
        """The step that is due; None when the plan is done."""
        steps = self.plan.steps
        return steps[self.position] if 0 <= self.position < len(steps) else None

    @property
    def phase(self) -> Phase:
        """The phase the migration is in."""
        step = self.step
        return step.phase if step else self.plan.steps[-1].phase

    @property
    def final(self) -> bool:
        """Whether nothing will happen any more."""
        return self.status in FINAL

    def fact(self, step: str, name: str) -> Any:
        """One fact that a step found; None when there is none."""
        return self.facts.get(step, {}).get(name)

    def to(self, status: Status, **changes: Any) -> Self:
        """The next version of this migration.

        Raises:
            IllegalTransition: the table does not allow it.
        """
        if status not in TRANSITIONS[self.status]:
            raise IllegalTransition(f"{self.id} can't go from {self.status!s} to {status!s}.")
        return replace(self, status=status, version=self.version + 1, **changes)


def pivot_of(plan: Plan) -> int:
    """Where the plan's pivot stands: the step after which clients write to the target."""
    return next(index for index, step in enumerate(plan.steps) if step.kind is Kind.PIVOT)


def variant_of(migration: Migration) -> str:
    """Which way its cut-over goes: the variant of the plan's pivot."""
    return migration.plan.steps[pivot_of(migration.plan)].variant


def is_cut_over(migration: Migration) -> bool:
    """Whether the pivot is behind it: applications write to the target."""
    return migration.status is Status.COMPLETED or migration.position > pivot_of(migration.plan)


def went_back(migration: Migration) -> bool:
    """Whether applications use the source again, led back to it by Daybreak or by people."""
    by_hand = migration.fact("keep_way_back", "ended") == WENT_BACK
    return bool(by_hand or migration.facts.get("roll_back"))
