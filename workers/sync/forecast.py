"""When a source's disk is full if all goes on as it does, and how much of a worry that is: pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from migration.model import Reading
from migration.sync import Disk, DiskLevel

# However slowly it fills up: so little that is free is a worry of its own.
LITTLE_SHARE = 0.10
VERY_LITTLE_SHARE = 0.05
# A level is left for a better one only when the forecast is so much better than its limit, so that
# one that wavers does not fill the thread.
EASED = 1.5


@dataclass(frozen=True)
class Limits:
    """A disk that is full within these seconds is worth a warning, or an alarm."""

    warning_seconds: float
    alarm_seconds: float


def growth(readings: Sequence[Reading], now: float, window: float, least: float) -> float | None:
    """How fast a number grew, a second, by its readings (oldest first) of the last `window` s.

    None while they span less than `least` seconds: a moment's burst is no trend.
    """
    recent = [one for one in readings if now - one.at <= window]
    if len(recent) < 2:
        return None
    first, last = recent[0], recent[-1]
    passed = last.at - first.at
    return (last.value - first.value) / passed if passed >= least else None


def level_of(disk: Disk, limits: Limits, before: DiskLevel) -> DiskLevel:
    """Up at once, down only when it is clearly better."""
    strict = _level(disk, limits, 1.0)
    if strict.rank >= before.rank:
        return strict
    return min(_level(disk, limits, EASED), before, key=lambda level: level.rank)


def _level(disk: Disk, limits: Limits, factor: float) -> DiskLevel:
    share = disk.free_bytes / disk.allocated_bytes if disk.allocated_bytes > 0 else 0.0
    left = disk.full_in_seconds
    for level, seconds, little in (
        (DiskLevel.ALARM, limits.alarm_seconds, VERY_LITTLE_SHARE),
        (DiskLevel.WARNING, limits.warning_seconds, LITTLE_SHARE),
    ):
        if share < little * factor or (left is not None and left < seconds * factor):
            return level
    return DiskLevel.OK
