"""How a database that was closed from outside describes itself: tags on the source and its copy.

They say what `daybreak.fence` says where Daybreak has a login: under which epoch, by which
migration, for which cluster, and which security groups to put back. So with an empty Redis it can
be told, and undone exactly.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from migration.errors import Permanent
from workers.aws.resources import Tags

EPOCH_TAG = "daybreak:epoch"
STATE_TAG = "daybreak:fence"
MIGRATION_TAG = "daybreak:fenced-by"
TARGET_TAG = "daybreak:fenced-for"
# The groups that let the applications in; AWS takes no comma in a tag.
GROUPS_TAG = "daybreak:groups"
PROMOTION_TAG = "daybreak:promotion"
LONGEST_TAG = 256


class SourceState(StrEnum):
    """What the tags say of a source."""

    #: Takes clients' writes.
    OPEN = "open"
    #: Written before its groups are changed: from here on it may be closed.
    CLOSED = "closed"


class TargetState(StrEnum):
    """What the tags say of its copy."""

    #: In quarantine since it was created.
    CLOSED = "closed"
    #: Written before its groups are changed: from here on clients may have written.
    OPENED = "opened"
    #: It never takes clients' writes.
    ABANDONED = "abandoned"


class BrokenRecord(Permanent):
    """The tags that say how the database was closed can't be read."""


@dataclass(frozen=True)
class SourceRecord:
    """Of a source: who closed it, for which cluster, and the groups it had before."""

    epoch: int
    state: SourceState
    migration: str
    target: str
    groups: tuple[str, ...]

    @property
    def tags(self) -> Tags:
        """As they are written."""
        return {
            EPOCH_TAG: str(self.epoch),
            STATE_TAG: self.state.value,
            MIGRATION_TAG: self.migration,
            TARGET_TAG: self.target,
            GROUPS_TAG: joined(self.groups),
        }


@dataclass(frozen=True)
class TargetRecord:
    """Of a copy: whose it is, the groups it gets when it is opened, and the promotion's intent."""

    epoch: int
    state: TargetState
    groups: tuple[str, ...]
    #: The epoch under which a promotion was intended; 0 for none.
    promotion: int = 0


def joined(groups: Iterable[str]) -> str:
    """Groups as a tag has them."""
    return " ".join(groups)


def fits(groups: Iterable[str]) -> bool:
    """Whether a tag can hold them."""
    return len(joined(groups)) <= LONGEST_TAG


def source_record(tags: Tags) -> SourceRecord | None:
    """What a source's tags say; None when no attempt of this kind has begun on it.

    Raises:
        BrokenRecord: somebody changed them.
    """
    if STATE_TAG not in tags:
        return None
    try:
        return SourceRecord(
            int(tags[EPOCH_TAG]),
            SourceState(tags[STATE_TAG]),
            tags[MIGRATION_TAG],
            tags[TARGET_TAG],
            tuple(tags[GROUPS_TAG].split()),
        )
    except (KeyError, ValueError) as error:
        raise _broken("source", error) from error


def target_record(tags: Tags) -> TargetRecord | None:
    """What a copy's tags say; None when it was not made closed.

    Raises:
        BrokenRecord: somebody changed them.
    """
    if STATE_TAG not in tags:
        return None
    try:
        return TargetRecord(
            int(tags.get(EPOCH_TAG, "0")),
            TargetState(tags[STATE_TAG]),
            tuple(tags[GROUPS_TAG].split()),
            int(tags.get(PROMOTION_TAG, "0")),
        )
    except (KeyError, ValueError) as error:
        raise _broken("target", error) from error


def _broken(what: str, error: Exception) -> BrokenRecord:
    return BrokenRecord(
        f"The tags `daybreak:…` of the {what}, which say how it was closed, were changed: {error}. "
        "See docs/without-login.md."
    )
