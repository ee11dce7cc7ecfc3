"""Who may decide at the gate, and on what."""

from dataclasses import replace
from datetime import date

import pytest
from builders import ADAM, OSCAR, RITA, a_migration, at_the_gate, bad_evidence, good_evidence

from migration.approvals import (
    EVIDENCE_LIFETIME_SECONDS,
    Answer,
    Click,
    Decision,
    Person,
    Reason,
    decide,
)
from migration.model import Approval, Evidence, Migration
from migration.policy import Rule
from migration.terms import Terms
from migration.windows import ChangeFreeze, Shut

GATE = at_the_gate()
CLICK = Click("promote", GATE.version)
RULE = Rule(frozenset({ADAM, RITA, "S-DBA"}))
NOW = 1_800_000_010.0
ADAM_HIMSELF = Person(ADAM)
STRICT = replace(
    RULE,
    approvals=2,
    reason_required=True,
    ticket_required=True,
    ticket_pattern="OPS-[0-9]+",
    break_glass=frozenset({"S-LEADS"}),
)
LEAD = Person("U-LEA", frozenset({"S-LEADS"}))
GLASS = replace(CLICK, break_glass=True)
SHUT = Shut(None, NOW + 60)
NAMED = Answer("orders")


def asked(
    click: Click = CLICK,
    person: Person = ADAM_HIMSELF,
    answer: Answer = NAMED,
    evidence: Evidence | None = None,
    rule: Rule = RULE,
    **changes: object,
) -> Decision:
    """What comes of it at the gate, on good evidence of now."""
    terms = replace(Terms("promote", rule), **changes)
    return decide(GATE, click, person, terms, evidence or good_evidence(), answer, NOW)


def test_an_approver_who_is_not_the_requester_opens_the_gate() -> None:
    """Two people, good evidence, the right name: granted."""
    assert asked(answer=Answer(" orders ")).granted


def test_a_group_of_approvers_counts() -> None:
    """Whoever is in an approving group approves."""
    person = Person("U-ANNA", frozenset({"S-DBA"}))

    assert asked(person=person).granted


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
    terms = Terms(click.gate, RULE)
    decision = decide(migration, click, person, terms, evidence, Answer(name), NOW)

    assert (decision.granted, decision.reason) == (False, reason)


def test_nobody_approves_where_no_approver_is_configured() -> None:
    """An empty list of approvers means nobody, not everybody."""
    assert asked(rule=Rule(frozenset())).reason is Reason.NOT_AN_APPROVER


def test_the_requester_approves_where_the_rule_says_so() -> None:
    """Unless it does, nobody approves a migration of their own."""
    assert asked(person=Person(RITA), rule=replace(RULE, requester_may_approve=True)).granted
    assert asked(person=Person(RITA)).reason is Reason.IS_REQUESTER


def test_nobody_approves_twice() -> None:
    """Their approval counts already; another person's is wanted."""
    given = (Approval("promote", ADAM, NOW, good_evidence()),)

    assert asked(given=given).reason is Reason.APPROVED_ALREADY
    assert asked(given=given, person=Person("U-ANNA", frozenset({"S-DBA"}))).granted


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (Answer("orders", "we planned it", "OPS-12"), Reason.GRANTED),
        (Answer("orders", "we planned it", " OPS-12 "), Reason.GRANTED),
        (Answer("orders", " ", "OPS-12"), Reason.NO_REASON),
        (Answer("orders", "we planned it", ""), Reason.NO_TICKET),
        (Answer("orders", "we planned it", "OPS-"), Reason.WRONG_TICKET),
        (Answer("orders", "we planned it", "OPS-12 and more"), Reason.WRONG_TICKET),
        (Answer("order", "we planned it", "OPS-12"), Reason.WRONG_NAME),
    ],
)
def test_what_the_rule_asks_for_has_to_be_filled_in(answer: Answer, reason: Reason) -> None:
    """A reason, and a ticket whose whole looks as the rule says."""
    assert asked(answer=answer, rule=STRICT).reason is reason


def test_a_ticket_that_nobody_asked_for_is_held_against_the_pattern_too() -> None:
    """It may be left out; if it is there it is one."""
    rule = replace(STRICT, ticket_required=False)

    assert asked(answer=Answer("orders", "why"), rule=rule).granted
    assert asked(answer=Answer("orders", "why", "soon"), rule=rule).reason is Reason.WRONG_TICKET


def test_a_gate_outside_of_its_hours_is_shut() -> None:
    """With the reason that there is; who breaks the glass comes through."""
    frozen = replace(SHUT, freeze=ChangeFreeze(date(2027, 1, 1), date(2027, 1, 31)))

    assert asked(shut=SHUT).reason is Reason.OUTSIDE_WINDOW
    assert asked(shut=frozen).reason is Reason.IN_A_FREEZE
    assert asked(GLASS, shut=frozen, answer=Answer("orders", "it burns")).granted


def test_breaking_the_glass_overrides_people_and_hours() -> None:
    """The requester, in a freeze, alone, without a ticket; the reason is wanted, always."""
    why = Answer("orders", "it burns")
    alone = replace(RULE, approvals=3, ticket_required=True)

    assert asked(GLASS, Person(RITA), why, rule=alone, shut=SHUT).granted
    assert asked(GLASS, Person(RITA), Answer("orders"), rule=alone).reason is Reason.NO_REASON
    assert asked(GLASS, LEAD, why, rule=STRICT).granted


@pytest.mark.parametrize(
    ("person", "evidence", "answer", "reason"),
    [
        (LEAD, bad_evidence(), Answer("orders", "why"), Reason.CONDITIONS_NOT_MET),
        (LEAD, Evidence((), (), NOW), Answer("orders", "why"), Reason.CONDITIONS_NOT_MET),
        (LEAD, good_evidence(NOW - 301), Answer("orders", "why"), Reason.EVIDENCE_TOO_OLD),
        (LEAD, good_evidence(), Answer("order", "why"), Reason.WRONG_NAME),
        (ADAM_HIMSELF, good_evidence(), Answer("orders", "why"), Reason.NOT_AN_APPROVER),
        (replace(LEAD, member=False), good_evidence(), Answer("orders"), Reason.NOT_A_MEMBER),
    ],
)
def test_breaking_the_glass_overrides_nothing_else(
    person: Person, evidence: Evidence, answer: Answer, reason: Reason
) -> None:
    """Conditions, the name, and who may: the rule's own list where it has one."""
    assert asked(GLASS, person, answer, evidence, STRICT).reason is reason


def test_who_breaks_the_glass_may_not_approve_by_that_alone() -> None:
    """It is a list of its own."""
    assert asked(person=LEAD, rule=STRICT).reason is Reason.NOT_AN_APPROVER


def test_a_stale_or_closed_gate_is_refused_to_who_breaks_the_glass_too() -> None:
    """There has to be a decision, and it is about what they saw."""
    why = Answer("orders", "why")

    assert asked(replace(GLASS, version=7), answer=why).reason is Reason.STALE
    assert asked(replace(GLASS, gate="finish"), answer=why).reason is Reason.NOT_WAITING
