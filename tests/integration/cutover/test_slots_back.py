"""Slots of consumers in a roll back: the source's have what was written to the target, too."""

import pytest
from cutover_ground import SOURCE, TARGET, Ground, assert_writes_flow, eventually
from slot_readers import PLUGIN, look, make_slot, written
from way_back_ground import approve_roll_back, as_daybreak, follows, go_on, superuser

from migration.model import WayBack
from migration.plan import CUT_OVER, ROLL_BACK
from workers import evidence_of_roll_back
from workers.evidence_of_slots import BACK

pytestmark = pytest.mark.table("roll back")
#: Its migration has the steps of a way back.
FRESH = True
TARGET_INSTANCE = f"{TARGET}-1"


def test_after_a_roll_back_the_sources_slots_have_every_change(ground: Ground) -> None:
    """What was written to the target is applied on the source, and so is in its slots, too."""
    superuser(ground, SOURCE, "ALTER TABLE seen OWNER TO app_owner")
    ready = ground.at_the_gate(way_back=WayBack.REQUIRED, recreate_slots=True)
    make_slot(ground, "feed")
    approved = ground.approve(ready)
    with ground.clients() as first:
        moved = ground.cut_over(approved)
        assert_writes_flow(first)
    assert [one["name"] for one in moved.facts[CUT_OVER]["slots"]] == ["feed"], moved.aborted
    following = go_on(ground, moved, follows)
    before = written(ground, TARGET_INSTANCE, first)
    eventually(lambda: written(ground, SOURCE, first) == before, "the source to have them")

    another = f"SELECT pg_create_logical_replication_slot('later', '{PLUGIN}')"
    superuser(ground, TARGET_INSTANCE, another)
    seen = evidence_of_roll_back.gather(following, ground.bench.tools)
    (wrong,) = (check for check in seen.checks if check.name == BACK)
    assert not wrong.ok
    assert "no slot like `later`" in wrong.detail
    as_daybreak(ground, SOURCE, another)
    with ground.clients() as second:
        assert_writes_flow(second)
        back = ground.cut_over(approve_roll_back(ground, following))
        assert_writes_flow(second)
    assert back.facts[ROLL_BACK], back.aborted

    later = written(ground, SOURCE, second)
    assert later
    assert look(ground, SOURCE, "feed") == before | later
    assert look(ground, SOURCE, "later") == later
