"""The hash of a plan: equal for what is equal, and another for each thing that differs."""

from dataclasses import fields, replace
from typing import Any

import pytest

from migration.model import Method, Options, WayBack
from migration.plan import SHORT_HASH, plan_for, plan_hash

OPTIONS = Options(target="orders-aurora")
#: Another value for each option.
OTHERS: dict[str, Any] = {
    "target": "ours",
    "lag_threshold_seconds": 2.5,
    "max_write_pause_seconds": 30.0,
    "instance_class": "db.r6g.large",
    "accept_backup_interruption": True,
    "login": False,
    "way_back": WayBack.REQUIRED,
    "way_back_hours": 24.0,
    "recreate_slots": True,
    "method": Method.SNAPSHOT,
    "longest_outage_seconds": 5400.0,
}


def hash_of_options(options: Options, source: str = "orders") -> str:
    """Of the plan that these options give."""
    return plan_hash(plan_for(source, options), source, options.target, options)


def test_the_same_plan_has_the_same_hash() -> None:
    """However often it is made, and it is the one that is known."""
    first = hash_of_options(OPTIONS)
    assert hash_of_options(Options(target="orders-aurora")) == first
    assert len(first) == 64
    assert len(first[:SHORT_HASH]) == SHORT_HASH


@pytest.mark.parametrize("name", [field.name for field in fields(Options)])
def test_each_option_counts(name: str) -> None:
    """One that is not in this list is new, and belongs into it."""
    assert hash_of_options(replace(OPTIONS, **{name: OTHERS[name]})) != hash_of_options(OPTIONS)


def test_source_target_and_steps_count() -> None:
    """The same options for another database are another plan."""
    plan = plan_for("orders", OPTIONS)
    mine = plan_hash(plan, "orders", "orders-aurora", OPTIONS)
    assert plan_hash(plan, "billing", "orders-aurora", OPTIONS) != mine
    assert plan_hash(plan, "orders", "ours", OPTIONS) != mine
    fewer = replace(plan, steps=plan.steps[1:])
    assert plan_hash(fewer, "orders", "orders-aurora", OPTIONS) != mine
