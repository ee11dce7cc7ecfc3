"""Who is called because they must act, for what, and in which words: pure.

An entry of the thread calls first. These are the calls after it, and the first one where the
thread's entry came before anybody could act, or in quiet hours.
"""

import hashlib
from dataclasses import dataclass

from bot.messages.buttons import can_promote, can_schedule, wants_acknowledging
from bot.messages.outage import decision_name
from bot.messages.text import Message, mention, section, when
from bot.messages.words import step_title
from migration.cool_off import in_cool_off, is_over
from migration.model import Migration, Status, is_cut_over
from migration.service import Snapshot

# What has just come about was said by an entry of the thread, which calls.
SAID_SECONDS = 60.0
#: The number of the call that goes to all approvers, and is the last.
LAST = 4


@dataclass(frozen=True)
class Call:
    """One occasion on which people must act."""

    #: The same as long as it is the same occasion.
    occasion: str
    #: Ids of people and groups.
    who: tuple[str, ...]
    #: What is wanted of them; mrkdwn.
    words: str
    #: Writes are stopped or something failed: no quiet hours for it.
    urgent: bool
    #: Whether an entry of the thread has called them.
    said: bool = True
    #: Whether it is for this to call again; who is asked by the core is asked again by it.
    again: bool = True


def deciders(snapshot: Snapshot, approvers: frozenset[str]) -> frozenset[str]:
    """Whom the rule of its source names, or else all."""
    return snapshot.terms.rule.approvers if snapshot.terms else approvers


def wanted(snapshot: Snapshot, approvers: frozenset[str]) -> Call | None:
    """What people are wanted for now; None for nothing."""
    migration, everybody = snapshot.migration, tuple(sorted(deciders(snapshot, approvers)))
    problem = migration.problem
    match migration.status:
        case Status.WAITING_FOR_APPROVAL if _lacks_approvals(snapshot):
            return _decision(snapshot, everybody)
        case Status.HALTED:
            return _halt(migration)
        case Status.CUTTING_OVER | Status.ROLLING_BACK if problem:
            act = "roll back" if migration.status is Status.ROLLING_BACK else "cut-over"
            words = f"the {act} of `{migration.source}` is stuck, and an engineer is needed now"
            return Call(f"stuck:{migration.epoch}", everybody, words, urgent=True)
        case Status.FROZEN if problem:
            words = f"`{migration.source}` is closed: *Retry* compares its copy again, *Cancel* "
            who = (*everybody, migration.requester)
            return Call(f"copy:{problem.at}", who, f"{words}reopens it", urgent=True)
    if in_cool_off(migration) and is_over(migration, snapshot.now):
        who = (*everybody, migration.requester)
        words = f"finish or roll back `{migration.source}`: its way back's term is over"
        occasion = f"term:{migration.asked_times}"
        return Call(occasion, who, words, urgent=False, again=False)
    return _warnings(snapshot) if wants_acknowledging(snapshot) else None


def _lacks_approvals(snapshot: Snapshot) -> bool:
    """Whether it waits for people alone: they can open the gate now, or have it opened later."""
    terms = snapshot.terms
    if terms is not None and not terms.missing:
        return False
    return can_promote(snapshot) or can_schedule(snapshot) > 0


def _decision(snapshot: Snapshot, approvers: tuple[str, ...]) -> Call:
    migration = snapshot.migration
    terms = snapshot.terms
    name = decision_name(migration) if can_promote(snapshot) else "Schedule"
    requester_may = terms is not None and terms.rule.requester_may_approve
    but = "" if requester_may else ". Whoever asked for it can't approve it"
    words = (
        f"*{name}* or *Cancel* `{migration.source}`, which waits at its gate with every condition "
        f"met{but}"
    )
    said = snapshot.now - migration.updated_at <= SAID_SECONDS
    occasion = f"gate:{migration.position}:{migration.epoch}"
    return Call(occasion, approvers, words, urgent=False, said=said)


def _halt(migration: Migration) -> Call:
    problem = migration.problem
    at = f" at “{step_title(problem.step)}”" if problem and problem.step else ""
    ends = "" if is_cut_over(migration) or migration.cancelled_by else ", or *Cancel*"
    words = f"`{migration.source}` stopped{at}. Put it right and press *Retry*{ends}"
    occasion = f"halt:{problem.at if problem else migration.updated_at}"
    return Call(occasion, (migration.requester,), words, urgent=True)


def _warnings(snapshot: Snapshot) -> Call:
    migration, names = snapshot.migration, sorted(snapshot.unacknowledged)
    digest = hashlib.sha256("\n".join(names).encode()).hexdigest()[:12]
    words = (
        f"acknowledge {len(names)} warning{'s' * (len(names) != 1)} of `{migration.source}`, or "
        "nobody can approve it"
    )
    return Call(f"warnings:{digest}", (migration.requester,), words, urgent=False)


def called(call: Call, number: int, since: float, approvers: frozenset[str]) -> Message:
    """The words of one call, which stand in the thread; the last one names all approvers."""
    ids = [*call.who, *sorted(approvers)] if number >= LAST else list(call.who)
    who = " ".join(mention(one) for one in dict.fromkeys(ids))
    head = f"*Still wanted*, since {when(since)}" if number else "*Wanted*"
    last = "\nNobody is called for this again." if number >= LAST else ""
    text = f"{head}: {who}: {call.words}.{last}"
    return Message(text, [section(text)])
