"""The cool-off: what is kept, until when, how far the source is behind, and who decides."""

import math
from collections.abc import Sequence

from bot.messages.approving import deciders
from bot.messages.sparkline import sparkline
from bot.messages.text import day, duration, mention, mentions, safe, when
from migration.cool_off import BEHIND, RETAINED, SECONDS_BEHIND, is_over, kept_until
from migration.model import Migration, Reading
from migration.service import Snapshot

ABORTED = 900
# The step calls it late, and tries to say why (`workers/steps/keep_way_back.py`).
LATE_SECONDS = 60.0
LONG_SECONDS = 600.0
KIB = 1024.0
UNITS = ("KiB", "MiB", "GiB", "TiB")


def kept(snapshot: Snapshot, approvers: frozenset[str], nobody: str) -> str:
    """While the way back is kept, and nobody has decided: how it stands, and what of whom."""
    migration = snapshot.migration
    if is_over(migration, snapshot.now):
        return over(snapshot, approvers)
    failed = (
        " The last look at it did not work; it is tried again by itself."
        if migration.attempts
        else ""
    )
    return (
        f"*The way back is kept* until {day(kept_until(migration))}. Applications use "
        f"`{migration.target}`; `{migration.source}`, closed to them, gets every write.{failed} "
        f"{nobody} {deciders(migration, snapshot.terms, 'An')} can roll back; "
        "*Finish* gives the way back up."
    )


def over(snapshot: Snapshot, approvers: frozenset[str]) -> str:
    """After the term: who has to decide."""
    migration = snapshot.migration
    requester = mention(migration.requester)
    return (
        f"*The way back: its term is over, finish or roll back.* {mentions(approvers)} "
        f"{requester}: *Finish* gives it up and retires `{migration.source}`; *Roll back*, for "
        f"{deciders(migration, snapshot.terms)}, has applications use `{migration.source}` again. "
        f"Until one of you decides it is kept, and `{migration.target}` in use."
    )


def way_on(snapshot: Snapshot) -> str:
    """Of a halt in the cool-off: who can do what."""
    migration = snapshot.migration
    requester = mention(migration.requester)
    who = deciders(migration, snapshot.terms, "An")
    term = " Its term is over." if is_over(migration, snapshot.now) else ""
    return (
        f"{requester} or an approver: put it right and press Retry, or *Finish*, which gives the "
        f"way back up. {who} may try to *Roll back*.{term} Until then `{migration.target}`, which "
        f"applications use, keeps WAL for `{migration.source}`."
    )


def details(snapshot: Snapshot) -> list[str]:
    """A roll back that was called off, the time left, and how far the source is behind."""
    migration = snapshot.migration
    lines = [_time_left(migration, snapshot.now), _behind(snapshot), _retained(snapshot)]
    return [_called_off(migration), "\n".join(line for line in lines if line)]


def _called_off(migration: Migration) -> str:
    if not migration.aborted:
        return ""
    return (
        f"*The last roll back was called off*, and `{migration.target}` takes writes: "
        f"{safe(migration.aborted, ABORTED)}"
    )


def _time_left(migration: Migration, now: float) -> str:
    """Of the term that the plan gave it."""
    until = kept_until(migration)
    term = f"the term of {migration.options.way_back_hours:g} h"
    if now >= until:
        return f"Way back: {term} is over since {day(until)}."
    return f"Way back: *{duration(until - now)} left* of {term}."


def _behind(snapshot: Snapshot) -> str:
    """How late the source is, in seconds and bytes, with the last values as bars."""
    migration = snapshot.migration
    seconds, written = _known(snapshot, SECONDS_BEHIND), _known(snapshot, BEHIND)
    parts = []
    if seconds:
        late = " (*late*)" if seconds[-1].value > LATE_SECONDS else ""
        parts.append(f"*{_seconds(seconds[-1].value)}*{late} {_bars(seconds)}")
    if written:
        parts.append(f"{size(written[-1].value)} {_bars(written)}")
    if not parts:
        return f"How far `{migration.source}` is behind has not been seen yet."
    last = max(readings[-1].at for readings in (seconds, written) if readings)
    return (
        f"`{migration.source}` is behind by {' and '.join(parts)} (oldest to newest, last at "
        f"{when(last)})."
    )


def _retained(snapshot: Snapshot) -> str:
    readings = _known(snapshot, RETAINED)
    if not readings:
        return ""
    migration = snapshot.migration
    kept_for_it = size(readings[-1].value)
    return f"`{migration.target}` keeps {kept_for_it} of WAL for `{migration.source}`."


def _known(snapshot: Snapshot, name: str) -> list[Reading]:
    readings = snapshot.way_back.get(name, ())
    return [reading for reading in readings if math.isfinite(reading.value)]


def _bars(readings: Sequence[Reading]) -> str:
    return sparkline([reading.value for reading in readings])


def _seconds(value: float) -> str:
    """Seconds as they are while the step waits for them to pass."""
    return f"{value:.3g} s" if value < LONG_SECONDS else duration(value)


def size(count: float) -> str:
    """A number of bytes in the unit that says something."""
    if count < KIB:
        return f"{count:.0f} bytes"
    power = min(int(math.log(count, KIB)), len(UNITS))
    return f"{count / KIB**power:.3g} {UNITS[power - 1]}"
