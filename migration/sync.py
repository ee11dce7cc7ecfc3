"""What the watch over a synchronization last saw: the source's disk, and whether the copy moves.

It runs beside the steps, also while a migration stands still: the source keeps WAL for its replica
all the same, and a full disk there is an outage.
"""

from dataclasses import dataclass
from enum import StrEnum

from migration.model import Migration, Status, pivot_of
from migration.plan import CREATE_REPLICA

# Older than this it says nothing about now.
FRESH_SECONDS = 300.0


class DiskLevel(StrEnum):
    """How near the source's disk is to being full."""

    OK = "ok"
    WARNING = "warning"
    ALARM = "alarm"

    @property
    def rank(self) -> int:
        """The worse, the higher."""
        return list(DiskLevel).index(self)


@dataclass(frozen=True)
class Disk:
    """The source's disk; bytes and seconds."""

    free_bytes: float
    allocated_bytes: float
    #: WAL that the source keeps back; None where nothing told it.
    kept_bytes: float | None
    #: How fast it fills up; 0 or less: it does not.
    bytes_a_second: float

    @property
    def full_in_seconds(self) -> float | None:
        """When it is full if all goes on like this; None when it does not fill up."""
        if self.bytes_a_second <= 0:
            return None
        return max(0.0, self.free_bytes) / self.bytes_a_second


@dataclass(frozen=True)
class Sync:
    """One look at a synchronization, and what the next one has to know of it (unix seconds)."""

    at: float
    #: None: it could not be seen, and `unseen` says why.
    disk: Disk | None
    unseen: str = ""
    #: As it was last told to people.
    level: DiskLevel = DiskLevel.OK
    #: What is wrong with the replica; empty: nothing.
    trouble: str = ""
    #: What seems wrong, and since when: it becomes trouble when it stays so.
    suspicion: str = ""
    suspected_since: float = 0.0
    #: Where the source's log ended, and how far it was replayed: as the source counts.
    written: int | None = None
    replayed: int | None = None
    #: What the replica has yet to replay, in bytes, and how fast that shrinks, a second.
    behind_bytes: float | None = None
    catches_up: float | None = None
    #: Without a login: the replica's lag by CloudWatch, and the time of that datapoint.
    lag_seconds: float | None = None
    lag_at: float = 0.0
    #: When the channel was last asked to show it.
    shown_at: float = 0.0


def caught_up_in(sync: Sync) -> float | None:
    """Seconds until the replica has replayed all, at this pace; None when it falls behind."""
    if sync.behind_bytes is None or not sync.catches_up or sync.catches_up <= 0:
        return None
    return sync.behind_bytes / sync.catches_up


def step_of_replica(migration: Migration) -> int | None:
    """Where in its plan the replica is made; None in a plan without one."""
    names = [step.name for step in migration.plan.steps]
    return names.index(CREATE_REPLICA) if CREATE_REPLICA in names else None


def is_synchronizing(migration: Migration) -> bool:
    """Whether the source may be keeping WAL for a replica, and no cut-over or end is under way."""
    begins = step_of_replica(migration)
    watched = {Status.ACTIVE, Status.PAUSED, Status.WAITING_FOR_APPROVAL, Status.HALTED}
    return (
        begins is not None
        and begins <= migration.position <= pivot_of(migration.plan)
        and migration.status in watched
        and not migration.cancelled_by
    )
