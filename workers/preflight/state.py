"""What state a source is in, as AWS tells it: what it is, whether it is up, what is to come."""

from collections.abc import Iterator
from datetime import UTC, datetime

from migration.preflight import Level
from workers.aws.rds import POSTGRES
from workers.aws.resources import AVAILABLE, MOVED_TAG, Instance
from workers.preflight.check import Check, Family, Found, of_instance
from workers.preflight.subject import Subject
from workers.steps import windows
from workers.steps.findings import named

# These pass by themselves.
PASSING = frozenset(
    {
        "backing-up",
        "configuring-enhanced-monitoring",
        "configuring-iam-database-auth",
        "configuring-log-exports",
        "maintenance",
        "modifying",
        "rebooting",
        "renaming",
        "resetting-master-credentials",
        "starting",
        "storage-config-upgrade",
        "storage-initialization",
        # Usable meanwhile, but its storage cannot be enlarged, and that may last a day.
        "storage-optimization",
        "upgrading",
    }
)
STORAGE_FULL = "storage-full"


def moved(instance: Instance) -> Iterator[Found]:
    """Applications have gone on to a cluster."""
    cluster = instance.tags.get(MOVED_TAG)
    if cluster:
        yield Found(f"`{instance.id}` was moved already: its applications use `{cluster}`.")


def kind(instance: Instance) -> Iterator[Found]:
    """Another engine, or a cluster."""
    if instance.engine != POSTGRES or instance.cluster:
        yield Found(
            f"`{instance.id}` is no single RDS for PostgreSQL instance (engine "
            f"`{instance.engine}`{', in a DB cluster' if instance.cluster else ''})."
        )


def replica(instance: Instance) -> Iterator[Found]:
    """It follows another instance."""
    if instance.replica_of:
        yield Found(f"`{instance.id}` is itself a read replica, of `{instance.replica_of}`.")


def status(instance: Instance) -> Iterator[Found]:
    """Neither available nor on its way to be."""
    if instance.status == STORAGE_FULL:
        yield Found("Its storage is full.", "Enlarge it, and wait until it is available.")
    elif instance.status != AVAILABLE and instance.status not in PASSING:
        yield Found(f"Its status is `{instance.status}`.")


def _pending(instance: Instance) -> Iterator[Found]:
    if instance.pending and instance.status not in PASSING:
        yield Found(f"Changes wait to be applied: {named(sorted(instance.pending))}.")


def _parameters(instance: Instance) -> Iterator[Found]:
    if instance.parameter_status != "in-sync" and instance.status not in PASSING:
        yield Found(
            f"Its parameter group `{instance.parameter_group}` is `{instance.parameter_status}`."
        )


def _maintenance(subject: Subject) -> Iterator[Found]:
    for action in subject.maintenance:
        when = f", by itself on {action.forced_at:%d %B %Y}" if action.forced_at else ""
        yield Found(
            f"AWS has maintenance pending: `{action.action}`"
            f"{f' ({action.description})' if action.description else ''}{when}."
        )


def _minor_upgrades(instance: Instance) -> Iterator[Found]:
    if instance.auto_minor_upgrade:
        yield Found("Automatic minor upgrades are on.")


def _windows(subject: Subject) -> Iterator[Found]:
    now = datetime.fromtimestamp(subject.tools.clock.now(), UTC)
    window = subject.instance.backup_window
    if windows.in_daily(window, now):
        yield Found(f"Its backup window is open now ({window} UTC).")
    window = subject.instance.maintenance_window
    if windows.in_weekly(window, now):
        yield Found(f"Its maintenance window is open now ({window} UTC).")


CHECKS = (
    Check(
        "not-moved",
        "It has not been moved already",
        Level.BLOCKER,
        Family.CLOUD,
        "Its applications write elsewhere: a copy of it would be a copy of the past.",
        f"If that is no longer so, take its tag `{MOVED_TAG}` off.",
        of_instance(moved),
    ),
    Check(
        "single-instance",
        "It is a single RDS for PostgreSQL instance",
        Level.BLOCKER,
        Family.CLOUD,
        "AWS makes an Aurora replica of no other thing.",
        "Only those can be moved by read replica.",
        of_instance(kind),
    ),
    Check(
        "not-a-replica",
        "It is not itself a read replica",
        Level.BLOCKER,
        Family.CLOUD,
        "A replica takes no writes, and its own source would be left behind.",
        "Move its source instead.",
        of_instance(replica),
    ),
    Check(
        "status",
        "It is available, or will be by itself",
        Level.BLOCKER,
        Family.CLOUD,
        "AWS makes a replica of an available instance only.",
        "Bring it back to `available`.",
        of_instance(status),
    ),
    Check(
        "pending-changes",
        "No change waits to be applied",
        Level.BLOCKER,
        Family.CLOUD,
        "A reboot in the middle of a migration would apply it.",
        "Reboot it, or let its maintenance window pass.",
        of_instance(_pending),
    ),
    Check(
        "parameters-in-force",
        "Its parameters are those of its group",
        Level.BLOCKER,
        Family.CLOUD,
        "The target gets what stands in the group; a reboot would change the source under way.",
        "Reboot it so that the parameters in force are those that stand there.",
        of_instance(_parameters),
    ),
    Check(
        "pending-maintenance",
        "AWS has no maintenance pending for it",
        Level.BLOCKER,
        Family.CLOUD,
        "AWS would carry it out when it likes, a reboot of the cut-over's included.",
        "Apply it now (`aws rds apply-pending-maintenance-action`).",
        _maintenance,
    ),
    Check(
        "minor-upgrades",
        "Automatic minor upgrades are off",
        Level.WARNING,
        Family.CLOUD,
        "The source may run ahead of Aurora, which then can't replicate it.",
        "Turn them off until it has moved.",
        of_instance(_minor_upgrades),
    ),
    Check(
        "windows",
        "Neither its backup window nor its maintenance window is open",
        Level.INFORMATION,
        Family.CLOUD,
        "AWS may be at work on it, and a snapshot taken now competes with a backup.",
        "Wait until the window is over, or go on: the promote gate looks again.",
        _windows,
    ),
)
