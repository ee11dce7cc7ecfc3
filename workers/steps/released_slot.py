"""The proof that a source keeps nothing for a replica that is gone: its slot is gone too."""

from dataclasses import dataclass

from migration.errors import DaybreakError
from migration.model import Migration
from workers.aws.resources import Instance
from workers.postgres import replication
from workers.postgres.replication import Slot
from workers.steps.findings import named
from workers.toolbox import Toolbox

MIB = 2**20


@dataclass(frozen=True)
class SlotSeen:
    """Whether it is gone; None when nobody could look, and `words` say why."""

    gone: bool | None
    words: str


def look(migration: Migration, source: Instance, tools: Toolbox) -> SlotSeen:
    """By the source's own list of slots; nothing is raised.

    On RDS every physical slot is a replica's: nobody else can stream from it. The names are AWS's,
    so a slot that is left over is told by this: no replica holds it, or there are more of them
    than the replicas that AWS still lists.
    """
    if not migration.options.login:
        return SlotSeen(
            None,
            f"AWS lists no replica cluster of `{source.id}` any more. The slot itself shows with a "
            "login only; CloudWatch's `OldestReplicationSlotLag` follows within minutes",
        )
    try:
        with tools.databases.at(source.id, source.endpoint) as connection:
            slots = replication.physical_slots(connection)
    except DaybreakError as error:
        return SlotSeen(
            None,
            f"AWS lists no replica cluster of `{source.id}` any more, but its slots could not be "
            f"looked at: {error}",
        )
    left = [slot for slot in slots if not slot.active]
    if not left and len(slots) > len(source.replicas):
        left = slots
    if left:
        return SlotSeen(gone=False, words=f"`{source.id}` still has {named(map(_slot, left))}")
    others = f", but for {len(slots)} in use by its other replicas" if slots else ""
    return SlotSeen(gone=True, words=f"`{source.id}` has no physical slot any more{others}")


def _slot(slot: Slot) -> str:
    return f"the slot {slot.name}, which keeps {slot.kept_bytes / MIB:.1f} MiB"
