"""Windows and freezes: open, shut, and until when; with clocks that are put forward and back."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as some

from migration.windows import ChangeFreeze, Window, closes_at, shut_at

BERLIN = "Europe/Berlin"
ALL = frozenset(range(7))
NIGHT = Window(frozenset({4, 5}), time(22), time(4), BERLIN)
YEARS_END = ChangeFreeze(date(2026, 12, 20), date(2027, 1, 3), BERLIN, "year's end")
DAY = 86_400.0


def at(text: str, zone: str = BERLIN) -> float:
    """That moment, by the clock on the wall there."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp()


# 2026-12-04 is a Friday.
@pytest.mark.parametrize(
    ("moment", "opens"),
    [
        ("2026-12-04T21:59", "2026-12-04T22:00"),
        ("2026-12-04T22:00", None),
        ("2026-12-05T03:59", None),
        ("2026-12-05T04:00", "2026-12-05T22:00"),
        ("2026-12-06T03:59", None),
        ("2026-12-06T04:00", "2026-12-11T22:00"),
    ],
)
def test_a_window_over_midnight_is_open_until_the_next_morning(
    moment: str, opens: str | None
) -> None:
    """Friday's ends on Saturday, Saturday's on Sunday; the next one is told."""
    shut = shut_at([NIGHT], [], at(moment))

    assert (shut and shut.opens_at) == (opens and at(opens))
    assert shut is None or shut.freeze is None


def test_without_windows_any_time_will_do() -> None:
    """Only a freeze shuts then, for all of its days."""
    assert shut_at([], [YEARS_END], at("2026-12-19T23:59")) is None
    assert shut_at([], [YEARS_END], at("2027-01-04T00:00")) is None
    for moment in ("2026-12-20T00:00", "2027-01-03T23:59"):
        shut = shut_at([], [YEARS_END], at(moment))

        assert shut is not None
        assert (shut.freeze, shut.opens_at) == (YEARS_END, at("2027-01-04T00:00"))


def test_a_freeze_is_of_its_own_zone() -> None:
    """Midnight in Berlin is an hour before midnight in UTC."""
    assert shut_at([], [YEARS_END], at("2026-12-19T23:30", "UTC")) is not None
    assert shut_at([], [YEARS_END], at("2027-01-03T23:30", "UTC")) is None


def test_after_a_freeze_the_next_window_counts() -> None:
    """What opens is told, and not only the end of the freeze; of two freezes the longer."""
    longer = ChangeFreeze(date(2026, 12, 24), date(2027, 1, 8), BERLIN)
    shut = shut_at([NIGHT], [YEARS_END, longer], at("2026-12-25T23:00"))

    assert shut is not None
    # Friday's window, which began while it was frozen still.
    assert (shut.freeze, shut.opens_at) == (longer, at("2027-01-09T00:00"))


def test_what_is_open_closes_with_its_window_or_before_a_freeze() -> None:
    """Windows that touch are one; nothing within a week is nothing."""
    late = Window(frozenset({5}), time(4), time(6), BERLIN)
    eve = ChangeFreeze(date(2026, 12, 5), date(2026, 12, 5), BERLIN)
    evening = at("2026-12-04T23:00")

    assert closes_at([NIGHT], [], evening) == at("2026-12-05T04:00")
    assert closes_at([NIGHT, late], [], evening) == at("2026-12-05T06:00")
    assert closes_at([NIGHT], [eve], evening) == at("2026-12-05T00:00")
    assert closes_at([], [eve], evening) == at("2026-12-05T00:00")
    assert closes_at([], [YEARS_END], evening) is None
    assert closes_at([Window(ALL, time(0), time(0))], [], evening) is None


@pytest.mark.parametrize(
    ("window", "moment", "hours"),
    [
        # Clocks are put forward on 2027-03-28 at 2:00, and back on 2026-10-25 at 3:00.
        (Window(ALL, time(1), time(4), BERLIN), "2027-03-28T01:00", 2.0),
        (Window(ALL, time(1), time(4), BERLIN), "2026-10-25T01:00", 4.0),
        (Window(ALL, time(12), time(12), BERLIN), "2027-03-27T12:00", 23.0),
    ],
)
def test_a_window_keeps_to_the_clock_on_the_wall(window: Window, moment: str, hours: float) -> None:
    """That night it is an hour shorter or longer."""
    (span,) = [one for one in window.near(at(moment)) if one[0] == at(moment)]

    assert (span[1] - span[0]) / 3600 == hours


def test_a_window_within_the_hour_that_is_left_out_is_not_open_that_night() -> None:
    """It never ends before it begins, and comes again on the next day."""
    window = Window(ALL, time(2, 30), time(3), BERLIN)
    shut = shut_at([window], [], at("2027-03-28T00:00"))

    assert window.on(date(2027, 3, 28)) is None
    assert shut is not None
    assert shut.opens_at == at("2027-03-29T02:30")


CLOCKS = some.times().map(lambda one: one.replace(second=0, microsecond=0))
ZONES = some.sampled_from(["UTC", BERLIN, "America/St_Johns", "Australia/Lord_Howe"])
DATES = some.dates(date(2026, 1, 1), date(2027, 12, 31))
WINDOWS = some.builds(
    Window, some.frozensets(some.integers(0, 6), min_size=1), CLOCKS, CLOCKS, ZONES
)
FREEZES = some.tuples(DATES, some.integers(0, 40), ZONES).map(
    lambda one: ChangeFreeze(one[0], date.fromordinal(one[0].toordinal() + one[1]), one[2])
)


@given(
    some.lists(WINDOWS, max_size=3),
    some.lists(FREEZES, max_size=3),
    some.integers(int(at("2026-01-01T00:00")), int(at("2027-12-31T00:00"))),
)
def test_what_is_told_is_so(windows: list[Window], freezes: list[ChangeFreeze], now: int) -> None:
    """Open where it is said to open, shut the moment before; open until it is said to close."""
    shut = shut_at(windows, freezes, now)
    if shut is None:
        closes = closes_at(windows, freezes, now)
        if closes is not None:
            assert now < closes
            assert shut_at(windows, freezes, closes) is not None
            assert shut_at(windows, freezes, closes - 1) is None
    elif shut.opens_at is not None:
        assert shut.opens_at > now
        assert shut_at(windows, freezes, shut.opens_at) is None
        if shut.opens_at - 1 > now:
            assert shut_at(windows, freezes, shut.opens_at - 1) is not None
