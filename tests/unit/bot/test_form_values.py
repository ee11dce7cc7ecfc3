"""What is filled in: every field is checked, and no field's words come back."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shown import APPROVERS, HARM, NOW

from bot.form_values import FormWrong, options_of, wrong_so_far
from bot.messages.draft import (
    ACCEPT,
    HOURS,
    INSTANCE_CLASS,
    LAG,
    LOGIN,
    METHOD,
    PAUSE,
    SLOTS,
    SOURCE,
    TARGET,
    WAY_BACK,
    Draft,
    Known,
    Step,
)
from bot.messages.modals import FIELD_ERROR
from migration.model import Method, Options, WayBack
from migration.ports import Inventory, Source


def known(retention: int = 7) -> Known:
    """A list with the source that is asked for."""
    source = Source("orders", "postgres", "15.4", "available", "db.r6g.large", retention)
    return Known(Inventory((source,), NOW), {}, APPROVERS, NOW)


def a_draft(**values: str) -> Draft:
    """A form with these values."""
    return Draft("d", "URITA", "C0MIGRATION", values={SOURCE: "orders", **values})


def wrong(draft: Draft, retention: int = 7) -> dict[str, str]:
    """The errors by field."""
    with pytest.raises(FormWrong) as refused:
        options_of(draft, known(retention))
    return {error.field: str(error) for error in refused.value.errors}


def test_what_is_left_empty_takes_its_default() -> None:
    """The name follows the source; the class is the source's."""
    expected = Options("orders-aurora", 5.0, 300.0, "db.r6g.large")
    assert options_of(a_draft(), known()) == expected


def test_every_field_that_is_wrong_is_named_at_once() -> None:
    """One round of mending is enough."""
    errors = wrong(a_draft(**{LAG: "soon", PAUSE: "x", INSTANCE_CLASS: "-", ACCEPT: "yes"}), 0)
    assert set(errors) == {LAG, PAUSE, INSTANCE_CLASS, ACCEPT}
    assert set(wrong(a_draft(**{SOURCE: "-", LAG: "y"}))) == {SOURCE, LAG}


def test_a_step_is_held_up_by_itself_and_by_those_before_it() -> None:
    """What a later one will ask is not said yet."""
    draft = a_draft(**{TARGET: "Not A Name", LAG: "soon"})
    found = {step: {one.field for one in wrong_so_far(draft, known(), step)} for step in Step}
    assert found[Step.SOURCE] == set()
    # A number that is none is found before a plan that is none.
    assert found[Step.LIMITS] == {LAG}
    named = {one.field for one in wrong_so_far(a_draft(**{TARGET: "No"}), known(), Step.METHOD)}
    assert named == {TARGET}


def test_a_method_and_a_login_that_do_not_fit_are_said_where_both_are_chosen() -> None:
    """The copy of the snapshot method is proven by SQL."""
    draft = a_draft(**{METHOD: Method.SNAPSHOT.value, LOGIN: "without"})
    assert [one.field for one in wrong_so_far(draft, known(), Step.METHOD)] == [METHOD]


@pytest.mark.parametrize(("typed", "held_up"), [("72", False), ("0", True), ("241", True)])
def test_hours_count_where_there_is_a_way_back(typed: str, *, held_up: bool) -> None:
    """Within what the core takes, and said at their own field."""
    draft = a_draft(**{WAY_BACK: WayBack.REQUIRED.value, HOURS: typed})
    fields = [one.field for one in wrong_so_far(draft, known(), Step.LIMITS)]
    assert fields == ([HOURS] if held_up else [])
    none = a_draft(**{HOURS: typed})
    assert options_of(none, known()).way_back_hours == Options("").way_back_hours


@pytest.mark.parametrize(
    "typed",
    ["nan", "inf", "1e3", "-1", "+5", "1_0", "٣", "0x1", "5 s", "1,5", ".5", "5.", "9" * 400],
)
def test_only_plain_numbers_are_numbers(typed: str) -> None:
    """What float() takes is more than what people mean."""
    assert set(wrong(a_draft(**{LAG: typed}))) == {LAG}


def test_backups_that_are_off_have_to_be_accepted_by_name() -> None:
    """Nothing typed, something else, and the name."""
    assert "interrupts the database" in wrong(a_draft(), 0)[ACCEPT]
    assert "not the source's name" in wrong(a_draft(**{ACCEPT: "orders2"}), 0)[ACCEPT]
    assert options_of(a_draft(**{ACCEPT: "orders"}), known(0)).accept_backup_interruption
    assert not options_of(a_draft(**{ACCEPT: "orders"}), known()).accept_backup_interruption


def test_no_login_is_an_option_like_any_other() -> None:
    """Chosen, it is an option; not asked for, there is a login."""
    assert options_of(a_draft(), known()).login
    assert options_of(a_draft(**{LOGIN: "with"}), known()).login
    assert not options_of(a_draft(**{LOGIN: "without"}), known()).login


@pytest.mark.parametrize(
    ("chosen", "login", "expected"),
    [("", "with", False), ("leave", "with", False), ("recreate", "with", True),
     ("recreate", "without", False)],
)  # fmt: skip
def test_slots_are_made_anew_where_that_is_chosen(chosen: str, login: str, expected: bool) -> None:
    """By SQL: without a login there is no such choice."""
    assert options_of(a_draft(**{SLOTS: chosen, LOGIN: login}), known()).recreate_slots is (
        expected
    )


ANYTHING = st.one_of(st.text(max_size=100), st.sampled_from([*HARM, "a" * 3000, "\u202eorders"]))
FIELDS = st.sampled_from([SOURCE, TARGET, INSTANCE_CLASS, LAG, PAUSE, ACCEPT])


@given(st.dictionaries(FIELDS, ANYTHING))
def test_whatever_is_typed_there_are_options_or_errors_at_fields(values: dict[str, str]) -> None:
    """Never another error, never a number that is none, and errors that fit under a field."""
    try:
        options = options_of(a_draft(**values), known())
    except FormWrong as refused:
        errors = refused.errors
    else:
        errors = []
        assert math.isfinite(options.lag_threshold_seconds)
        assert math.isfinite(options.max_write_pause_seconds)
    for error in errors:
        assert error.field in {*values, SOURCE}
        assert len(str(error)) <= FIELD_ERROR
        assert not any(harm and harm in str(error) for harm in HARM)
