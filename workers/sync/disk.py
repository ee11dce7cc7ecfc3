"""The source's disk: what is free, what it keeps for its replica, and how fast it fills up."""

from dataclasses import dataclass

import psycopg

from migration.errors import DaybreakError
from migration.model import Migration, Reading
from migration.steps import Journal
from migration.sync import Disk, DiskLevel
from workers.aws.cloudwatch import FREE_STORAGE, SLOT_LAG, Datapoint
from workers.aws.resources import Instance
from workers.postgres import replication
from workers.postgres.connect import Connection
from workers.steps.lag import OLDEST_DATAPOINT_SECONDS
from workers.sync import needs
from workers.sync.forecast import Limits, growth, level_of
from workers.toolbox import Toolbox

FREE_READING = "free_storage"
KEPT_READING = "wal_kept"
GIB = 2**30
HOUR_SECONDS = 3600.0
# A trend is taken from the looks of so long, and from so many of them at least.
WINDOW_SECONDS = 900.0
LEAST_LOOKS = 8


@dataclass(frozen=True)
class Seen:
    """What was seen of the disk; without `disk`, `unseen` says why there is none."""

    disk: Disk | None
    unseen: str = ""


def look(
    migration: Migration,
    instance: Instance,
    tools: Toolbox,
    journal: Journal,
    *,
    source: Connection | None,
    streaming: bool,
) -> Seen:
    """One call to CloudWatch, and the source's own word for its slots where there is a login.

    While nothing streams the source keeps all that it writes, so that the rate of its log counts
    from the first moment; otherwise it is what the disk was seen to do. Nothing is raised.
    """
    free, rate, slots = needs.of_disk(instance.id)
    try:
        points = tools.metrics.latest([free, rate, slots])
    except DaybreakError as error:
        return Seen(None, str(error))
    now = tools.clock.now()
    room = _of_now(points[free], now)
    if room is None:
        return Seen(None, f"CloudWatch has no datapoint of `{FREE_STORAGE}` for `{instance.id}`")
    kept = _kept(source)
    origin = "pg_replication_slots"
    if kept is None:
        kept, origin = _of_now(points[slots], now), f"CloudWatch {SLOT_LAG}"
    readings = [Reading(FREE_READING, room, "bytes", f"CloudWatch {FREE_STORAGE}", now)]
    if kept is not None:
        readings.append(Reading(KEPT_READING, kept, "bytes", origin, now))
    rates = [_growth(migration, reading, tools) for reading in readings]
    # Free storage that falls is a disk that fills.
    rates[0] = -rates[0] if rates[0] is not None else None
    if not streaming:
        rates.append(_of_now(points[rate], now))
    for reading in readings:
        journal.reading(reading)
    known = [one for one in rates if one is not None]
    seen = Disk(
        free_bytes=room,
        allocated_bytes=float(instance.storage_gib * GIB),
        kept_bytes=kept,
        bytes_a_second=max(known, default=0.0),
    )
    return Seen(seen)


def level(seen: Seen, tools: Toolbox, before: DiskLevel) -> DiskLevel:
    """How much of a worry it is; what could not be seen is as bad as it was."""
    if seen.disk is None:
        return before
    settings = tools.settings
    limits = Limits(
        settings.disk_warning_hours * HOUR_SECONDS, settings.disk_alarm_hours * HOUR_SECONDS
    )
    return level_of(seen.disk, limits, before)


def _growth(migration: Migration, reading: Reading, tools: Toolbox) -> float | None:
    known = [*tools.readings(migration.id, reading.name), reading]
    least = LEAST_LOOKS * tools.settings.sync_seconds
    return growth(known, reading.at, WINDOW_SECONDS, least)


def _of_now(point: Datapoint | None, now: float) -> float | None:
    """What is too old says nothing; less than nothing stands for no slot."""
    if point is None or now - point.at > OLDEST_DATAPOINT_SECONDS:
        return None
    return max(0.0, point.value)


def _kept(source: Connection | None) -> float | None:
    """The most that a physical slot keeps, by the source's own word."""
    if source is None:
        return None
    try:
        slots = replication.physical_slots(source)
    except psycopg.Error:
        return None
    return max((float(slot.kept_bytes) for slot in slots), default=0.0)
