"""How a source cuts its log: what its own saw-tooth of `OldestReplicationSlotLag` is made of."""

from dataclasses import dataclass

from migration.errors import Permanent
from workers.aws.resources import Instance
from workers.toolbox import Toolbox

MIB = 1024 * 1024
# One that is not counted, one that is cut, and two that AWS delivers late.
DATAPOINTS_BESIDE = 4


@dataclass(frozen=True)
class LogCycle:
    """The size of a WAL segment in bytes, and after how many seconds a new one is begun."""

    segment_bytes: int
    seconds: float
    #: Where the size was read.
    origin: str

    def least_pause(self, datapoint_seconds: int) -> float:
        """What the proof of a catch-up alone takes, in seconds; the reboot comes on top."""
        return self.seconds + DATAPOINTS_BESIDE * datapoint_seconds


class CycleUnknown(Permanent):
    """AWS does not say how the source cuts its log: no catch-up could be proven."""


def read(tools: Toolbox, instance: Instance) -> LogCycle:
    """As the source's parameter group says; the segment's size else as the setting does.

    Raises:
        CycleUnknown: neither says it.
    """
    group = instance.parameter_group
    listed = tools.rds.instance_parameters.parameters(group)
    cycle = _number(listed["archive_timeout"].value) if "archive_timeout" in listed else 0
    if cycle <= 0:
        raise CycleUnknown(
            f"The parameter group `{group}` shows no `archive_timeout`, and without a cycle no "
            "catch-up can be proven from outside. Give Daybreak a login instead."
        )
    size = _number(listed["wal_segment_size"].value) if "wal_segment_size" in listed else 0
    if size > 0:
        return LogCycle(size, float(cycle), f"parameter group {group}")
    configured = tools.settings.wal_segment_mb * MIB
    if configured <= 0:
        raise CycleUnknown(
            f"The parameter group `{group}` does not list `wal_segment_size`. Say it with "
            "DAYBREAK_WAL_SEGMENT_MB (RDS has 64), then retry."
        )
    return LogCycle(configured, float(cycle), "DAYBREAK_WAL_SEGMENT_MB")


def _number(value: str | None) -> int:
    try:
        return int(value or 0)
    except ValueError:
        return 0
