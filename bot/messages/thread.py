"""The thread: a migration's events as entries that are added and never changed.

Acts and phases make no entry of their own: they are folded into the one that closes them.
Refusals make none: nobody is shown up in front of others.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from bot.messages.approving import approval_words, called
from bot.messages.beside import beside
from bot.messages.budget import after_promotion, gives_up, roll_back_gives_up
from bot.messages.endings import retired_lines
from bot.messages.facts import fact_lines
from bot.messages.outage import is_by_snapshot, outage_words
from bot.messages.parameters import parameter_lines
from bot.messages.readers import Readers
from bot.messages.remedies import remedy_words
from bot.messages.result import figures, phases_line, result
from bot.messages.synchronization import sync_words
from bot.messages.text import (
    Message,
    Upload,
    bullets,
    mention,
    mentions,
    quoted,
    safe,
    safe_lines,
    section,
)
from bot.messages.thread_audit import audit_words
from bot.messages.thread_going_on import going_on_words
from bot.messages.thread_way_back import way_back_words
from bot.messages.words import named, step_title
from migration.audit.chain import ENDINGS
from migration.events import (
    ActDone,
    ApprovalsVoided,
    Approved,
    AuditKept,
    AuditNotKept,
    CancelRequested,
    CopyQuestioned,
    CutOverAborted,
    CutOverBegan,
    CutOverCancelled,
    CutOverStuck,
    CutOverTakenOver,
    DecisionWanted,
    DiskLevelChanged,
    DropRequested,
    Event,
    FinishRequested,
    GateReached,
    MigrationCancelled,
    MigrationCompleted,
    MigrationHalted,
    MigrationPaused,
    MigrationResumed,
    MigrationRetried,
    MigrationRolledBack,
    MigrationStarted,
    PhaseDone,
    RemedyEnded,
    RemedyRequested,
    ReopeningBegan,
    ReplicaDropped,
    ReplicaRecovered,
    ReplicaTroubled,
    RollBackAborted,
    RolledBack,
    ScheduledBegan,
    SourceFrozen,
    StepCompensated,
    StepDone,
    StepFailed,
    WarningsAcknowledged,
    WayBackLost,
)
from migration.model import WENT_BACK, Migration, went_back
from migration.plan import COPY_PARAMETERS, CUT_OVER, KEEP_WAY_BACK
from migration.ports import Recorded

# A refusal names every blocker with its remedy; a section holds 3000.
REASON = 2600
ACTS = 10
# Of one warning's name and words, and of warnings in one entry.
WARNED = 60
WARNING = 140
WARNINGS = 10


@dataclass(frozen=True)
class Entry:
    """One entry: the number of its event, its words, and whether the channel sees it too."""

    number: int
    message: Message
    broadcast: bool
    #: A file that stands below it.
    upload: Upload | None = None
    #: The migration is over with it: its audit stands below.
    ends: bool = False


@dataclass
class _Folded:
    """What happened since the last entry and belongs into the next."""

    acts: list[str]
    phases: dict[str, float]

    def take(self, event: Event) -> None:
        if isinstance(event, ActDone):
            self.acts.append(quoted(event.act, 80))
        elif isinstance(event, PhaseDone):
            self.phases[event.phase] = event.milliseconds

    def lines(self) -> list[str]:
        acts = "Did " + ", ".join(bullets(self.acts, ACTS)) + "." if self.acts else ""
        phases = f"Phases: {phases_line(self.phases)}" if self.phases else ""
        return [line for line in (acts, phases) if line]


def actors(history: Sequence[Recorded]) -> set[str]:
    """Ids of the people who did something in it."""
    found = {getattr(recorded.event, "by", "") for recorded in history}
    found.update(*(getattr(recorded.event, "people", ()) for recorded in history))
    return found - {""}


def entries(
    migration: Migration, history: Sequence[Recorded], after: int, readers: Readers
) -> list[Entry]:
    """The entries for the events numbered higher than `after`, out of the whole history."""
    found = []
    folded = _Folded([], {})
    for recorded, following in zip_longest(history, history[1:]):
        folded.take(recorded.event)
        halts = following is not None and isinstance(following.event, MigrationHalted)
        words = _words(migration, recorded.event, readers.quiet() if halts else readers)
        if not words:
            continue
        closing = isinstance(recorded.event, CLOSING)
        text = "\n".join([words, *(folded.lines() if closing else [])])
        if closing:
            folded = _Folded([], {})
        if recorded.number > after:
            broadcast = _is_for_the_channel(migration, recorded.event)
            block = section(text)
            blocks, upload = beside(migration, recorded.event, readers)
            message = Message(block["text"]["text"], [block, *blocks])
            ends = recorded.event.kind in ENDINGS
            found.append(Entry(recorded.number, message, broadcast, upload, ends))
    return found


CLOSING = (
    StepDone
    | StepFailed
    | StepCompensated
    | ReplicaDropped
    | MigrationHalted
    | CutOverAborted
    | CutOverCancelled
    | RollBackAborted
    | RolledBack
    | RemedyEnded
)
BROADCAST = (
    GateReached
    | MigrationHalted
    | CutOverAborted
    | CutOverCancelled
    | CutOverStuck
    | ScheduledBegan
    | DiskLevelChanged
    | ReplicaTroubled
    | ReplicaDropped
    | MigrationCancelled
    | MigrationCompleted
    | WayBackLost
    | RollBackAborted
    | RolledBack
    | DecisionWanted
    | MigrationRolledBack
    | CopyQuestioned
    | ReopeningBegan
    | AuditNotKept
)


def _is_for_the_channel(migration: Migration, event: Event) -> bool:
    """What everybody has to hear; a cut-over too, where its migration ends days later only."""
    if isinstance(event, Approved):
        return event.break_glass
    if isinstance(event, StepDone) and event.step == CUT_OVER:
        return any(step.name == KEEP_WAY_BACK for step in migration.plan.steps)
    return isinstance(event, BROADCAST)


def _words(migration: Migration, event: Event, readers: Readers) -> str:
    """What an event says; empty for one that makes no entry."""
    match event:
        case StepDone() | StepFailed() | StepCompensated():
            return _step_words(event)
        case (
            MigrationHalted()
            | GateReached()
            | Approved()
            | ApprovalsVoided()
            | ScheduledBegan()
            | CutOverAborted()
            | CutOverStuck()
        ):
            return _calling_words(migration, event, readers)
        case (
            WayBackLost()
            | RollBackAborted()
            | RolledBack()
            | DecisionWanted()
            | FinishRequested()
            | MigrationRolledBack()
        ):
            return way_back_words(migration, event, readers)
        case MigrationCompleted() | MigrationCancelled():
            return _ending_words(migration, event)
        case AuditKept() | AuditNotKept():
            return audit_words(event)
        case RemedyRequested() | RemedyEnded():
            said = remedy_words(migration, event, readers)
        case DropRequested() | ReplicaDropped():
            said = _drop_words(migration, event, readers)
        case (
            CutOverBegan()
            | CutOverTakenOver()
            | SourceFrozen()
            | CopyQuestioned()
            | ReopeningBegan()
        ):
            said = _in_charge_words(migration, event, readers)
        case DiskLevelChanged() | ReplicaTroubled() | ReplicaRecovered():
            said = sync_words(migration, event, readers.approvers)
        case _:
            said = _deed_words(migration, event, readers)
    return said


def _step_words(event: StepDone | StepFailed | StepCompensated) -> str:
    name = step_title(event.step)
    if isinstance(event, StepFailed):
        return (
            f"*{name}* did not work (attempt {event.attempt}), and is tried again: "
            f"{safe(event.reason, REASON)}"
        )
    verb = "done" if isinstance(event, StepDone) else "taken back"
    return "\n".join([f"*{name}*: {verb}.", *_findings(event), *_warnings(event)])


def _warnings(event: StepDone | StepCompensated) -> list[str]:
    """What the check of a source warns of: each by its name, for whoever acknowledges it."""
    found = event.facts.get("warnings")
    if not isinstance(found, Mapping) or not found:
        return []
    head = "*Warnings*, to be acknowledged before anybody can promote:"
    lines = [
        f"• {quoted(name, WARNED)}: {safe(' '.join(map(str, words)), WARNING)}"
        for name, words in sorted(found.items())
    ]
    return [head, *bullets(lines, WARNINGS)]


def _findings(event: StepDone | StepCompensated) -> list[str]:
    if event.step == CUT_OVER:
        # Its phases are folded in from their own events.
        return figures(event.facts, phases=False)
    if event.step == COPY_PARAMETERS and isinstance(event, StepDone):
        return parameter_lines(event.facts)
    if event.facts.get("ended") == WENT_BACK:
        return ["• it was used, and is taken down"]
    return fact_lines(event.facts)


def _in_charge_words(
    migration: Migration,
    event: CutOverBegan | CutOverTakenOver | SourceFrozen | CopyQuestioned | ReopeningBegan,
    readers: Readers,
) -> str:
    if not isinstance(event, CutOverBegan | CutOverTakenOver):
        return outage_words(migration, event, readers)
    if is_by_snapshot(migration) and not event.back:
        # What is closed and opened is said by the outage's own events.
        return ""
    if isinstance(event, CutOverTakenOver):
        act = "roll back" if event.back else "cut-over"
        return (
            f"*Taken over.* The process that carried out the {act} was silent; another one "
            "looks at both databases and opens the right one."
        )
    if event.back:
        return (
            f"*The roll back began* (attempt {event.epoch}). "
            f"{roll_back_gives_up(migration.target, event.gives_up_at)}"
        )
    most = migration.options.max_write_pause_seconds
    return (
        f"*The cut-over began* (attempt {event.epoch}). "
        f"{gives_up(migration.source, event.gives_up_at)} {after_promotion(migration.source, most)}"
    )


def _ending_words(migration: Migration, event: MigrationCompleted | MigrationCancelled) -> str:
    """It is over: who uses what, and what is left to be done."""
    if isinstance(event, MigrationCancelled):
        return f"*Cancelled.* `{migration.source}` goes on as it was."
    used = migration.source if went_back(migration) else migration.target
    head = f"*Done.* Applications use `{used}`."
    parts = (head, *retired_lines(migration), result(migration))
    return "\n".join(part for part in parts if part)


def _calling_words(
    migration: Migration,
    event: MigrationHalted
    | GateReached
    | Approved
    | ApprovalsVoided
    | ScheduledBegan
    | CutOverAborted
    | CutOverStuck,
    readers: Readers,
) -> str:
    """Words that call somebody: only those who must act."""
    if isinstance(event, Approved | ApprovalsVoided | ScheduledBegan):
        return approval_words(migration, event, readers)
    approvers = mentions(readers.approvers)
    if isinstance(event, GateReached) and readers.rest:
        return (
            f"*Approval needed* to {named(event.gate)} `{migration.source}`. These are quiet "
            "hours: nobody is called before their end."
        )
    if isinstance(event, GateReached):
        return (
            f"*Approval needed* to {named(event.gate)} `{migration.source}`. "
            f"{called(migration, readers)} The button appears above as soon as the conditions hold."
        )
    reason = safe_lines(event.reason, REASON)
    if isinstance(event, CutOverAborted):
        call = f"\n{approvers}: to try again, an approval is needed anew." if approvers else ""
        return f"*The cut-over went back; `{migration.source}` takes writes.* {reason}{call}"
    if isinstance(event, CutOverStuck):
        where = " The roll back is stuck." if event.back else ""
        return (
            f"*Not all writes flow yet.*{where} {reason}\n{approvers}: an engineer is needed now."
        )
    where = f" at “{step_title(event.step)}”" if event.step else ""
    return f"*Stopped{where}.* {reason}\n{mention(migration.requester)}: please look."


def _drop_words(
    migration: Migration, event: DropRequested | ReplicaDropped, readers: Readers
) -> str:
    """A person had the replica dropped, and what was seen of its slot afterwards."""
    name, source = readers.name(event.by), migration.source
    if isinstance(event, DropRequested):
        return (
            f"*Drop the replica*, asked by {name}: `{migration.target}` is being deleted. "
            f"`{source}` is not touched."
        )
    seen = safe(str(event.facts.get("slot", "")), REASON)
    proven = (
        f"`{source}` keeps no WAL for it any more"
        if event.facts.get("slot_gone")
        else ":warning: *That its slot is gone is not proven*"
    )
    return (
        f"*The replica is dropped*, asked by {name}. {proven}: {seen}. Retry copies everything "
        "anew, Cancel ends the migration."
    )


def _cancel_words(
    migration: Migration, event: CancelRequested | CutOverCancelled, readers: Readers
) -> str:
    """A person ended it, and what came of that for a cut-over under way."""
    name = readers.name(event.by)
    if isinstance(event, CutOverCancelled):
        return (
            f"*The cut-over went back, cancelled by {name}; `{migration.source}` takes writes*, "
            f"{event.seconds:.1f} s after they were held. {safe_lines(event.reason, REASON)} What "
            "the migration made is being taken down."
        )
    if event.during_cut_over:
        return f"*Cancelled* by {name} before the promotion was sent: the cut-over goes back first."
    return f"*Cancelled* by {name}; what it made is being taken back."


def _deed_words(migration: Migration, event: Event, readers: Readers) -> str:
    """What a person did."""
    match event:
        case MigrationStarted():
            route = f"{quoted(event.source, 80)} → {quoted(event.target, 80)}"
            return f"*Started* by {readers.name(event.by)}: {route}."
        case WarningsAcknowledged():
            names = ", ".join(quoted(name, WARNED) for name in event.checks[:WARNINGS])
            more = len(event.checks) - WARNINGS
            rest = f" and {more} more" if more > 0 else ""
            return f"*Warnings acknowledged* by {readers.name(event.by)}: {names}{rest}."
        case MigrationPaused() | MigrationResumed() | MigrationRetried():
            return going_on_words(event, readers)
        case CancelRequested() | CutOverCancelled():
            return _cancel_words(migration, event, readers)
        case _:
            return ""  # acts, phases and refusals: see the module's first lines
