"""What AWS wants of a source before it makes an Aurora replica of it."""

from collections.abc import Iterator

from migration.preflight import Level
from workers.aws.resources import Instance
from workers.preflight.check import Check, Family, Found, Mode, of_instance
from workers.preflight.subject import Subject
from workers.steps.findings import named

# AWS's word for a key that can be used.
ENABLED = "Enabled"


def _backups(subject: Subject) -> Iterator[Found]:
    if subject.instance.backup_retention_days > 0:
        return
    if subject.options.accept_backup_interruption:
        yield Found(
            "Automated backups are off. The next step turns them on, which interrupts the "
            "database for a moment: the requester accepted that.",
            "Nothing: Daybreak does it.",
            Level.WARNING,
        )
    else:
        yield Found("Automated backups are off, and AWS makes no replica without them.")


def _aurora_replica(subject: Subject) -> Iterator[Found]:
    ours = subject.options.target if subject.migration else ""
    clusters = [name for name in subject.instance.replica_clusters if name.split(":")[-1] != ours]
    if clusters:
        yield Found(f"It already has an Aurora replica, {named(clusters)}; AWS allows one.")


def _replicas_abroad(instance: Instance) -> list[str]:
    """Replicas in other Regions are named by ARN, those in this one by name."""
    region = instance.arn.split(":")[3]
    return [
        name
        for name in instance.replicas
        if name.startswith("arn:") and name.split(":")[3] != region
    ]


def abroad(instance: Instance) -> Iterator[Found]:
    """Replicas in other Regions."""
    found = _replicas_abroad(instance)
    if found:
        yield Found(
            f"It has replicas in other Regions, {named(found)}; AWS makes no Aurora replica then."
        )


def _near(instance: Instance) -> Iterator[Found]:
    others = set(_replicas_abroad(instance))
    near = [name for name in instance.replicas if name not in others]
    if near:
        yield Found(f"Its read replicas {named(near)} do not move.")


def _key_named(instance: Instance) -> Iterator[Found]:
    if instance.encrypted and not instance.kms_key:
        yield Found("It is encrypted, but AWS does not name the key.")


def _key_usable(subject: Subject) -> Iterator[Found]:
    key = subject.instance.kms_key
    state = subject.tools.kms.state(key) if subject.instance.encrypted and key else ENABLED
    if state != ENABLED:
        yield Found(f"The key it is encrypted with, `{key}`, is `{state}`.")


def _unencrypted(instance: Instance) -> Iterator[Found]:
    if not instance.encrypted:
        yield Found("It is not encrypted, and so the target will not be.")


CHECKS = (
    Check(
        "backups",
        "Automated backups are on",
        Level.BLOCKER,
        Family.CLOUD,
        "AWS makes no read replica of an instance without them.",
        "Turn them on yourself (that interrupts the database for a moment), or cancel, start "
        "again and accept the interruption there.",
        _backups,
        by_daybreak="turns them on, once the requester has accepted the interruption in the form",
    ),
    Check(
        "no-aurora-replica",
        "It has no Aurora replica",
        Level.BLOCKER,
        Family.CLOUD,
        "AWS allows one a source.",
        "Delete that one if nobody needs it.",
        _aurora_replica,
        Mode.BY_REPLICA,
    ),
    Check(
        "no-replica-abroad",
        "It has no replica in another Region",
        Level.BLOCKER,
        Family.CLOUD,
        "AWS makes no Aurora replica beside one.",
        "Delete them, or move this source in another way.",
        of_instance(abroad),
        Mode.BY_REPLICA,
    ),
    Check(
        "no-near-replica",
        "It has no read replica in this Region",
        Level.WARNING,
        Family.CLOUD,
        "Who reads there goes on reading a database that is closed.",
        "Make readers of the cluster afterwards, and lead them there.",
        of_instance(_near),
    ),
    Check(
        "key-named",
        "AWS names the key it is encrypted with",
        Level.BLOCKER,
        Family.CLOUD,
        "The replica has to be encrypted, and the key has to be passed.",
        "Let Daybreak's role see it (kms:DescribeKey).",
        of_instance(_key_named),
    ),
    Check(
        "key-usable",
        "The key it is encrypted with can be used",
        Level.BLOCKER,
        Family.CLOUD,
        "AWS makes no encrypted replica without it, and sooner or later stops the source.",
        "Enable the key, or cancel its deletion.",
        _key_usable,
    ),
    Check(
        "encrypted",
        "It is encrypted",
        Level.WARNING,
        Family.CLOUD,
        "Encryption can't be turned on afterwards without another copy.",
        "Go on, or move it by a copy that is encrypted.",
        of_instance(_unencrypted),
    ),
)
