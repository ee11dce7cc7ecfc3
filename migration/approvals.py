"""Who may decide at a gate: a pure function, its reasons and its words."""

from dataclasses import dataclass
from enum import StrEnum

from migration.cool_off import in_cool_off, opened_at
from migration.model import Evidence, Migration, Status
from migration.plan import ROLL_BACK

# Evidence older than this is no evidence "as of now": a person reads the modal for a minute or two.
EVIDENCE_LIFETIME_SECONDS = 300.0


class Reason(StrEnum):
    """Why a decision was granted or refused."""

    GRANTED = "granted"
    STALE = "stale"
    NOT_WAITING = "not waiting"
    NOT_A_MEMBER = "not a member"
    NOT_AN_APPROVER = "not an approver"
    IS_REQUESTER = "is the requester"
    NO_EVIDENCE = "no evidence"
    EVIDENCE_TOO_OLD = "evidence too old"
    CONDITIONS_NOT_MET = "conditions not met"
    WRONG_NAME = "wrong name"


@dataclass(frozen=True)
class Person:
    """Who asks: an id, the groups they are in, and whether they are a full member of ours."""

    id: str
    groups: frozenset[str] = frozenset()
    member: bool = True


@dataclass(frozen=True)
class Policy:
    """Who may approve: ids of people and of groups."""

    approvers: frozenset[str]


@dataclass(frozen=True)
class Click:
    """What was pressed: the gate and the version of the migration that the button was drawn for."""

    gate: str
    version: int


@dataclass(frozen=True)
class Decision:
    """Whether it is granted, and why (not)."""

    granted: bool
    reason: Reason


def _refuse(reason: Reason) -> Decision:
    return Decision(granted=False, reason=reason)


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


def may_decide(migration: Migration, click: Click, person: Person, policy: Policy) -> Decision:
    """Whether this person may open the gate's question at all."""
    if not person.member:
        return _refuse(Reason.NOT_A_MEMBER)
    if person.id not in policy.approvers and not person.groups & policy.approvers:
        return _refuse(Reason.NOT_AN_APPROVER)
    if person.id == migration.requester:
        return _refuse(Reason.IS_REQUESTER)
    if not is_open(migration, click.gate):
        return _refuse(Reason.NOT_WAITING)
    if click.version != migration.version:
        return _refuse(Reason.STALE)
    return Decision(granted=True, reason=Reason.GRANTED)


def decide(
    migration: Migration,
    click: Click,
    person: Person,
    policy: Policy,
    evidence: Evidence | None,
    typed_name: str,
    now: float,
) -> Decision:
    """Whether this click opens the gate, on this evidence."""
    allowed = may_decide(migration, click, person, policy)
    if not allowed.granted:
        return allowed
    if evidence is None:
        return _refuse(Reason.NO_EVIDENCE)
    if not is_of_now(migration, click.gate, evidence, now):
        return _refuse(Reason.EVIDENCE_TOO_OLD)
    if not evidence.holds:
        return _refuse(Reason.CONDITIONS_NOT_MET)
    if typed_name.strip() != migration.source:
        return _refuse(Reason.WRONG_NAME)
    return Decision(granted=True, reason=Reason.GRANTED)
