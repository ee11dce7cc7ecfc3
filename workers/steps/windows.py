"""AWS's daily and weekly windows, in UTC: pure."""

from datetime import datetime

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY_MINUTES = 24 * 60
_WEEK_MINUTES = 7 * _DAY_MINUTES


def in_daily(window: str, now: datetime) -> bool:
    """Whether `now` (UTC) lies in a window like `23:45-00:15`; an empty one holds nothing."""
    if not window:
        return False
    start, end = (_minutes(part) for part in window.split("-"))
    return _within(now.hour * 60 + now.minute, start, end, _DAY_MINUTES)


def in_weekly(window: str, now: datetime) -> bool:
    """Whether `now` (UTC) lies in a window like `sun:23:45-mon:00:15`."""
    if not window:
        return False
    start, end = (_minutes_of_week(part) for part in window.lower().split("-"))
    at = now.weekday() * _DAY_MINUTES + now.hour * 60 + now.minute
    return _within(at, start, end, _WEEK_MINUTES)


def until_weekly(window: str, now: datetime) -> float:
    """Seconds until a window like `sun:23:45-mon:00:15` opens; 0 while it is open."""
    if in_weekly(window, now):
        return 0.0
    start = _minutes_of_week(window.lower().split("-")[0])
    at = now.weekday() * _DAY_MINUTES + now.hour * 60 + now.minute
    return ((start - at) % _WEEK_MINUTES) * 60.0 - now.second


def _within(at: int, start: int, end: int, circle: int) -> bool:
    return (at - start) % circle < (end - start) % circle


def _minutes(clock: str) -> int:
    hours, minutes = clock.split(":")
    return int(hours) * 60 + int(minutes)


def _minutes_of_week(text: str) -> int:
    day, clock = text.split(":", 1)
    return _DAYS.index(day) * _DAY_MINUTES + _minutes(clock)
