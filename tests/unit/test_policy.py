"""Rules for approvals: which one counts for a source, and what an approval is bound to."""

from dataclasses import fields, replace
from datetime import date, time

import pytest

from migration.policy import DEFAULT, Policy, Rule, Tags
from migration.windows import ChangeFreeze, Window

DBAS = frozenset({"S-DBA"})
PRODUCTION = Rule(DBAS, "production", tags={"env": ("prod*", "live")}, approvals=2)
BILLING = Rule(DBAS, "billing", sources=("billing-*", "invoices"), tags={"tier": ("1",)})
SANDBOXES = Rule(DBAS, "sandboxes", sources=("*-test",))
POLICY = Policy(frozenset({"U-ADAM"}), (PRODUCTION, BILLING, SANDBOXES))


@pytest.mark.parametrize(
    ("source", "tags", "name"),
    [
        ("orders", {"env": "production"}, "production"),
        ("orders", {"Env": "LIVE", "team": "x"}, "production"),
        ("orders", {"env": "staging"}, DEFAULT),
        ("orders", {}, DEFAULT),
        ("billing-eu", {"tier": "1"}, "billing"),
        ("billing-eu", {"tier": "1", "env": "prod"}, "production"),
        ("billing-eu", {"tier": "2"}, DEFAULT),
        ("invoices", {"tier": "1"}, "billing"),
        ("orders-test", {"tier": "1"}, "sandboxes"),
    ],
)
def test_the_first_rule_that_fits_counts(source: str, tags: Tags, name: str) -> None:
    """Names and tags by patterns, small and large letters alike; all that a rule names fits."""
    assert POLICY.rule_for(source, [tags]).name == name


def test_taking_a_tag_away_relaxes_nothing() -> None:
    """It fits by the tags of the beginning or by those of now."""
    before, now = {"env": "prod"}, {"env": "dev"}

    assert POLICY.rule_for("orders", [before, now]).name == "production"
    assert POLICY.rule_for("orders", [now, before]).name == "production"


def test_where_nobody_knows_the_tags_it_may_have_any() -> None:
    """The first rule by tags counts, unless the name speaks against it."""
    assert POLICY.rule_for("orders").name == "production"
    assert Policy(DBAS, (BILLING,)).rule_for("orders").name == DEFAULT


def test_without_a_rule_the_approvers_of_the_settings_decide() -> None:
    """One of them, and not the requester, for a quarter of an hour."""
    rule = Policy(frozenset({"U-ADAM"})).rule_for("orders")

    assert rule == Rule(frozenset({"U-ADAM"}))
    assert (rule.approvals, rule.requester_may_approve, rule.expires_seconds) == (1, False, 900)
    assert (rule.reason_required, rule.ticket_required, rule.shut_at(0.0)) == (False, False, None)


def test_freezes_for_all_hold_for_each_rule_and_for_the_default() -> None:
    """Beside those that a rule has itself."""
    year = ChangeFreeze(date(2026, 12, 20), date(2027, 1, 3))
    own = ChangeFreeze(date(2026, 6, 1), date(2026, 6, 2))
    policy = Policy(DBAS, (replace(PRODUCTION, freezes=(own,)),), (year,))

    assert policy.rule_for("orders", [{"env": "prod"}]).freezes == (own, year)
    assert policy.rule_for("orders", [{}]).freezes == (year,)


OTHERS = {
    "approvers": frozenset({"U-OTHER"}),
    "name": "other",
    "sources": ("x",),
    "tags": {"a": ("b",)},
    "approvals": 3,
    "requester_may_approve": True,
    "reason_required": True,
    "ticket_required": True,
    "ticket_pattern": "X",
    "expires_seconds": 60.0,
    "break_glass": frozenset({"U-OTHER"}),
    "windows": (Window(frozenset({1}), time(1), time(2)),),
    "freezes": (ChangeFreeze(date(2026, 6, 1), date(2026, 6, 2)),),
    "rehearsed_on": ("x-staging",),
}


def test_another_rule_has_another_mark() -> None:
    """Whatever of it is changed: an approval was given under the whole."""
    rule = Rule(DBAS)
    marks = {replace(rule, **{name: OTHERS[name]}).mark for name in OTHERS}

    assert {one.name for one in fields(Rule)} == set(OTHERS)
    assert len(marks | {rule.mark}) == len(OTHERS) + 1
    assert Rule(frozenset({"S-DBA"})).mark == rule.mark


def test_everybody_who_is_named_is_known() -> None:
    """Groups of all rules are those that a person may be looked up in."""
    glass = replace(PRODUCTION, break_glass=frozenset({"S-LEADS"}))

    assert Policy(frozenset({"U1"}), (glass,)).everybody == {"U1", "S-DBA", "S-LEADS"}
