"""The names and tags of what a migration makes: a repeat finds its own work by them."""

from migration.errors import Permanent
from migration.model import Migration
from workers.aws.resources import MIGRATION_TAG, SOURCE_TAG, Tags

# AWS's limit for instances; parameter groups and snapshots take 255.
_LONGEST_INSTANCE_NAME = 63


class Foreign(Permanent):
    """Something that is not ours has the name that we need."""


def tags(migration: Migration) -> dict[str, str]:
    """What everything carries that this migration makes."""
    return {MIGRATION_TAG: migration.id, SOURCE_TAG: migration.source}


def ours(migration: Migration, found: Tags) -> bool:
    """Whether this migration made what carries these tags."""
    return found.get(MIGRATION_TAG) == migration.id


def check_ours(migration: Migration, what: str, found: Tags) -> None:
    """Leave alone what others made.

    Raises:
        Foreign: it does not carry this migration's tag.
    """
    if ours(migration, found):
        return
    owner = found.get(MIGRATION_TAG)
    whose = f"belongs to migration `{owner}`" if owner else "was not made by Daybreak"
    raise Foreign(
        f"There is already a {what}, and it {whose}. Delete or rename it if nobody needs it, or "
        "cancel this migration and start again with another name for the target."
    )


def instance_name(migration: Migration) -> str:
    """The first instance of the target."""
    return first_instance(migration.target)


def first_instance(cluster: str) -> str:
    """The name of a target cluster's first instance."""
    return f"{cluster[: _LONGEST_INSTANCE_NAME - 2].rstrip('-')}-1"


def parameter_group_name(migration: Migration) -> str:
    """Both parameter groups of the target: clusters and instances have separate names."""
    return f"daybreak-{migration.id}"


def final_snapshot_name(migration: Migration) -> str:
    """The snapshot of the source when it is retired: what it holds at the end of the cool-off."""
    return f"daybreak-{migration.id}-final"


def frozen_snapshot_name(migration: Migration) -> str:
    """The snapshot that is taken while the source is closed: another one for each attempt."""
    return f"{frozen_snapshots(migration)}{migration.epoch}"


def frozen_snapshots(migration: Migration) -> str:
    """What the names of all of them begin with."""
    return f"daybreak-{migration.id}-frozen-"


def safety_snapshot_name(migration: Migration) -> str:
    """The snapshot of the source before anything is attached to it."""
    return f"daybreak-{migration.id}-safety"
