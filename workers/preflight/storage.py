"""Whether the source's disk holds the WAL that it keeps for its replica while that is made."""

from collections.abc import Iterator
from dataclasses import dataclass

from migration.errors import Transient
from migration.preflight import Level
from workers.aws.cloudwatch import FREE_STORAGE, WAL_RATE, Metric
from workers.aws.resources import Instance
from workers.preflight.check import Check, Family, Found, Mode, of_instance
from workers.preflight.subject import Subject
from workers.steps.copy_time import expected_hours

GIB = 2**30
# The rate may grow, and the copy may take longer than it should.
MARGIN = 1.5
OPTIMIZING = "storage-optimization"
HOUR_SECONDS = 3600.0


@dataclass(frozen=True)
class Room:
    """What is free of a source's storage, and what the WAL of its copy may need; bytes."""

    free: float
    wanted: float
    wal_bytes_a_second: float
    hours: float
    used_gib: float


def room(subject: Subject) -> Room | None:
    """By CloudWatch; None where the copy is being made, or was: the lag is watched then.

    Raises:
        Transient: a datapoint is missing.
    """
    if subject.replica_exists:
        return None
    instance, settings = subject.instance, subject.tools.settings
    metrics = [
        Metric(FREE_STORAGE, instance.id, "Minimum"),
        Metric(WAL_RATE, instance.id, "Average"),
    ]
    points = subject.tools.metrics.latest(metrics)
    free, rate = (points[metric] for metric in metrics)
    if free is None or rate is None:
        missing = FREE_STORAGE if free is None else WAL_RATE
        raise Transient(f"CloudWatch has no datapoint of `{missing}` for `{instance.id}`.")
    used_gib = max(instance.storage_gib - free.value / GIB, 0.0)
    hours = expected_hours(used_gib, settings)
    wanted = rate.value * hours * HOUR_SECONDS * MARGIN
    return Room(free.value, wanted, rate.value, hours, used_gib)


def _headroom(subject: Subject) -> Iterator[Found]:
    found = room(subject)
    if found is not None and found.wanted > found.free:
        yield Found(
            f"{found.free / GIB:.1f} GiB of its storage are free. At "
            f"{found.wal_bytes_a_second / 2**20:.2f} MiB/s of WAL and {found.hours:.2g} h for the "
            f"copy of {found.used_gib:.1f} GiB, {found.wanted / GIB:.1f} GiB may be needed."
        )


def _settled(instance: Instance) -> Iterator[Found]:
    if instance.status == OPTIMIZING:
        yield Found(f"Its status is `{OPTIMIZING}`, which may last a day.")


def _grows(instance: Instance) -> Iterator[Found]:
    if instance.most_storage_gib <= instance.storage_gib:
        yield Found(f"Its storage of {instance.storage_gib} GiB does not grow by itself.")


def _credits(instance: Instance) -> Iterator[Found]:
    if instance.storage_type == "gp2":
        yield Found("Its storage is `gp2`, whose speed depends on credits.")


CHECKS = (
    Check(
        "storage-headroom",
        "Its free storage holds the WAL of the copy",
        Level.BLOCKER,
        Family.CLOUD,
        "WAL is kept for the replica from the moment it is begun; a full disk is an outage.",
        "Enlarge its storage, or move it when less is written.",
        _headroom,
        Mode.BY_REPLICA,
    ),
    Check(
        "storage-settled",
        "Its storage can be enlarged",
        Level.WARNING,
        Family.CLOUD,
        "While AWS optimizes it, nobody can enlarge it if WAL fills it up.",
        "Wait until it is `available`.",
        of_instance(_settled),
    ),
    Check(
        "storage-grows",
        "Its storage grows by itself",
        Level.INFORMATION,
        Family.CLOUD,
        "It is no guard: AWS enlarges at 10 % left, and hours may pass in between.",
        "Set a maximum (`MaxAllocatedStorage`) above its size.",
        of_instance(_grows),
    ),
    Check(
        "storage-credits",
        "The speed of its storage does not depend on credits",
        Level.INFORMATION,
        Family.CLOUD,
        "The copy reads everything: with its credits used up, applications wait for the disk.",
        "Change it to `gp3`, or watch `BurstBalance` during the copy.",
        of_instance(_credits),
    ),
)
