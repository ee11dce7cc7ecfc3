"""The source's disk and its replica in words: what the watch over a synchronization saw."""

from bot.messages.text import duration, mention, mentions, safe, when
from migration.events import DiskLevelChanged, ReplicaRecovered, ReplicaTroubled
from migration.model import Migration
from migration.service import Snapshot
from migration.sync import (
    FRESH_SECONDS,
    Disk,
    DiskLevel,
    Sync,
    caught_up_in,
    is_synchronizing,
)

REASON = 600
UNSEEN = 300
# Less than a WAL segment of RDS is always under way.
WORTH_BYTES = 64 * 2**20
# Nobody plans by more than this: at such a pace it does not fill up.
LONGEST_FORECAST_SECONDS = 30 * 24 * 3600.0
UNITS = ("bytes", "KiB", "MiB", "GiB", "TiB")
DROP = "*Drop the replica* lets the source throw that WAL away at once; writers go on."


def size(value: float) -> str:
    """Bytes in the largest unit that leaves a number of at least one."""
    power = 0
    while abs(value) >= 1024 and power < len(UNITS) - 1:
        value /= 1024
        power += 1
    return f"{value:.3g} {UNITS[power]}" if abs(value) < 1000 else f"{value:.0f} {UNITS[power]}"


def sync_lines(snapshot: Snapshot) -> list[str]:
    """The disk and what is wrong with the replica; nothing once that is over, or was never seen."""
    sync = snapshot.sync
    if sync is None or not is_synchronizing(snapshot.migration):
        return []
    source = snapshot.migration.source
    if snapshot.now - sync.at > FRESH_SECONDS:
        return [f"*The disk of `{source}` has not been looked at* since {when(sync.at)}."]
    lines = [f":warning: *{safe(sync.trouble, REASON)}.*"] if sync.trouble else []
    behind = _behind(sync)
    if behind:
        lines.append(behind)
    if sync.disk is None:
        lines.append(f"*The disk of `{source}` could not be seen*: {safe(sync.unseen, UNSEEN)}")
    else:
        lines.append(f"{_mark(sync.level)}{_disk(sync.disk, source)} (at {when(sync.at)})")
    return lines


def _behind(sync: Sync) -> str:
    """How long the replica needs for what it has yet to replay, where that is worth a word."""
    if sync.behind_bytes is None or sync.behind_bytes < WORTH_BYTES or sync.trouble:
        return ""
    left = caught_up_in(sync)
    pace = "falls further behind"
    if sync.catches_up is None:
        pace = "how long that takes is not known yet"
    elif left is not None:
        pace = f"caught up in about *{duration(left)}* at this pace"
    return f"The replica has {size(sync.behind_bytes)} yet to replay: {pace}"


def _mark(level: DiskLevel) -> str:
    marks = {
        DiskLevel.WARNING: ":warning: *Warning.* ",
        DiskLevel.ALARM: ":rotating_light: *Alarm.* ",
    }
    return marks.get(level, "")


def _disk(disk: Disk, source: str) -> str:
    kept = "unknown" if disk.kept_bytes is None else size(disk.kept_bytes)
    return (
        f"WAL kept on `{source}`: {kept}; free storage: {size(disk.free_bytes)} of "
        f"{size(disk.allocated_bytes)}, {full(disk.full_in_seconds)}"
    )


def full(seconds: float | None) -> str:
    """When it is full, as people say it."""
    if seconds is None or seconds > LONGEST_FORECAST_SECONDS:
        return "not filling up now"
    return f"*full in {duration(seconds)}* at this pace"


def sync_words(
    migration: Migration,
    event: DiskLevelChanged | ReplicaTroubled | ReplicaRecovered,
    approvers: frozenset[str],
) -> str:
    """The entry in the thread; an alarm calls the approvers too."""
    who = mention(migration.requester)
    if isinstance(event, ReplicaRecovered):
        return "*The replica moves again.*"
    if isinstance(event, ReplicaTroubled):
        return (
            f"*{safe(event.reason, REASON)}.* `{migration.source}` keeps WAL for it all the same. "
            f"{who}: please look; mend it, *Drop the replica*, or cancel."
        )
    kept = "" if event.kept_bytes is None else f", {size(event.kept_bytes)} of WAL kept"
    room = f"{size(event.free_bytes)} free{kept}, {full(event.full_in_seconds)}"
    if event.level is DiskLevel.OK:
        return f"*The disk of `{migration.source}` is safe again*: {room}."
    if event.level is DiskLevel.WARNING:
        return f":warning: *The disk of `{migration.source}` fills up*: {room}. {who}: {DROP}"
    everybody = " ".join(part for part in (who, mentions(approvers)) if part)
    return (
        f":rotating_light: *The disk of `{migration.source}` is nearly full*: {room}. "
        f"{everybody}: act now. {DROP}"
    )
