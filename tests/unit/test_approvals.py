"""Who may decide at the gate, and on what."""

from dataclasses import replace

import pytest
from builders import ADAM, OSCAR, RITA, a_migration, at_the_gate, bad_evidence, good_evidence

from migration.approvals import EVIDENCE_LIFETIME_SECONDS, Click, Person, Policy, Reason, decide
from migration.model import Evidence, Migration

GATE = at_the_gate()
CLICK = Click("promote", GATE.version)
POLICY = Policy(frozenset({ADAM, RITA, "S-DBA"}))
NOW = 1_800_000_010.0
ADAM_HIMSELF = Person(ADAM)


def test_an_approver_who_is_not_the_requester_opens_the_gate() -> None:
    """Two people, good evidence, the right name: granted."""
    decision = decide(GATE, CLICK, ADAM_HIMSELF, POLICY, good_evidence(), " orders ", NOW)

    assert decision.granted


def test_a_group_of_approvers_counts() -> None:
    """Whoever is in an approving group approves."""
    person = Person("U-ANNA", frozenset({"S-DBA"}))

    assert decide(GATE, CLICK, person, POLICY, good_evidence(), "orders", NOW).granted


@pytest.mark.parametrize(
    ("reason", "migration", "click", "person", "evidence", "name"),
    [
        (Reason.NOT_AN_APPROVER, GATE, CLICK, Person(OSCAR), good_evidence(), "orders"),
        (
            Reason.NOT_A_MEMBER,
            GATE,
            CLICK,
            Person(ADAM, member=False),
            good_evidence(),
            "orders",
        ),
        (Reason.IS_REQUESTER, GATE, CLICK, Person(RITA), good_evidence(), "orders"),
        (Reason.NOT_WAITING, a_migration(), CLICK, ADAM_HIMSELF, good_evidence(), "orders"),
        (Reason.NOT_WAITING, GATE, Click("finish", 1), ADAM_HIMSELF, good_evidence(), "orders"),
        (Reason.STALE, replace(GATE, version=7), CLICK, ADAM_HIMSELF, good_evidence(), "orders"),
        (Reason.NO_EVIDENCE, GATE, CLICK, ADAM_HIMSELF, None, "orders"),
        (
            Reason.EVIDENCE_TOO_OLD,
            GATE,
            CLICK,
            ADAM_HIMSELF,
            good_evidence(NOW - EVIDENCE_LIFETIME_SECONDS - 1),
            "orders",
        ),
        (Reason.EVIDENCE_TOO_OLD, GATE, CLICK, ADAM_HIMSELF, good_evidence(NOW + 60), "orders"),
        (Reason.CONDITIONS_NOT_MET, GATE, CLICK, ADAM_HIMSELF, bad_evidence(), "orders"),
        (Reason.CONDITIONS_NOT_MET, GATE, CLICK, ADAM_HIMSELF, Evidence((), (), NOW), "orders"),
        (Reason.WRONG_NAME, GATE, CLICK, ADAM_HIMSELF, good_evidence(), "order"),
        (Reason.WRONG_NAME, GATE, CLICK, ADAM_HIMSELF, good_evidence(), ""),
    ],
)
def test_everything_else_is_refused_with_its_reason(
    reason: Reason,
    migration: Migration,
    click: Click,
    person: Person,
    evidence: Evidence | None,
    name: str,
) -> None:
    """A refusal says why; missing evidence never counts as good."""
    decision = decide(migration, click, person, POLICY, evidence, name, NOW)

    assert (decision.granted, decision.reason) == (False, reason)


def test_nobody_approves_where_no_approver_is_configured() -> None:
    """An empty list of approvers means nobody, not everybody."""
    decision = decide(
        GATE, CLICK, ADAM_HIMSELF, Policy(frozenset()), good_evidence(), "orders", NOW
    )

    assert decision.reason is Reason.NOT_AN_APPROVER
