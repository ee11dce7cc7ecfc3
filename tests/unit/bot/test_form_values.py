"""What a submitted form says: every field is checked, and no field's words come back."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shown import HARM

from bot.form_values import FormWrong, options_of
from bot.messages.draft import (
    ACCEPT,
    INSTANCE_CLASS,
    LAG,
    LOGIN,
    PAUSE,
    SLOTS,
    SOURCE,
    TARGET,
    Draft,
)
from bot.messages.modals import FIELD_ERROR, Field
from migration.model import Options
from migration.ports import Source

GOOD = {SOURCE: "orders", LAG: "5", PAUSE: "300"}


def a_source(retention: int = 7) -> Source:
    """The source that is asked for."""
    return Source("orders", "postgres", "15.4", "available", "db.r6g.large", retention)


def a_draft(**values: str) -> Draft:
    """A form with these values."""
    filled = {name: Field(name, value) for name, value in {**GOOD, **values}.items()}
    return Draft("C0MIGRATION", "orders", filled=filled)


def wrong(draft: Draft, retention: int = 7) -> dict[str, str]:
    """The errors by field."""
    with pytest.raises(FormWrong) as refused:
        options_of(draft, a_source(retention))
    return {error.field: str(error) for error in refused.value.errors}


def test_what_is_left_empty_takes_its_default() -> None:
    """The name follows the source; the class is the source's."""
    assert options_of(a_draft(), a_source()) == Options("orders-aurora", 5.0, 300.0, "")


def test_every_field_that_is_wrong_is_named_at_once() -> None:
    """One round of mending is enough."""
    errors = wrong(a_draft(**{LAG: "soon", PAUSE: "", INSTANCE_CLASS: "-", ACCEPT: "yes"}))
    assert set(errors) == {LAG, PAUSE, INSTANCE_CLASS, ACCEPT}
    assert set(wrong(a_draft(**{SOURCE: "-", LAG: ""}))) == {SOURCE, LAG}


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
    assert options_of(a_draft(**{ACCEPT: "orders"}), a_source(0)).accept_backup_interruption


def test_no_login_is_an_option_like_any_other() -> None:
    """Chosen, it is an option; not asked for, there is a login."""
    assert options_of(a_draft(), a_source()).login
    assert options_of(a_draft(**{LOGIN: "with"}), a_source()).login
    assert not options_of(a_draft(**{LOGIN: "without"}), a_source()).login


@pytest.mark.parametrize(
    ("chosen", "login", "expected"),
    [("", "with", False), ("leave", "with", False), ("recreate", "with", True),
     ("recreate", "without", False)],
)  # fmt: skip
def test_slots_are_made_anew_where_that_is_chosen(chosen: str, login: str, expected: bool) -> None:
    """By SQL: without a login there is no such choice."""
    assert options_of(a_draft(**{SLOTS: chosen, LOGIN: login}), a_source()).recreate_slots is (
        expected
    )


ANYTHING = st.one_of(st.text(max_size=100), st.sampled_from([*HARM, "a" * 3000, "\u202eorders"]))
FIELDS = st.sampled_from([SOURCE, TARGET, INSTANCE_CLASS, LAG, PAUSE, ACCEPT])


@given(st.dictionaries(FIELDS, ANYTHING))
def test_whatever_is_typed_there_are_options_or_errors_at_fields(values: dict[str, str]) -> None:
    """Never another error, never a number that is none, and errors that fit under a field."""
    try:
        options = options_of(a_draft(**values), a_source())
    except FormWrong as refused:
        errors = refused.errors
    else:
        errors = []
        assert math.isfinite(options.lag_threshold_seconds)
        assert math.isfinite(options.max_write_pause_seconds)
    for error in errors:
        assert error.field in values
        assert len(str(error)) <= FIELD_ERROR
        assert not any(harm and harm in str(error) for harm in HARM)
