"""Whom a migration waits for, as App Home tells each of them."""

from dataclasses import replace

import pytest
from builders import ADAM, OSCAR, RITA, bad_evidence, good_evidence
from situations import NOW, PROBLEM, SITUATIONS, at, kept

from migration.approvals import Click, Person, Rule, may_decide
from migration.cool_off import kept_until
from migration.model import Evidence, Migration, Status
from migration.plan import CUT_OVER, KEEP_WAY_BACK, ROLL_BACK
from migration.situation import Situation
from migration.terms import Terms
from migration.wanted import is_wanted

TERMS = Terms("", Rule(frozenset({ADAM, "S-DBA"})))
PEOPLE = {
    "Rita": Person(RITA),
    "Adam": Person(ADAM),
    "Anna": Person("U-ANNA", frozenset({"S-DBA"})),
    "Oscar": Person(OSCAR),
}


def gate_of(migration: Migration) -> Click:
    """A press of the button at its gate."""
    return Click(migration.step.gate if migration.step else "", migration.version)


def wanted(migration: Migration, evidence: Evidence | None, now: float = NOW) -> set[str]:
    """The people it waits for; Rita asked for it, Adam and Anna approve."""
    return {
        name
        for name, person in PEOPLE.items()
        if is_wanted(
            migration,
            evidence,
            now,
            person,
            TERMS.rule.approvers,
            may_decide=may_decide(migration, gate_of(migration), person, TERMS).granted,
        )
    }


APPROVERS, EVERYBODY = {"Adam", "Anna"}, {"Rita", "Adam", "Anna"}
OF_SITUATIONS = {
    Situation.AT_PROMOTE: APPROVERS,
    Situation.AT_FREEZE: APPROVERS,
    Situation.COPY_QUESTIONED: EVERYBODY,
    Situation.HALTED_PREPARING: {"Rita"},
    Situation.HALTED_SYNCHRONIZING: {"Rita"},
    Situation.REPLICA_DROPPED: {"Rita"},
    Situation.HALTED_AT_CUT_OVER: {"Rita"},
    Situation.HALTED_CANCELLING: {"Rita"},
    Situation.HALTED_COOL_OFF: {"Rita"},
    Situation.HALTED_AFTER: {"Rita"},
}


@pytest.mark.parametrize("situation", Situation)
def test_each_situation_waits_for_its_people(situation: Situation) -> None:
    """And whoever is not listed here for nobody."""
    evidence = good_evidence(NOW)

    assert wanted(SITUATIONS[situation], evidence) == OF_SITUATIONS.get(situation, set())


@pytest.mark.parametrize(
    "evidence", [None, bad_evidence(NOW), good_evidence(NOW - 301)], ids=["none", "bad", "old"]
)
def test_a_gate_waits_for_nobody_before_its_conditions_hold(evidence: Evidence | None) -> None:
    """There is nothing to press."""
    assert wanted(SITUATIONS[Situation.AT_PROMOTE], evidence) == set()


def test_who_asked_for_it_does_not_approve_it() -> None:
    """An approver who did is not called to the gate."""
    own = replace(SITUATIONS[Situation.AT_PROMOTE], requester=ADAM)

    assert wanted(own, good_evidence(NOW)) == {"Anna"}


@pytest.mark.parametrize(
    "migration",
    [
        at(CUT_OVER, Status.CUTTING_OVER, cut_over_began=NOW, problem=PROBLEM),
        kept(KEEP_WAY_BACK, Status.ROLLING_BACK, cut_over_began=NOW, problem=PROBLEM),
    ],
)
def test_what_is_stuck_calls_every_approver(migration: Migration) -> None:
    """An engineer is needed, whoever asked for it."""
    assert wanted(replace(migration, requester=ADAM), None) == APPROVERS


def test_a_cool_off_waits_for_people_once_its_term_is_over() -> None:
    """For whoever may finish it or roll it back; decided it waits for nobody."""
    cooling = SITUATIONS[Situation.COOL_OFF]
    over = kept_until(cooling)
    decided = replace(cooling, facts={ROLL_BACK: {"epoch": 2}})

    assert wanted(cooling, None, over - 1) == set()
    assert wanted(cooling, None, over) == EVERYBODY
    assert wanted(decided, None, over) == set()


def test_outsiders_are_wanted_by_nothing() -> None:
    """A guest who once asked for it, or stands in the approvers' group."""
    outsider = Person(RITA, frozenset({"S-DBA"}), member=False)
    found = [
        situation
        for situation, migration in SITUATIONS.items()
        if is_wanted(
            migration,
            good_evidence(NOW),
            NOW,
            outsider,
            TERMS.rule.approvers,
            may_decide=may_decide(migration, gate_of(migration), outsider, TERMS).granted,
        )
    ]

    assert found == []
