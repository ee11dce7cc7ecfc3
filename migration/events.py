"""What happened, in the past tense: a closed union, and the audit of every migration.

Every event has a time (unix seconds). A person's decision and every mutating call is written
*before* the act as an intent and after it as an outcome.
"""

from dataclasses import dataclass, field
from typing import Any, Literal

from migration.model import Evidence, Facts
from migration.sync import DiskLevel


@dataclass(frozen=True)
class MigrationStarted:
    """Somebody asked for it in the wizard."""

    at: float
    by: str
    source: str
    target: str
    #: What was planned then (`audit.head.planned`); empty of those begun before it was recorded.
    planned: Facts = field(default_factory=dict)
    kind: Literal["migration_started"] = "migration_started"


@dataclass(frozen=True)
class ActIntended:
    """A mutating call is about to be made."""

    at: float
    step: str
    act: str
    details: Facts
    kind: Literal["act_intended"] = "act_intended"


@dataclass(frozen=True)
class ActDone:
    """That call was answered, with what it gave."""

    at: float
    step: str
    act: str
    details: Facts
    kind: Literal["act_done"] = "act_done"


@dataclass(frozen=True)
class StepDone:
    """A step found its work done."""

    at: float
    step: str
    facts: Facts
    kind: Literal["step_done"] = "step_done"


@dataclass(frozen=True)
class StepFailed:
    """A step did not work this time; it is tried again."""

    at: float
    step: str
    reason: str
    attempt: int
    kind: Literal["step_failed"] = "step_failed"


@dataclass(frozen=True)
class MigrationHalted:
    """A step gave up: a person is needed."""

    at: float
    step: str
    reason: str
    kind: Literal["migration_halted"] = "migration_halted"


@dataclass(frozen=True)
class MigrationRetried:
    """A person had a halted migration go on."""

    at: float
    by: str
    step: str
    kind: Literal["migration_retried"] = "migration_retried"


@dataclass(frozen=True)
class MigrationPaused:
    """A person had nothing new started, at this step."""

    at: float
    by: str
    step: str
    kind: Literal["migration_paused"] = "migration_paused"


@dataclass(frozen=True)
class MigrationResumed:
    """A person had it go on where it was paused."""

    at: float
    by: str
    step: str
    #: How long it was paused.
    seconds: float
    kind: Literal["migration_resumed"] = "migration_resumed"


@dataclass(frozen=True)
class WarningsAcknowledged:
    """A person took note of what these checks warn of."""

    at: float
    by: str
    checks: tuple[str, ...]
    kind: Literal["warnings_acknowledged"] = "warnings_acknowledged"


@dataclass(frozen=True)
class RemedyRequested:
    """A person pressed the button of a remedy, and read what it would be done to."""

    at: float
    by: str
    remedy: str
    on: tuple[str, ...]
    kind: Literal["remedy_requested"] = "remedy_requested"


@dataclass(frozen=True)
class RemedyEnded:
    """It was applied, or failed for this reason; the changes say before and after."""

    at: float
    by: str
    remedy: str
    changes: tuple[str, ...]
    problem: str = ""
    kind: Literal["remedy_ended"] = "remedy_ended"


@dataclass(frozen=True)
class GateReached:
    """The plan has come to a person's decision."""

    at: float
    gate: str
    kind: Literal["gate_reached"] = "gate_reached"


@dataclass(frozen=True)
class Approved:
    """A person decided at a gate, on this evidence; with the last one wanted it begins."""

    at: float
    gate: str
    by: str
    evidence: Evidence
    #: They read that going back once the target is open would lose what was written there.
    without_way_back: bool = False
    #: The how many-th of how many it is.
    number: int = 1
    wanted: int = 1
    expires_at: float = 0.0
    plan_hash: str = ""
    #: All of the rule that counted (`policy.Rule.told`); empty of an older Daybreak.
    rule: Facts = field(default_factory=dict)
    reason: str = ""
    ticket: str = ""
    #: The migration of another source that went the same way before, where one was wanted.
    rehearsal: str = ""
    #: For this later time; 0: for at once.
    begins_at: float = 0.0
    #: An emergency: neither who asked nor how many approve nor the hour was looked at.
    break_glass: bool = False
    kind: Literal["approved"] = "approved"


@dataclass(frozen=True)
class ApprovalsVoided:
    """What these people approved counts no more; whoever still wants it approves anew."""

    at: float
    gate: str
    people: tuple[str, ...]
    reason: str
    #: Who called it off, where somebody did.
    by: str = ""
    kind: Literal["approvals_voided"] = "approvals_voided"


@dataclass(frozen=True)
class ScheduledBegan:
    """What these people approved for later begins, on this evidence."""

    at: float
    gate: str
    people: tuple[str, ...]
    evidence: Evidence
    kind: Literal["scheduled_began"] = "scheduled_began"


@dataclass(frozen=True)
class ApprovalRefused:
    """A person tried to decide at a gate and was refused; nothing changed."""

    at: float
    gate: str
    by: str
    reason: str
    kind: Literal["approval_refused"] = "approval_refused"


@dataclass(frozen=True)
class DiskLevelChanged:
    """The source's disk came nearer to being full, or is safe again."""

    at: float
    level: DiskLevel
    free_bytes: float
    kept_bytes: float | None = None
    full_in_seconds: float | None = None
    kind: Literal["disk_level_changed"] = "disk_level_changed"


@dataclass(frozen=True)
class ReplicaTroubled:
    """The replica is gone, broken, or stands still: the source keeps WAL for it all the same."""

    at: float
    reason: str
    kind: Literal["replica_troubled"] = "replica_troubled"


@dataclass(frozen=True)
class ReplicaRecovered:
    """It moves again."""

    at: float
    kind: Literal["replica_recovered"] = "replica_recovered"


@dataclass(frozen=True)
class DropRequested:
    """A person had the replica dropped: the copy is lost, and the source is left as it is."""

    at: float
    by: str
    kind: Literal["drop_requested"] = "drop_requested"


@dataclass(frozen=True)
class ReplicaDropped:
    """It is gone; `facts` say what was seen of its slot on the source."""

    at: float
    by: str
    facts: Facts
    kind: Literal["replica_dropped"] = "replica_dropped"


@dataclass(frozen=True)
class CutOverBegan:
    """The cut-over's job has the migration, under this epoch; or, `back`, the roll back's."""

    at: float
    epoch: int
    gives_up_at: float
    back: bool = False
    kind: Literal["cut_over_began"] = "cut_over_began"


@dataclass(frozen=True)
class PhaseDone:
    """A phase of the cut-over ended after so many milliseconds."""

    at: float
    phase: str
    milliseconds: float
    details: Facts
    kind: Literal["phase_done"] = "phase_done"


@dataclass(frozen=True)
class CutOverTakenOver:
    """The process that carried it out was silent: another one has it now."""

    at: float
    epoch: int
    back: bool = False
    kind: Literal["cut_over_taken_over"] = "cut_over_taken_over"


@dataclass(frozen=True)
class CutOverStuck:
    """Some or all clients can't write so far; it goes on being tried."""

    at: float
    reason: str
    back: bool = False
    kind: Literal["cut_over_stuck"] = "cut_over_stuck"


@dataclass(frozen=True)
class WayBackLost:
    """There is no way back, though one was asked for: it could not be prepared, or it broke."""

    at: float
    reason: str
    kind: Literal["way_back_lost"] = "way_back_lost"


@dataclass(frozen=True)
class RollBackAborted:
    """The roll back did not begin, or was called off: the target takes writes."""

    at: float
    reason: str
    kind: Literal["roll_back_aborted"] = "roll_back_aborted"


@dataclass(frozen=True)
class RolledBack:
    """The source takes writes again, and has every one of the target's."""

    at: float
    facts: Facts
    kind: Literal["rolled_back"] = "rolled_back"


@dataclass(frozen=True)
class DecisionWanted:
    """The cool-off's term is over: somebody has to say whether to finish or to roll back."""

    at: float
    #: How often it was asked by now.
    times: int
    kind: Literal["decision_wanted"] = "decision_wanted"


@dataclass(frozen=True)
class FinishRequested:
    """A person ended the cool-off: there is no way back any more."""

    at: float
    by: str
    kind: Literal["finish_requested"] = "finish_requested"


@dataclass(frozen=True)
class CutOverAborted:
    """The cut-over went back; the source takes writes."""

    at: float
    reason: str
    kind: Literal["cut_over_aborted"] = "cut_over_aborted"


@dataclass(frozen=True)
class CutOverCancelled:
    """A person cancelled before the promotion was decided: the source takes writes."""

    at: float
    by: str
    reason: str
    #: How long writes may have stood still.
    seconds: float
    kind: Literal["cut_over_cancelled"] = "cut_over_cancelled"


@dataclass(frozen=True)
class CancelRequested:
    """A person ended the migration; during a cut-over that goes back first."""

    at: float
    by: str
    during_cut_over: bool = False
    kind: Literal["cancel_requested"] = "cancel_requested"


@dataclass(frozen=True)
class StepCompensated:
    """What a step made was taken down."""

    at: float
    step: str
    facts: Facts
    kind: Literal["step_compensated"] = "step_compensated"


@dataclass(frozen=True)
class MigrationCancelled:
    """Nothing of it is left but what the facts of its steps say is kept."""

    at: float
    kind: Literal["migration_cancelled"] = "migration_cancelled"


@dataclass(frozen=True)
class SourceFrozen:
    """The source is closed, and marked as such, under this epoch: its copy can be made."""

    at: float
    epoch: int
    reopen_by: float
    kind: Literal["source_frozen"] = "source_frozen"


@dataclass(frozen=True)
class CopyQuestioned:
    """The copy was not found equal: a person is asked, and the time runs on."""

    at: float
    reason: str
    reopen_by: float
    kind: Literal["copy_questioned"] = "copy_questioned"


@dataclass(frozen=True)
class ReopeningBegan:
    """The closed source is to take writes again: from here on its copy is void."""

    at: float
    reason: str
    kind: Literal["reopening_began"] = "reopening_began"


@dataclass(frozen=True)
class MigrationRolledBack:
    """Nothing is left to do: applications use the source, and the target is kept, closed."""

    at: float
    by_hand: bool = False
    kind: Literal["migration_rolled_back"] = "migration_rolled_back"


@dataclass(frozen=True)
class MigrationCompleted:
    """The plan is done; applications use the target."""

    at: float
    kind: Literal["migration_completed"] = "migration_completed"


@dataclass(frozen=True)
class AuditKept:
    """The sealed audit stands in the bucket, its lines with this last hash."""

    at: float
    place: str
    last_hash: str
    #: Nobody may delete it before (unix seconds); None: as the bucket has it.
    held_until: float | None = None
    kind: Literal["audit_kept"] = "audit_kept"


@dataclass(frozen=True)
class AuditNotKept:
    """It could not be written; it is tried again."""

    at: float
    reason: str
    kind: Literal["audit_not_kept"] = "audit_not_kept"


Event = (
    MigrationStarted
    | ActIntended
    | ActDone
    | StepDone
    | StepFailed
    | MigrationHalted
    | MigrationRetried
    | MigrationPaused
    | MigrationResumed
    | WarningsAcknowledged
    | RemedyRequested
    | RemedyEnded
    | GateReached
    | Approved
    | ApprovalsVoided
    | ScheduledBegan
    | ApprovalRefused
    | DiskLevelChanged
    | ReplicaTroubled
    | ReplicaRecovered
    | DropRequested
    | ReplicaDropped
    | CutOverBegan
    | CutOverTakenOver
    | CutOverStuck
    | PhaseDone
    | WayBackLost
    | RollBackAborted
    | RolledBack
    | SourceFrozen
    | CopyQuestioned
    | ReopeningBegan
    | DecisionWanted
    | FinishRequested
    | CutOverAborted
    | CutOverCancelled
    | CancelRequested
    | StepCompensated
    | MigrationCancelled
    | MigrationCompleted
    | MigrationRolledBack
    | AuditKept
    | AuditNotKept
)


def details(**values: Any) -> Facts:
    """The details of an act, without what is not known."""
    return {name: value for name, value in values.items() if value is not None}
