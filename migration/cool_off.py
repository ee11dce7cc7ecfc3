"""The cool-off of a migration with a way back: its term, and what people may decide in it.

It has no gate of its own in the plan: the way back is kept while both decisions stand open, to roll
back and to finish. Nothing ends it but a person.
"""

from migration.model import Migration, Status
from migration.plan import CUT_OVER, KEEP_WAY_BACK, ROLL_BACK

HOUR = 3600.0
DAY = 24 * HOUR
# After the term people are asked at once, and then ever more seldom.
LONGEST_SILENCE_SECONDS = 7 * DAY

#: Readings of how far the source is behind the target, and of the WAL that is kept for it: bytes.
BEHIND = "way back behind"
RETAINED = "way back retained"
#: The same in seconds: how long ago what has arrived last was written.
SECONDS_BEHIND = "way back seconds"
READINGS = (BEHIND, RETAINED, SECONDS_BEHIND)


def in_cool_off(migration: Migration) -> bool:
    """Whether the way back is being kept, and nobody has decided yet what comes of it."""
    step = migration.step
    return (
        step is not None
        and step.name == KEEP_WAY_BACK
        and migration.status in {Status.ACTIVE, Status.HALTED}
        and not migration.finishing_by
        and ROLL_BACK not in migration.facts
    )


def opened_at(migration: Migration) -> float:
    """When applications began to write to the target, in unix seconds."""
    return float(migration.fact(CUT_OVER, "ended_at") or migration.updated_at)


def kept_until(migration: Migration) -> float:
    """The end of its term, in unix seconds: so long from the opening of the target on."""
    return opened_at(migration) + migration.options.way_back_hours * HOUR


def is_over(migration: Migration, now: float) -> bool:
    """Whether its term is over: people are asked, and the way back is kept until they answer."""
    return in_cool_off(migration) and now >= kept_until(migration)


def is_to_be_asked(migration: Migration, now: float) -> bool:
    """Whether somebody has to be asked now, for the first time or again."""
    if not is_over(migration, now):
        return False
    if not migration.asked_times:
        return True
    silence = DAY * 2.0 ** (migration.asked_times - 1)
    return now - migration.asked_at >= min(silence, LONGEST_SILENCE_SECONDS)
