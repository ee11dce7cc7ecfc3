"""When a disk is full, how much of a worry that is, and what the thread is told of it."""

from dataclasses import replace

import pytest

from migration.events import DiskLevelChanged, ReplicaRecovered, ReplicaTroubled
from migration.model import Reading
from migration.sync import Disk, DiskLevel, Sync
from workers.aws.cloudwatch import Datapoint
from workers.sync.forecast import Limits, growth, level_of
from workers.sync.replica import stands_still
from workers.sync.watch import changes

HOUR = 3600.0
GIB = 2.0**30
LIMITS = Limits(24 * HOUR, 4 * HOUR)
OK, WARNING, ALARM = DiskLevel.OK, DiskLevel.WARNING, DiskLevel.ALARM


def a_disk(free_gib: float = 50, full_in_hours: float | None = None) -> Disk:
    """One of 100 GiB."""
    free = free_gib * GIB
    rate = free / (full_in_hours * HOUR) if full_in_hours else 0.0
    return Disk(free, 100 * GIB, 1 * GIB, rate)


def readings(*values: float, every: float = 10.0) -> list[Reading]:
    """One after the other, the last at 0."""
    first = -every * (len(values) - 1)
    return [Reading("x", v, "bytes", "test", first + every * n) for n, v in enumerate(values)]


def test_growth_is_that_of_the_window() -> None:
    """What came before it says nothing about now."""
    assert growth(readings(900, 0, 10, 20), 0.0, window=25, least=20) == pytest.approx(1.0)


def test_a_moment_is_no_trend() -> None:
    """One look, or looks that lie close together, tell of no growth: neither of none."""
    assert growth(readings(5), 0.0, window=900, least=60) is None
    assert growth(readings(0, 1e9), 0.0, window=900, least=60) is None


@pytest.mark.parametrize(
    ("disk", "level"),
    [
        (a_disk(), OK),
        (a_disk(full_in_hours=25), OK),
        (a_disk(full_in_hours=23), WARNING),
        (a_disk(full_in_hours=3.9), ALARM),
        (a_disk(free_gib=9), WARNING),
        (a_disk(free_gib=4), ALARM),
        (a_disk(free_gib=0), ALARM),
        (Disk(50 * GIB, 100 * GIB, None, -7.0), OK),
    ],
    ids=["quiet", "in 25 h", "in 23 h", "in 3.9 h", "9 GiB", "4 GiB", "full", "emptying"],
)
def test_the_level_follows_from_time_and_room(disk: Disk, level: DiskLevel) -> None:
    """Time left counts, and so does how little is left, however slowly it fills."""
    assert level_of(disk, LIMITS, OK) is level


@pytest.mark.parametrize(
    ("hours", "before", "after"),
    [(25, WARNING, WARNING), (37, WARNING, OK), (5, ALARM, ALARM), (7, ALARM, WARNING)],
)
def test_a_level_is_left_when_it_is_clearly_better(
    hours: float, before: DiskLevel, after: DiskLevel
) -> None:
    """A forecast that wavers about its limit does not fill the thread."""
    assert level_of(a_disk(full_in_hours=hours), LIMITS, before) is after


def test_each_change_is_told_once() -> None:
    """A level, a trouble and its end; what stays, or could not be seen, is not told again."""
    fine = Sync(0.0, a_disk())
    red = Sync(1.0, a_disk(full_in_hours=1), level=ALARM)
    unseen = Sync(2.0, None, "CloudWatch is silent", level=ALARM)
    troubled = replace(fine, trouble="It is gone")

    (told,) = changes(fine, red)
    assert isinstance(told, DiskLevelChanged)
    assert (told.level, told.full_in_seconds) == (ALARM, pytest.approx(HOUR))
    assert [type(one) for one in changes(None, red)] == [DiskLevelChanged]
    assert list(changes(red, red)) == list(changes(red, unseen)) == list(changes(unseen, red)) == []
    assert [type(one) for one in changes(fine, troubled)] == [ReplicaTroubled]
    assert list(changes(troubled, troubled)) == []
    assert [type(one) for one in changes(troubled, fine)] == [ReplicaRecovered]


def test_a_trouble_that_is_only_suspected_keeps_its_first_words() -> None:
    """A replica whose connection comes and goes is one trouble; one that is deleted is another."""
    first = Sync(0.0, None, trouble="Not connected", suspicion="Not connected")
    second = replace(first, trouble="Does not stream", suspicion="Does not stream")
    gone = replace(first, trouble="Gone", suspicion="")

    assert list(changes(first, second)) == []
    assert list(changes(first, gone)) == [ReplicaTroubled(0.0, "Gone")]


@pytest.mark.parametrize(
    ("before", "now", "stands"),
    [
        ((0.0, 100.0), (60.0, 160.0), True),
        ((600.0, 100.0), (660.0, 160.0), True),
        ((600.0, 100.0), (620.0, 160.0), False),
        ((600.0, 100.0), (300.0, 160.0), False),
        ((0.0, 100.0), (20.0, 120.0), False),
        ((None, 0.0), (600.0, 160.0), False),
    ],
    ids=["from nothing", "on and on", "slow", "catching up", "a moment", "the first datapoint"],
)
def test_without_a_login_the_lag_tells_of_a_standstill(
    before: tuple[float | None, float], now: tuple[float, float], *, stands: bool
) -> None:
    """A copy that stands still falls behind by a second a second; one that is slow does not."""
    last = Sync(0.0, None, lag_seconds=before[0], lag_at=before[1])
    assert bool(stands_still(Datapoint(*now), last)) is stands


def test_a_datapoint_that_is_known_already_tells_nothing_new() -> None:
    """CloudWatch has one a minute, and the looks come more often: a suspicion is kept."""
    last = Sync(0.0, None, suspicion="It stands still", lag_seconds=90.0, lag_at=100.0)
    assert stands_still(Datapoint(90.0, 100.0), last) == "It stands still"
    assert stands_still(None, last) == ""
