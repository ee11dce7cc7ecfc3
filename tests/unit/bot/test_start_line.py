"""`/migrate start` in one line: what it takes, what it answers, and that it gives the same plan."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shown import APPROVERS, HARM, NOW

from bot.form_values import options_of
from bot.messages.draft import (
    ACCEPT,
    HOURS,
    INSTANCE_CLASS,
    LAG,
    LOGIN,
    METHOD,
    OUTAGE,
    PAUSE,
    RECREATE,
    SLOTS,
    SOURCE,
    TARGET,
    WAY_BACK,
    WITHOUT,
    Draft,
    Known,
)
from bot.messages.start_options import not_understood, options
from bot.start_line import KNOWN_WORDS, Unknown, number, parse, written
from migration.identifiers import LONGEST_IDENTIFIER
from migration.model import Method, Options, WayBack
from migration.plan import plan_for, plan_hash
from migration.ports import Inventory, Source

REQUIRED, SNAPSHOT, REPLICA = "required", Method.SNAPSHOT.value, Method.READ_REPLICA.value
MAXIMUM = 3000

WHOLE = (
    "orders --method snapshot --max-lag 5s --max-pause 300s --instance-class db.r6g.large "
    "--way-back required --way-back-hours 72 --recreate-slots --without-login --max-outage 90min "
    "--target ours --accept-backup-interruption orders"
)
ROWS = {
    "": {},
    "--method snapshot": {METHOD: SNAPSHOT},
    "--method=Replica": {METHOD: REPLICA},
    "\u2014method snapshot": {METHOD: SNAPSHOT},
    "--max-lag 5s": {LAG: "5"},
    "--max-lag 500ms": {LAG: "0.5"},
    "--max-lag 2.5": {LAG: "2.5"},
    "--max-pause=5min": {PAUSE: "300"},
    "--max-outage 1.5h": {OUTAGE: "90"},
    "--way-back": {WAY_BACK: REQUIRED},
    "--way-back --recreate-slots": {WAY_BACK: REQUIRED, SLOTS: RECREATE},
    "--way-back if-possible": {WAY_BACK: "if possible"},
    "--way-back-hours 3d": {HOURS: "72"},
    "--way-back-hours 24": {HOURS: "24"},
    "--instance-class db.r6g.large": {INSTANCE_CLASS: "db.r6g.large"},
    "--target Ours": {TARGET: "ours"},
    "--accept-backup-interruption orders": {ACCEPT: "orders"},
    # As they were typed before there were options.
    "without-login": {LOGIN: WITHOUT},
    "login=no": {LOGIN: WITHOUT},
    "WAY-BACK": {WAY_BACK: REQUIRED},
    "way-back=yes": {WAY_BACK: REQUIRED},
    "by-snapshot": {METHOD: SNAPSHOT},
    "method=snapshot recreate-slots": {METHOD: SNAPSHOT, SLOTS: RECREATE},
    "by-replica": {METHOD: REPLICA},
    "recreate-slots=yes": {SLOTS: RECREATE},
}


@pytest.mark.parametrize("typed", ROWS)
def test_what_is_typed_fills_in_a_field(typed: str) -> None:
    """Before the instance's name or behind it."""
    for line in (f"`Orders` {typed}", f"{typed} -- orders" if typed == "--way-back" else typed):
        found = parse(line)
        assert dict(found.values) == ROWS[typed]
        assert (found.unknown, found.wrong) == ((), ())
    assert parse(f"`Orders` {typed}").source == "orders"


def test_all_of_it_fits_in_one_line() -> None:
    """Every option that there is."""
    found = parse(WHOLE)
    assert found.source == "orders"
    assert set(found.values) == {
        TARGET, METHOD, LAG, PAUSE, INSTANCE_CLASS, WAY_BACK, HOURS, SLOTS, LOGIN, OUTAGE, ACCEPT,
    }  # fmt: skip
    assert (found.unknown, found.wrong) == ((), ())


@pytest.mark.parametrize(
    ("typed", "word", "nearest"),
    [
        ("orders --metod snapshot", "--metod", "--method"),
        ("orders --max-lga=5s", "--max-lga=5s", "--max-lag"),
        ("orders witout-login", "witout-login", "without-login"),
        ("orders snapshot", "snapshot", "by-snapshot"),
        ("orders billing", "billing", ""),
        ("--zzz", "--zzz", ""),
    ],
)
def test_an_unknown_word_is_answered_with_the_nearest(typed: str, word: str, nearest: str) -> None:
    """And nothing is guessed."""
    unknown = parse(typed).unknown
    assert unknown[0] == Unknown(word, nearest)
    said = not_understood(unknown).text
    assert f"`{word}` means nothing here" in said
    assert ("Did you mean" in said) == bool(nearest)
    assert "Nothing was opened" in said


@pytest.mark.parametrize(
    ("typed", "field", "said"),
    [
        ("--method snapshoot", METHOD, "Did you mean `snapshot`?"),
        ("--method", METHOD, "takes `replica` or `snapshot`"),
        ("--way-back requird", WAY_BACK, "Did you mean `required`?"),
        ("--max-lag soon", LAG, "a length of time, like `5s`"),
        ("--max-lag", LAG, "a length of time"),
        ("--max-lag nan", LAG, "a length of time"),
        ("--max-lag -1", LAG, "a length of time"),
        ("--max-outage 90", OUTAGE, "like `90min`"),
        ("--target", TARGET, "needs a name"),
        (f"--target {'a' * 64}", TARGET, "at most 63"),
    ],
)
def test_a_value_that_is_none_is_said_at_its_option(typed: str, field: str, said: str) -> None:
    """By the name of its field, which is where somebody mends it."""
    (wrong,) = parse(f"orders {typed}").wrong
    assert wrong.field == field
    assert said in str(wrong)


def test_what_can_be_no_name_is_shown_whole() -> None:
    """The form says so, and shows what was typed."""
    assert parse("<!channel> x").source == "<!channel> x"
    assert parse("").source == ""


ANYTHING = st.one_of(st.text(max_size=200), st.sampled_from(HARM))
WORDS = st.lists(st.one_of(ANYTHING, st.sampled_from(KNOWN_WORDS)), max_size=6).map(" ".join)


@given(WORDS)
def test_whatever_is_typed_is_read_or_answered(typed: str) -> None:
    """Never an error; what is stored is short, and what is said repeats no harm."""
    found = parse(typed)
    assert all(len(value) <= LONGEST_IDENTIFIER for value in found.values.values())
    assert not any(harm and harm in str(error) for error in found.wrong for harm in HARM)
    said = not_understood(found.unknown).text
    assert len(said) <= MAXIMUM
    assert "<!" not in said
    assert "\u202e" not in said


NUMBERS = st.integers(1, 60_000_000).map(lambda millionths: millionths / 1e6)
CHOICES = st.builds(
    Options,
    target=st.just("ours"),
    lag_threshold_seconds=NUMBERS,
    max_write_pause_seconds=st.integers(1_000_000, 3_600_000_000).map(lambda it: it / 1e6),
    instance_class=st.sampled_from(["db.r6g.large", "db.r6g.xlarge"]),
    login=st.booleans(),
    way_back=st.sampled_from(list(WayBack)),
    way_back_hours=st.integers(1, 240_000_000).map(lambda millionths: millionths / 1e6),
    recreate_slots=st.booleans(),
    method=st.sampled_from(list(Method)),
    longest_outage_seconds=st.integers(1, 2880).map(lambda minutes: minutes * 60.0),
    accept_backup_interruption=st.just(True),
)
KNOWN = Known(
    Inventory(
        (Source("orders", "postgres", "15.4", "available", "db.r6g.large", 0),),
        NOW,
    ),
    {},
    APPROVERS,
    NOW,
)


def possible(wanted: Options) -> Options:
    """What a form can come to: what is not asked for is as nobody had chosen it."""
    snapshot, default = wanted.method is Method.SNAPSHOT, Options(target="ours")
    login = wanted.login or snapshot
    by_sql = login and not snapshot
    way_back = wanted.way_back if by_sql else WayBack.NONE
    kept = way_back is not WayBack.NONE
    return replace(
        wanted,
        login=login,
        way_back=way_back,
        way_back_hours=wanted.way_back_hours if kept else default.way_back_hours,
        recreate_slots=wanted.recreate_slots and by_sql,
        lag_threshold_seconds=default.lag_threshold_seconds
        if snapshot
        else wanted.lag_threshold_seconds,
        max_write_pause_seconds=default.max_write_pause_seconds
        if snapshot
        else wanted.max_write_pause_seconds,
        longest_outage_seconds=wanted.longest_outage_seconds
        if snapshot
        else default.longest_outage_seconds,
    )


@given(CHOICES)
def test_the_line_of_a_plan_gives_that_very_plan(wanted: Options) -> None:
    """Copied and typed by somebody else: the same options, the same steps, the same hash."""
    chosen = possible(wanted)
    line = parse(written("orders", chosen).removeprefix("start "))
    assert (line.unknown, line.wrong) == ((), ())
    draft = Draft("d", "U1", "C1", values={SOURCE: line.source, **line.values})
    again = options_of(draft, KNOWN)
    assert again == chosen
    assert plan_hash(plan_for("orders", again), "orders", "ours", again) == plan_hash(
        plan_for("orders", chosen), "orders", "ours", chosen
    )


def test_numbers_are_written_as_people_do() -> None:
    """No zeros behind, no exponent."""
    assert [number(one) for one in (5.0, 0.5, 300.0, 1e-6, 172_800.0)] == [
        "5", "0.5", "300", "0.000001", "172800",
    ]  # fmt: skip


def test_the_help_names_every_option() -> None:
    """With what it takes; it fits into one paragraph."""
    said = options().text
    assert len(said) <= MAXIMUM
    assert all(f"`{word}" in said for word in KNOWN_WORDS if word.startswith("--"))
