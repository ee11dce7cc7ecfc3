"""The gate's look at consumers' slots: could they be made anew on the target, as of now."""

from collections.abc import Iterator

from migration.model import Check, Migration
from workers.postgres import slots
from workers.postgres.connect import Connection, value
from workers.postgres.slots import LogicalSlot
from workers.steps.findings import named
from workers.toolbox import Toolbox

NAME = "Slots can be made anew"
BACK = "Consumers' slots are on the source"
# The way back's, and whoever looks.
SPARE = 1


def look(migration: Migration, tools: Toolbox) -> Check:
    """Holds where nothing stands against it.

    Raises what the databases raise.
    """
    with tools.databases.source(migration.source) as source:
        found = [slot for slot in slots.logical(source) if not slot.temporary]
    with tools.databases.target(migration.target) as target:
        missing = list(wanting(target, found))
    if missing:
        return Check("", ok=False, detail="; ".join(missing))
    unread = [slot.name for slot in found if not slot.active]
    said = f"{len(found)} will be, before the target opens"
    if unread:
        said += f"; nobody reads {named(unread)} now"
    return Check("", ok=True, detail=said)


def look_back(migration: Migration, source: Connection, target: Connection) -> Check:
    """The slots that consumers have on the target, before its writes move back to the source.

    A slot that the closed source has had since before a write has that write: it is applied there.
    Where slots had to be made anew on the way there, one that is missing on the way back keeps it.
    """
    kept = {_identity(slot) for slot in slots.logical(source) if not slot.temporary}
    there = [slot for slot in slots.logical(target) if not slot.temporary]
    missing = [slot.name for slot in there if _identity(slot) not in kept]
    if not missing:
        return Check("", ok=True, detail=f"all {len(there)} of the target's" if there else "none")
    if migration.options.recreate_slots:
        return Check(
            "",
            ok=False,
            detail=f"the source has no slot like {named(missing)} of the target: make it there as "
            "Daybreak's role (`pg_create_logical_replication_slot`), or drop the target's, and its "
            "consumer backfills",
        )
    return Check(
        "",
        ok=True,
        detail=f"{named(missing)} of the target stay behind: their consumers miss what is written "
        "until they have slots on the source",
    )


def _identity(slot: LogicalSlot) -> tuple[str, str, str]:
    """What has to be the same for a consumer to find its changes."""
    return slot.name, slot.database, slot.plugin


def wanting(target: Connection, found: list[LogicalSlot]) -> Iterator[str]:
    """What the replica lacks to have these slots once it is promoted."""
    if value(target, "SELECT current_setting('wal_level')") != "logical":
        yield (
            "the target's `wal_level` is not `logical`: its cluster parameter group needs "
            "`rds.logical_replication = 1`, and its instance a reboot"
        )
    room = int(
        value(
            target,
            "SELECT current_setting('max_replication_slots')::int - "
            "(SELECT count(*) FROM pg_replication_slots)",
        )
    )
    if room < len(found) + SPARE:
        yield (
            f"the target has room for {room} replication slots, and {len(found) + SPARE} are "
            "needed: raise `max_replication_slots` in its cluster parameter group, and reboot it"
        )
