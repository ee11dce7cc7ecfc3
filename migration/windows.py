"""When people allow a change: windows of the week and freezes, each in its own time zone; pure.

Times given and taken are unix seconds. A window that ends no later than it begins ends on the next
day; one whose beginning and end are the same lasts a whole day. Where clocks are put forward or
back a window keeps to the clock on the wall, and may be an hour longer or shorter that night.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

#: Monday is 0, as in `date.weekday`.
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
# Every window comes again within a week; a day more for one that began before midnight.
LOOK_AHEAD_DAYS = 8
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Window:
    """A part of some days of the week in which a change may begin."""

    days: frozenset[int]
    begins: time
    ends: time
    zone: str = "UTC"

    def on(self, day: date) -> tuple[float, float] | None:
        """From when to when it is open, of the one that begins on that day; None for no window."""
        if day.weekday() not in self.days:
            return None
        last = day + ONE_DAY if self.ends <= self.begins else day
        span = _at(day, self.begins, self.zone), _at(last, self.ends, self.zone)
        # Both may lie in the hour that is left out when clocks are put forward.
        return span if span[0] < span[1] else None

    def near(self, now: float) -> Iterator[tuple[float, float]]:
        """Those that may be open now, and all of the next week, in their order."""
        today = datetime.fromtimestamp(now, ZoneInfo(self.zone)).date()
        for offset in range(-1, LOOK_AHEAD_DAYS + 1):
            span = self.on(today + timedelta(days=offset))
            if span is not None:
                yield span

    def __str__(self) -> str:
        days = ", ".join(DAYS[day] for day in sorted(self.days))
        return f"{days} {self.begins:%H:%M} to {self.ends:%H:%M} {self.zone}"


@dataclass(frozen=True)
class ChangeFreeze:
    """Days on which no change may begin, the first and the last among them."""

    first: date
    last: date
    zone: str = "UTC"
    #: Why, in a person's words.
    why: str = ""

    @property
    def span(self) -> tuple[float, float]:
        """From when to when it lasts."""
        midnight = time()
        after = self.last + ONE_DAY
        return _at(self.first, midnight, self.zone), _at(after, midnight, self.zone)

    def __str__(self) -> str:
        why = f" ({self.why})" if self.why else ""
        return f"{self.first} to {self.last} {self.zone}{why}"


@dataclass(frozen=True)
class Shut:
    """Why nothing may begin now, and when it may again; None where it never may."""

    freeze: ChangeFreeze | None
    opens_at: float | None


def shut_at(windows: Sequence[Window], freezes: Sequence[ChangeFreeze], now: float) -> Shut | None:
    """What holds a change up at this moment; None for nothing. No window at all is any time."""
    freeze = _freeze_at(freezes, now)
    if freeze is None and _open_until(windows, now) is not None:
        return None
    return Shut(freeze, _opens_at(windows, freezes, now))


def closes_at(
    windows: Sequence[Window], freezes: Sequence[ChangeFreeze], now: float
) -> float | None:
    """When a change that may begin now may not any more; None: not within a week."""
    horizon = now + LOOK_AHEAD_DAYS * ONE_DAY.total_seconds()
    begin = min((one.span[0] for one in freezes if one.span[0] > now), default=horizon)
    until = now
    while until < min(begin, horizon):
        end = _open_until(windows, until)
        if end is None:
            return until
        until = end
    return begin if begin < horizon else None


def _freeze_at(freezes: Sequence[ChangeFreeze], now: float) -> ChangeFreeze | None:
    """Of several the one that lasts longest: that is what people wait for."""
    found = [one for one in freezes if one.span[0] <= now < one.span[1]]
    return max(found, key=lambda one: one.span[1], default=None)


def _open_until(windows: Sequence[Window], now: float) -> float | None:
    """The end of what is open now; infinite without windows, None outside of all."""
    if not windows:
        return float("inf")
    spans = (span for window in windows for span in window.near(now))
    return max((end for begin, end in spans if begin <= now < end), default=None)


def _opens_at(
    windows: Sequence[Window], freezes: Sequence[ChangeFreeze], now: float
) -> float | None:
    """The next moment at which nothing stands against it; each freeze is jumped over once."""
    moment = now
    while True:
        freeze = _freeze_at(freezes, moment)
        if freeze is not None:
            moment = freeze.span[1]
        elif _open_until(windows, moment) is not None:
            return moment
        else:
            begins = (begin for window in windows for begin, _ in window.near(moment))
            following = min((begin for begin in begins if begin > moment), default=None)
            if following is None:
                return None
            moment = following


def _at(day: date, clock: time, zone: str) -> float:
    return datetime.combine(day, clock, ZoneInfo(zone)).astimezone(UTC).timestamp()
