"""The aggregate and its table of transitions."""

import itertools
from dataclasses import replace

import pytest
from builders import a_migration, position_of

from migration.errors import IllegalTransition, InvalidOptions
from migration.model import FINAL, TRANSITIONS, Kind, Method, Options, Phase, Status, WayBack
from migration.plan import CUT_OVER, KEEP_WAY_BACK, plan_for


@pytest.mark.parametrize(("before", "after"), list(itertools.product(Status, Status)))
def test_only_the_table_decides_what_may_follow(before: Status, after: Status) -> None:
    """Every pair of statuses is either in the table or refused."""
    migration = a_migration(before)
    if after in TRANSITIONS[before]:
        assert migration.to(after).status is after
    else:
        with pytest.raises(IllegalTransition):
            migration.to(after)


def test_every_status_is_in_the_table_and_can_be_reached() -> None:
    """No status is forgotten, and none is a place that nothing leads to."""
    reached = {Status.ACTIVE}.union(*TRANSITIONS.values())

    assert set(TRANSITIONS) == set(Status) == reached


def test_an_end_is_an_end() -> None:
    """What was completed, cancelled or rolled back never moves again."""
    assert frozenset({Status.COMPLETED, Status.CANCELLED, Status.ROLLED_BACK}) == FINAL


def test_every_change_is_a_new_version() -> None:
    """Buttons drawn for an older version are recognized."""
    assert a_migration().to(Status.ACTIVE).version == a_migration().version + 1


def test_the_plan_has_one_pivot_and_it_stands_behind_a_gate() -> None:
    """Nothing that can't be undone happens without a person's decision."""
    steps = a_migration().plan.steps
    pivots = [step for step in steps if step.kind is Kind.PIVOT]

    assert [step.name for step in pivots] == [CUT_OVER]
    assert pivots[0].gate == "promote"


def test_everything_before_the_pivot_can_be_undone_and_after_it_is_retried() -> None:
    """A saga: compensatable steps, one pivot, retriable steps."""
    steps = a_migration().plan.steps
    pivot = position_of(CUT_OVER)

    assert {step.kind for step in steps[:pivot]} == {Kind.COMPENSATABLE}
    assert {step.kind for step in steps[pivot + 1 :]} == {Kind.RETRIABLE}


def test_phases_come_in_order() -> None:
    """Preparation, synchronization, cut-over, cool-off."""
    order = list(Phase)
    phases = [order.index(step.phase) for step in a_migration().plan.steps]

    assert phases == sorted(phases)


@pytest.mark.parametrize(
    ("options", "field"),
    [
        (Options(target=""), "target"),
        (Options(target="Orders"), "target"),
        (Options(target="-orders"), "target"),
        (Options(target="orders--aurora"), "target"),
        (Options(target="o" * 64), "target"),
        (Options(target="o; DROP"), "target"),
        (Options(target="orders"), "target"),
        (Options(target="orders-aurora", lag_threshold_seconds=0), "lag_threshold_seconds"),
        (Options(target="orders-aurora", lag_threshold_seconds=61), "lag_threshold_seconds"),
        (
            Options(target="orders-aurora", lag_threshold_seconds=float("nan")),
            "lag_threshold_seconds",
        ),
        (Options(target="orders-aurora", max_write_pause_seconds=0.5), "max_write_pause_seconds"),
        (Options(target="orders-aurora", max_write_pause_seconds=3601), "max_write_pause_seconds"),
    ],
)
def test_options_that_cannot_be_planned_are_refused_by_field(options: Options, field: str) -> None:
    """The wizard shows the error where it was made."""
    with pytest.raises(InvalidOptions) as refused:
        plan_for("orders", options)

    assert refused.value.field == field


def test_slots_are_made_anew_by_a_login_only() -> None:
    """It is refused at its own option; the steps are the same."""
    wanted = Options("orders-aurora", recreate_slots=True)
    assert plan_for("orders", wanted) == plan_for("orders", Options("orders-aurora"))
    with pytest.raises(InvalidOptions) as caught:
        plan_for("orders", replace(wanted, login=False))
    assert caught.value.field == "recreate_slots"
    with pytest.raises(InvalidOptions) as caught:
        plan_for("orders", replace(wanted, method=Method.SNAPSHOT))
    assert caught.value.field == "recreate_slots"


def test_a_way_back_adds_steps_and_needs_a_login() -> None:
    """It is kept, then the source retired; without a login, or for too long, it is refused."""
    wanted = Options("orders-aurora", way_back=WayBack.REQUIRED)
    added = [step.name for step in plan_for("orders", wanted).steps[-2:]]
    assert added == [KEEP_WAY_BACK, "retire_source"]
    assert KEEP_WAY_BACK not in [step.name for step in plan_for("orders", Options("a")).steps]
    refused = {
        "way_back": replace(wanted, login=False),
        "way_back_hours": replace(wanted, way_back_hours=1000.0),
    }
    for field, wrong in refused.items():
        with pytest.raises(InvalidOptions) as caught:
            plan_for("orders", wrong)
        assert caught.value.field == field
