"""Which approvals count: bound to gate, plan, rule and conditions, for a time, and to people."""

from dataclasses import replace
from datetime import time

import pytest
from builders import ADAM, RITA, at_the_gate, bad_evidence, good_evidence

from migration.model import Approval, Check, Evidence, Migration, Status
from migration.policy import Person, Rule
from migration.terms import LOOKED_UP_SECONDS, Terms, by_reason, terms_at, too_late_to_begin
from migration.windows import Window

ANNA = "U-ANNA"
RULE = Rule(frozenset({ADAM, ANNA}), "production", approvals=3)
NOW = 1_800_000_100.0
SEEN = Evidence(
    (
        Check("lag", ok=True, detail="0.1 s"),
        Check("alarms", ok=True, detail="quiet"),
        Check("inside", ok=False, detail="no login", looked=False),
    ),
    (),
    NOW - 60,
)
GIVEN = Approval("promote", ADAM, NOW - 60, SEEN, NOW + 840, NOW - 60, "plan", RULE.name, RULE.mark)


def terms(
    *given: Approval, evidence: Evidence | None = SEEN, now: float = NOW, **changes: object
) -> Terms:
    """Of a gate with these approvals."""
    known = {"gate": "promote", "rule": RULE, "plan_hash": "plan", "people": None, **changes}
    migration = at_the_gate(given=given)
    return terms_at(migration, evidence=evidence, now=now, **known)


def later(*checks: Check) -> Evidence:
    """What was seen after the approval."""
    return Evidence(checks, (), NOW - 1)


LAG, ALARMS = SEEN.checks[:2]


def test_an_approval_counts() -> None:
    """One of three, upon the same evidence, newer of the same conditions, more, or none."""
    more = (LAG, ALARMS, Check("slots", ok=True, detail="none"))
    for evidence in (SEEN, None, later(replace(LAG, detail="0.4 s"), ALARMS), later(*more)):
        found = terms(GIVEN, evidence=evidence)

        assert (found.given, found.void, found.missing) == ((GIVEN,), (), 2)
        assert found.given_by(ADAM) == GIVEN
        assert found.given_by(ANNA) is None


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"now": NOW + 840}, "It was good for 15 min, and that is over."),
        ({"gate": "freeze"}, "It was for another gate, `promote`."),
        ({"plan_hash": "other"}, "The plan is another one now."),
        (
            {"rule": replace(RULE, approvals=2)},
            "It was given under the rule `production`, and another one counts now.",
        ),
        (
            {"evidence": later(replace(LAG, ok=False, detail="12 s"), ALARMS)},
            "A condition does not hold any more: lag: 12 s.",
        ),
        (
            {"evidence": later(LAG, ALARMS, Check("slots", ok=False, detail="one"))},
            "A condition does not hold any more: slots: one.",
        ),
        (
            {"evidence": later(LAG)},
            "What was seen to hold is not looked at any more: alarms.",
        ),
        (
            {"evidence": later(LAG, replace(ALARMS, looked=False))},
            "What was seen to hold is not looked at any more: alarms.",
        ),
        (
            {"evidence": later()},
            "What was seen to hold is not looked at any more: alarms, lag.",
        ),
        ({"people": {}}, "Who gave it was not looked up again."),
        (
            {"people": {ADAM: Person(ADAM, member=False)}},
            "Who gave it is not an approver any more.",
        ),
        (
            {"people": {ADAM: Person("U-OTHER")}},
            "Who gave it is not an approver any more.",
        ),
    ],
)
def test_it_is_void_as_soon_as_what_it_was_given_for_is_another(
    changes: dict[str, object], why: str
) -> None:
    """And says why."""
    found = terms(GIVEN, **changes)

    assert found.given == ()
    assert [one.why for one in found.void] == [why]


def test_each_stands_for_itself_and_the_same_is_said_once() -> None:
    """One that is over takes no other along."""
    old = replace(GIVEN, by=RITA, expires_at=NOW)
    older = replace(GIVEN, by="U-OLAF", expires_at=NOW)
    found = terms(old, GIVEN, older)

    assert found.given == (GIVEN,)
    assert list(by_reason(found.void).values()) == [(RITA, "U-OLAF")]


def test_going_back_takes_one_person_at_any_hour() -> None:
    """The way back is a rescue: neither a count nor a window holds it up."""
    never = replace(RULE, windows=(Window(frozenset(), time(1), time(2)),))
    found = terms(gate="roll_back", rule=never)

    assert terms(rule=never).shut is not None
    assert (found.wanted, found.shut) == (1, None)


def begun(*given: Approval) -> Migration:
    """Approved by these."""
    migration = at_the_gate(given=given, approval=given[-1] if given else None)
    return replace(migration, status=Status.CUTTING_OVER)


def test_a_job_may_begin_while_every_approval_counts() -> None:
    """Also what an older Daybreak recorded, which has no end."""
    assert too_late_to_begin(begun(GIVEN, replace(GIVEN, by=ANNA)), NOW) == ""
    assert too_late_to_begin(begun(Approval("promote", ADAM, 1.0, good_evidence())), NOW) == ""
    assert too_late_to_begin(begun(), NOW) == ""


def test_a_job_that_comes_too_late_does_not_begin() -> None:
    """Each of the approvals is over by itself, and says how long it lay there."""
    late = replace(GIVEN, by=ANNA, at=NOW, expires_at=NOW + 900)
    said = too_late_to_begin(begun(GIVEN, late), NOW + 840)

    assert "was good for 15 min, and waited for 14 min" in said


def test_a_job_does_not_begin_on_people_who_were_looked_up_long_ago() -> None:
    """However long a rule lets an approval count."""
    long = replace(GIVEN, expires_at=NOW + 36_000)
    fresh = replace(long, by=ANNA, checked_at=NOW)
    at = long.checked_at + LOOKED_UP_SECONDS

    assert too_late_to_begin(begun(long, fresh), at) == ""
    assert "was looked up 15" in too_late_to_begin(begun(long, fresh), at + 1)
    assert too_late_to_begin(begun(fresh), at + 1) == ""


def test_evidence_that_does_not_hold_at_all_takes_every_approval() -> None:
    """Bad evidence of another kind as well."""
    assert terms(GIVEN, evidence=bad_evidence(NOW - 1)).given == ()
