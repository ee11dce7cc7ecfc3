"""What AWS says of a source that stands against moving it, or that its owners should know."""

from collections.abc import Iterable, Iterator

from migration.model import Migration
from workers.aws.rds import POSTGRES
from workers.aws.resources import AVAILABLE, MOVED_TAG, Instance, MaintenanceAction
from workers.steps.findings import Blocker, Caution, Finding, named

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


def findings_of(
    migration: Migration, instance: Instance, maintenance: Iterable[MaintenanceAction]
) -> Iterator[Finding]:
    """Everything that the API tells, in the order in which people would mend it."""
    yield from _moved(instance)
    yield from _kind(instance)
    yield from _status(instance)
    yield from _changes_to_come(instance, maintenance)
    yield from _backups(migration, instance)
    yield from _replicas(migration, instance)
    yield from _encryption(instance)
    yield from _left_behind(instance)


def obstacles(instance: Instance) -> Iterator[Blocker]:
    """Of the blockers, those that the list of instances shows before anybody asks to move one.

    What passes within the day (a reboot that is due, a change that is being made) is left to the
    check itself, and so is a replica that a migration of ours may be making or taking down.
    """
    yield from _moved(instance)
    yield from _kind(instance)
    yield from _status(instance)
    yield from _abroad(instance)


def _moved(instance: Instance) -> Iterator[Blocker]:
    cluster = instance.tags.get(MOVED_TAG)
    if cluster:
        yield Blocker(
            f"`{instance.id}` was moved already: its applications use `{cluster}`.",
            f"If that is no longer so, take its tag `{MOVED_TAG}` off.",
        )


def _kind(instance: Instance) -> Iterator[Blocker]:
    if instance.engine != POSTGRES or instance.cluster:
        yield Blocker(
            f"`{instance.id}` is no single RDS for PostgreSQL instance (engine "
            f"`{instance.engine}`{', in a DB cluster' if instance.cluster else ''}).",
            "Only those can be moved by read replica.",
        )
    if instance.replica_of:
        yield Blocker(
            f"`{instance.id}` is itself a read replica, of `{instance.replica_of}`.",
            "Move its source instead.",
        )


def _status(instance: Instance) -> Iterator[Blocker]:
    if instance.status == AVAILABLE or instance.status in PASSING:
        return
    if instance.status == "storage-full":
        yield Blocker("Its storage is full.", "Enlarge it, and wait until it is available.")
        return
    yield Blocker(f"Its status is `{instance.status}`.", "Bring it back to `available`.")


def _changes_to_come(
    instance: Instance, maintenance: Iterable[MaintenanceAction]
) -> Iterator[Finding]:
    """A reboot in the middle of a migration would apply them."""
    if instance.pending and instance.status not in PASSING:
        yield Blocker(
            f"Changes wait to be applied: {named(sorted(instance.pending))}.",
            "Reboot it, or let its maintenance window pass.",
        )
    if instance.parameter_status != "in-sync" and instance.status not in PASSING:
        yield Blocker(
            f"Its parameter group `{instance.parameter_group}` is `{instance.parameter_status}`.",
            "Reboot it so that the parameters in force are those that stand there.",
        )
    for action in maintenance:
        when = f", by itself on {action.forced_at:%d %B %Y}" if action.forced_at else ""
        yield Blocker(
            f"AWS has maintenance pending: `{action.action}`"
            f"{f' ({action.description})' if action.description else ''}{when}.",
            "Apply it now (`aws rds apply-pending-maintenance-action`).",
        )
    if instance.auto_minor_upgrade:
        yield Caution(
            "Automatic minor upgrades are on: the source may run ahead of Aurora. Turn them off "
            "until it has moved."
        )


def _backups(migration: Migration, instance: Instance) -> Iterator[Finding]:
    if instance.backup_retention_days > 0:
        return
    if migration.options.accept_backup_interruption:
        yield Caution(
            "Automated backups are off. The next step turns them on, which interrupts the "
            "database for a moment: the requester accepted that."
        )
        return
    yield Blocker(
        "Automated backups are off, and AWS makes no replica without them.",
        "Turn them on yourself (that interrupts the database for a moment), or cancel, start "
        "again and accept the interruption there.",
    )


def _replicas(migration: Migration, instance: Instance) -> Iterator[Finding]:
    clusters = [
        name for name in instance.replica_clusters if name.split(":")[-1] != migration.target
    ]
    if clusters:
        yield Blocker(
            f"It already has an Aurora replica, {named(clusters)}; AWS allows one.",
            "Delete that one if nobody needs it.",
        )
    yield from _abroad(instance)
    abroad = _replicas_abroad(instance)
    near = [name for name in instance.replicas if name not in abroad]
    if near:
        yield Caution(
            f"Its read replicas {named(near)} do not move: make readers of the cluster afterwards."
        )


def _replicas_abroad(instance: Instance) -> list[str]:
    """Replicas in other Regions are named by ARN, those in this one by name."""
    region = instance.arn.split(":")[3]
    return [
        name
        for name in instance.replicas
        if name.startswith("arn:") and name.split(":")[3] != region
    ]


def _abroad(instance: Instance) -> Iterator[Blocker]:
    abroad = _replicas_abroad(instance)
    if abroad:
        yield Blocker(
            f"It has replicas in other Regions, {named(abroad)}; AWS makes no Aurora replica then.",
            "Delete them, or move this source in another way.",
        )


def _encryption(instance: Instance) -> Iterator[Finding]:
    if instance.encrypted and not instance.kms_key:
        yield Blocker(
            "It is encrypted, but AWS does not name the key.",
            "Let Daybreak's role see it (kms:DescribeKey).",
        )
    if not instance.encrypted:
        yield Caution("It is not encrypted, and so the target will not be.")


def _left_behind(instance: Instance) -> Iterator[Finding]:
    """What AWS does not carry over to the cluster."""
    if not instance.deletion_protection:
        yield Caution("Its deletion protection is off. Turn it on: it is your way back.")
    if instance.managed_secret:
        yield Caution(
            "RDS keeps the master user's password in a secret of its own. The cluster takes the "
            "password, not the secret: have it managed anew after the cut-over."
        )
    if instance.iam_authentication:
        yield Caution(
            "IAM authentication is on: policies name the instance's resource id, and the cluster "
            "has another. Add it to them before the cut-over."
        )
    if instance.roles:
        yield Caution(
            f"Its IAM roles {named(instance.roles)} do not move: add them to the cluster."
        )
