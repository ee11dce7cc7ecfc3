"""Who may decide at a gate: a pure function, its reasons and its words."""

import re
from dataclasses import dataclass
from enum import StrEnum

from migration.cool_off import in_cool_off, opened_at
from migration.model import Evidence, Migration, Status
from migration.plan import ROLL_BACK
from migration.policy import Person, Policy, Rule
from migration.terms import Terms

__all__ = [
    "Answer",
    "Click",
    "Decision",
    "Person",
    "Policy",
    "Reason",
    "Rule",
    "decide",
    "may_decide",
]

# Evidence older than this is no evidence "as of now": a person reads the modal for a minute or two.
EVIDENCE_LIFETIME_SECONDS = 300.0
#: The longest reason and ticket that are kept.
REASON_LENGTH = 500
TICKET_LENGTH = 100


class Reason(StrEnum):
    """Why a decision was granted or refused."""

    GRANTED = "granted"
    STALE = "stale"
    NOT_WAITING = "not waiting"
    NOT_A_MEMBER = "not a member"
    NOT_AN_APPROVER = "not an approver"
    IS_REQUESTER = "is the requester"
    APPROVED_ALREADY = "approved already"
    IN_A_FREEZE = "in a freeze"
    OUTSIDE_WINDOW = "outside of its windows"
    NOT_REHEARSED = "not rehearsed"
    NO_EVIDENCE = "no evidence"
    EVIDENCE_TOO_OLD = "evidence too old"
    CONDITIONS_NOT_MET = "conditions not met"
    WRONG_NAME = "wrong name"
    NO_REASON = "no reason given"
    NO_TICKET = "no ticket given"
    WRONG_TICKET = "wrong ticket"


@dataclass(frozen=True)
class Click:
    """What was pressed: the gate and the version of the migration that the button was drawn for.

    With `break_glass` it is an emergency: people and hours do not count, conditions do.
    """

    gate: str
    version: int
    break_glass: bool = False
    #: For this later time, when the gate opens; 0: for at once.
    begins_at: float = 0.0


@dataclass(frozen=True)
class Answer:
    """What an approver filled in."""

    name: str
    reason: str = ""
    ticket: str = ""


@dataclass(frozen=True)
class Decision:
    """Whether it is granted, and why (not); under which terms, where they were looked at."""

    granted: bool
    reason: Reason
    terms: Terms | None = None


def is_open(migration: Migration, gate: str) -> bool:
    """Whether there is a decision to be made at this gate."""
    if gate == ROLL_BACK:
        return in_cool_off(migration)
    waiting = migration.status is Status.WAITING_FOR_APPROVAL
    return waiting and migration.step is not None and migration.step.gate == gate


def is_of_now(migration: Migration, gate: str, evidence: Evidence, now: float) -> bool:
    """Whether a decision at this gate can rest on it.

    One kind of evidence is stored at a time: what the promotion rested on tells nothing of a way
    back, however lately it was seen.
    """
    if gate == ROLL_BACK and evidence.at < opened_at(migration):
        return False
    return 0 <= now - evidence.at <= EVIDENCE_LIFETIME_SECONDS


def may_decide(migration: Migration, click: Click, person: Person, terms: Terms) -> Decision:
    """Whether this person may open the gate's question at all."""
    reason = _against(person, migration, click, terms) or _not_now(migration, click, person, terms)
    return _answered(reason, terms)


def _against(person: Person, migration: Migration, click: Click, terms: Terms) -> Reason | None:
    """Who they are stands against it."""
    rule = terms.rule
    if not person.member:
        return Reason.NOT_A_MEMBER
    if not person.is_among(rule.may_break_glass if click.break_glass else rule.approvers):
        return Reason.NOT_AN_APPROVER
    its_own = person.id == migration.requester
    if its_own and not rule.requester_may_approve and not click.break_glass:
        return Reason.IS_REQUESTER
    return None


def _not_now(migration: Migration, click: Click, person: Person, terms: Terms) -> Reason | None:
    """How it stands, or the hour, stands against it."""
    if not is_open(migration, click.gate):
        return Reason.NOT_WAITING
    if click.version != migration.version:
        return Reason.STALE
    if terms.lacks_rehearsal:
        return Reason.NOT_REHEARSED
    return None if click.break_glass else _without_emergency(click, person, terms)


def _without_emergency(click: Click, person: Person, terms: Terms) -> Reason | None:
    """What whoever breaks the glass need not mind."""
    if terms.given_by(person.id) is not None:
        return Reason.APPROVED_ALREADY
    if click.begins_at:
        # For the time that they read; it may have come meanwhile.
        opens_at = terms.shut.opens_at if terms.shut else None
        return None if click.begins_at == opens_at else Reason.STALE
    if terms.shut is not None:
        return Reason.IN_A_FREEZE if terms.shut.freeze else Reason.OUTSIDE_WINDOW
    return None


def decide(
    migration: Migration,
    click: Click,
    person: Person,
    terms: Terms,
    evidence: Evidence | None,
    answer: Answer,
    now: float,
) -> Decision:
    """Whether this click is an approval, on this evidence."""
    allowed = may_decide(migration, click, person, terms)
    if not allowed.granted:
        return allowed
    reason = _of_evidence(migration, click, evidence, now) or _of_answer(
        migration, click, answer, terms.rule
    )
    return _answered(reason, terms)


def _of_evidence(
    migration: Migration, click: Click, evidence: Evidence | None, now: float
) -> Reason | None:
    if evidence is None:
        return Reason.NO_EVIDENCE
    if not is_of_now(migration, click.gate, evidence, now):
        return Reason.EVIDENCE_TOO_OLD
    return None if evidence.holds else Reason.CONDITIONS_NOT_MET


def _of_answer(migration: Migration, click: Click, answer: Answer, rule: Rule) -> Reason | None:
    ticket = answer.ticket.strip()
    if answer.name.strip() != migration.source:
        return Reason.WRONG_NAME
    if not answer.reason.strip() and wants_reason(rule, click):
        return Reason.NO_REASON
    if not ticket and wants_ticket(rule, click):
        return Reason.NO_TICKET
    if ticket and rule.ticket_pattern and not re.fullmatch(rule.ticket_pattern, ticket):
        return Reason.WRONG_TICKET
    return None


def wants_reason(rule: Rule, click: Click) -> bool:
    """Whether it is refused without one: whoever breaks the glass says why."""
    return rule.reason_required or click.break_glass


def wants_ticket(rule: Rule, click: Click) -> bool:
    """Whether it is refused without one; in an emergency there may be none yet."""
    return rule.ticket_required and not click.break_glass


def _answered(reason: Reason | None, terms: Terms) -> Decision:
    if reason is None:
        return Decision(granted=True, reason=Reason.GRANTED, terms=terms)
    return Decision(granted=False, reason=reason, terms=terms)
