"""Who is in charge of a closed source between two steps: the reconciler, by what stands here."""

from collections.abc import Sequence
from datetime import UTC, datetime

from migration.model import Migration, Reading

#: A step of an outage was carried out: kept as a reading, because a wait that says nothing new
#: makes no version.
DRIVEN = "driven"


def driven(now: float) -> Reading:
    """A worker has just done a step's work."""
    return Reading(DRIVEN, 1.0, "", "worker", now)


def reason_to_reopen(
    migration: Migration, readings: Sequence[Reading], now: float, patience_seconds: float
) -> str:
    """Why the source has to take writes again now; empty while it may stay closed.

    A person who was asked drives it, until the time is over.
    """
    freeze = migration.freeze
    if freeze is None:
        return "Nothing says for how long the source may stay closed."
    if now >= freeze.reopen_by:
        until = datetime.fromtimestamp(freeze.reopen_by, UTC)
        return f"The outage was approved until {until:%H:%M:%S} UTC, and that is over."
    if migration.problem is not None:
        return ""
    last = max([migration.updated_at, *(reading.at for reading in readings)])
    if now - last > patience_seconds:
        return (
            f"No worker has gone on with it for {now - last:.0f} s, and the source is closed "
            "meanwhile."
        )
    return ""
