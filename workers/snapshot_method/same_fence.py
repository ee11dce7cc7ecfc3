"""Whether source and copy stand behind one fence, which was never lifted in between.

The fence's row is written into the closed source before the snapshot is taken, so the copy carries
it. Lifting raises the epoch, and the next fence takes the marker away: so the same marker on both,
with the source closed, says that nobody has written since.
"""

from migration.errors import Permanent
from migration.model import Migration
from workers.postgres import fence
from workers.postgres.connect import Connection, value
from workers.postgres.fence import Fence, State
from workers.toolbox import Toolbox

CLOSED = {State.FENCED, State.CLAIMED}


class NotTheSameFence(Permanent):
    """The fence is not the one that the copy was made under."""


def check_source(found: Fence, migration: Migration) -> None:
    """Raises NotTheSameFence unless the source is still closed and marked by this attempt."""
    wanted = (migration.id, migration.epoch, State.FENCED, migration.epoch)
    if (found.migration, found.epoch, found.state, found.marker) == wanted:
        return
    raise NotTheSameFence(
        f"`{migration.source}` was closed under epoch {migration.epoch}, and is `{found.state}` "
        f"under epoch {found.epoch} now: it may have been written to since, and a copy of before "
        "has not all of it. The copy is void; a new one has to be made."
    )


def check_copy(found: Fence, migration: Migration) -> None:
    """Raises NotTheSameFence unless the copy carries the marker of this attempt, and is closed."""
    mine = (found.epoch, found.marker) == (migration.epoch, migration.epoch)
    if mine and found.state in CLOSED and found.migration == migration.id:
        return
    raise NotTheSameFence(
        f"The copy `{migration.target}` is `{found.state}` under epoch {found.epoch} with the "
        f"marker {found.marker}, and `{migration.source}` was closed under epoch "
        f"{migration.epoch}: it is a copy of another moment. It is void; a new one has to be made."
    )


def see_source_frozen(migration: Migration, tools: Toolbox) -> None:
    """A look of its own, before anything is made that would be worth nothing."""
    with tools.databases.source(migration.source) as source:
        check_source(fence.read(source), migration)


def see_copy(migration: Migration, copy: Connection) -> None:
    """The copy is a primary, closed, and of this very moment."""
    if value(copy, "SELECT pg_is_in_recovery()"):
        raise NotTheSameFence(f"The copy `{migration.target}` follows another database.")
    try:
        found = fence.read(copy)
    except fence.NoFence:
        raise NotTheSameFence(
            f"The copy `{migration.target}` carries no fence: it was not made while "
            f"`{migration.source}` was closed."
        ) from None
    check_copy(found, migration)
