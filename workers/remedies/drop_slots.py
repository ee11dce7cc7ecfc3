"""Drops logical slots that nobody reads: those that were shown, where they stood."""

from dataclasses import asdict
from typing import Any

from migration.errors import Permanent
from migration.remedies import DROP_SLOTS, Offer, RemedyRun
from migration.steps import Done, Outcome, Wait
from workers.postgres import mending
from workers.postgres.mending import IdleSlot
from workers.preflight.subject import Subject
from workers.remedies.mender import Diary, Mender, listed
from workers.toolbox import Toolbox

MIB = 2**20


def _offer(subject: Subject) -> Offer | None:
    instance = subject.instance
    with subject.tools.databases.at(instance.id, instance.endpoint) as connection:
        found = mending.idle_slots(connection)
    on = tuple(
        f"{slot.name} ({slot.plugin}, {slot.database}, at {slot.restart_lsn or 'no position'}, "
        f"holds {slot.retained_bytes / MIB:.0f} MiB)"
        for slot in found
    )
    return Offer(DROP_SLOTS, on, {"slots": [asdict(slot) for slot in found]}) if found else None


def _apply(run: RemedyRun, tools: Toolbox, diary: Diary) -> Outcome:
    """The next of those that were shown and are still there."""
    shown: list[Any] = listed(run.offer.params, "slots")
    with tools.databases.source(run.source) as connection:
        left = [
            slot
            for slot in (IdleSlot(**one) for one in shown)
            if mending.has_slot(connection, slot.name)
        ]
        diary.settle([slot.name for slot in left])
        if not left:
            return Done()
        slot = left[0]
        diary.intend(
            slot.name,
            f"{slot.plugin}, {slot.database}, at {slot.restart_lsn or 'no position'}",
            "dropped",
        )
        if not mending.drop_idle_slot(connection, slot):
            raise Permanent(
                f"The slot `{slot.name}` is not as it was shown any more: somebody reads it, has "
                "read from it, or has made it anew. It was left as it is. `/migrate check` looks "
                "again."
            )
        diary.done(slot.name)
    return Wait(0.0, f"`{slot.name}` is dropped")


MENDER = Mender(DROP_SLOTS, _offer, _apply)
