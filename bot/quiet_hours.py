"""The hours in which nobody is called who is wanted in no hurry."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

FORM = re.compile(r"(\d{2}:\d{2})-(\d{2}:\d{2})(?: (\S+))?")


@dataclass(frozen=True)
class QuietHours:
    """From a time of day to another, perhaps over midnight, by the clocks of one place."""

    begin: time
    end: time
    zone: tzinfo

    def until(self, now: float) -> float:
        """Their end in unix seconds; `now` itself outside them."""
        here = datetime.fromtimestamp(now, self.zone)
        at = here.time().replace(second=0, microsecond=0)
        over_midnight = self.begin > self.end
        late, early = at >= self.begin, at < self.end
        quiet = (late or early) if over_midnight else (late and early)
        if not quiet:
            return now
        day = here.date() + timedelta(days=1 if over_midnight and late else 0)
        # An hour that the clocks leave out or repeat is found by its name, as people would.
        return max(datetime.combine(day, self.end, self.zone).timestamp(), now)


def read(text: str) -> QuietHours | None:
    """`22:00-07:00 Europe/Berlin`; UTC where no zone is named, None for an empty text.

    Raises:
        ValueError: what is wrong with it.
    """
    if not text:
        return None
    found = FORM.fullmatch(text)
    if found is None:
        raise ValueError("not like `22:00-07:00 Europe/Berlin`")
    try:
        begin, end = (time.fromisoformat(part) for part in found.groups()[:2])
    except ValueError:
        raise ValueError("its times are no times of day; write them like 22:00") from None
    if begin == end:
        raise ValueError("it begins when it ends, so nobody would ever be called")
    return QuietHours(begin, end, _zone(found[3]))


def _zone(name: str | None) -> tzinfo:
    if name is None:
        return UTC
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        # OSError: the name of a folder.
        raise ValueError(
            f"{name} is no time zone that this machine knows; write one like Europe/Berlin"
        ) from None
