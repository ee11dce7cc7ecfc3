"""Which of a source's parameters go to the target, at which level, and why others do not: pure."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from workers.aws.parameters import Parameter

# Tuned for a server with an operating system's cache and files of its own: on Aurora these values
# make it slower, or mean something else.
_SIZED_FOR_RDS = {
    "shared_buffers": "Aurora has no operating system's cache and needs far more; its own default "
    "stands",
    "effective_cache_size": "sized for RDS's memory; Aurora's own default stands",
    "huge_pages": "decided by Aurora",
    "effective_io_concurrency": "about RDS's disks; Aurora's own default stands",
    "maintenance_io_concurrency": "about RDS's disks; Aurora's own default stands",
}
LOGICAL = "rds.logical_replication"
_OWN_LOG_PREFIXES = ("archive_", "bgwriter_", "checkpoint_", "recovery_", "wal_")
_OWN_LOG = "Aurora writes its log in its own way"
_NOT_THERE = "not in Aurora's parameter family"
_FIXED = "fixed by Aurora"


@dataclass(frozen=True)
class Copies:
    """What to set in the two groups of the target, and what is left out with the reason."""

    instance: Mapping[str, Parameter]
    cluster: Mapping[str, Parameter]
    left_out: Mapping[str, str]


def decide(
    source: Mapping[str, Parameter],
    instance_family: Mapping[str, Parameter],
    cluster_family: Mapping[str, Parameter],
) -> Copies:
    """Sort the parameters that somebody set on the source.

    A parameter that instances have goes to the instance's group, because there it always wins;
    what only clusters have goes to the cluster's.
    """
    instance: dict[str, Parameter] = {}
    cluster: dict[str, Parameter] = {}
    left_out: dict[str, str] = {}
    for name, wanted in sorted(source.items()):
        reason = _why_not(name, instance_family, cluster_family)
        if reason:
            left_out[name] = f"{wanted.value}: {reason}"
            continue
        at_instance = instance_family.get(name)
        known = at_instance or cluster_family[name]
        copied = Parameter(name, wanted.value, "user", modifiable=True, static=known.static)
        (instance if at_instance else cluster)[name] = copied
    return Copies(instance, cluster, left_out)


def with_logical_replication(copies: Copies) -> Copies:
    """The same with what a way back needs of the cluster from its creation: it is static."""
    wanted = Parameter(LOGICAL, "1", "user", modifiable=True, static=True)
    return replace(copies, cluster={**copies.cluster, LOGICAL: wanted})


def _why_not(
    name: str,
    instance_family: Mapping[str, Parameter],
    cluster_family: Mapping[str, Parameter],
) -> str:
    if name in _SIZED_FOR_RDS:
        return _SIZED_FOR_RDS[name]
    known = instance_family.get(name) or cluster_family.get(name)
    if known is None:
        return _OWN_LOG if name.startswith(_OWN_LOG_PREFIXES) else _NOT_THERE
    return "" if known.modifiable else _FIXED
