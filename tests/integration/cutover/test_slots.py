"""Slots of consumers: made anew on the target before it opens, so that no change is missed."""

from typing import Any

import psycopg
import pytest
from cutover_ground import SOURCE, TARGET, Ground, assert_writes_flow, eventually
from slot_readers import look, make_slot, reading, written
from way_back_ground import superuser

from migration.model import Migration, Status
from workers.postgres import slots
from workers.postgres.fence import NotMine

pytestmark = pytest.mark.table("slots")
TARGET_INSTANCE = f"{TARGET}-1"


def made(migration: Migration) -> dict[str, dict[str, Any]]:
    """What the report says of each slot, by its name."""
    assert migration.status is Status.ACTIVE, (migration.problem, migration.aborted)
    return {str(one["name"]): one for one in migration.facts["cut_over"]["slots"]}


def test_a_consumer_misses_nothing_and_reads_nothing_twice(ground: Ground) -> None:
    """Up to the fence from the source, from the opening on by the new slot: that is all of it."""
    for name in ("feed", "idle", "slow"):
        make_slot(ground, name)
    make_slot(ground, "elsewhere", "postgres")
    approved = ground.approve(ground.at_the_gate(recreate_slots=True))
    gate = ground.store.evidence(approved.id)
    assert gate is not None
    (seen,) = (check for check in gate.checks if check.name == "Slots can be made anew")
    assert seen.detail.startswith("4 will be")
    with reading(ground, "feed") as feed, reading(ground, "slow", lazy=True) as slow:
        with ground.clients() as clients:
            after = ground.cut_over(approved)
            assert_writes_flow(clients)
        eventually(lambda: feed.ended() and slow.ended(), "the end of their sessions")

    everything = written(ground, TARGET_INSTANCE, clients)
    before = written(ground, SOURCE, clients)
    later = everything - before
    assert before
    assert later
    assert feed.writes == before
    assert look(ground, SOURCE, "feed") == set()
    assert look(ground, SOURCE, "idle") == look(ground, SOURCE, "slow") == before
    for name in ("feed", "idle", "slow"):
        assert look(ground, TARGET_INSTANCE, name) == later

    facts = made(after)
    assert set(facts) == {"elsewhere", "feed", "idle", "slow"}
    assert facts["elsewhere"]["database"] == "postgres"
    assert facts["feed"]["unread_bytes"] == 0
    assert all(facts[name]["unread_bytes"] > 0 for name in ("elsewhere", "idle", "slow"))
    for name, one in facts.items():
        begins = f"SELECT confirmed_flush_lsn FROM pg_replication_slots WHERE slot_name = '{name}'"
        assert (
            ground.scalar(SOURCE, f"{begins} AND plugin = 'test_decoding'")
            == (one["source_position"])
        )
        assert ground.scalar(TARGET_INSTANCE, begins) == one["target_position"]
        assert one["fenced_at"]
    assert "slots" in after.facts["cut_over"]["phases_ms"]


def test_without_being_asked_no_slot_is_made(ground: Ground) -> None:
    """They stay behind: the plan said so."""
    make_slot(ground, "feed")
    approved = ground.approve(ground.at_the_gate())
    with ground.clients() as clients:
        after = ground.cut_over(approved)
        assert_writes_flow(clients)

    assert made(after) == {}
    assert ground.scalar(TARGET_INSTANCE, "SELECT count(*) FROM pg_replication_slots") == 0


def test_an_attempt_that_is_over_notes_nothing(ground: Ground) -> None:
    """Whoever stood still meanwhile leaves the list as it is: the target opens by it."""
    make_slot(ground, "feed")
    after = ground.cut_over(ground.approve(ground.at_the_gate(recreate_slots=True)))
    assert set(made(after)) == {"feed"}
    noted = "SELECT array_agg(name || fenced_at) FROM daybreak.slots"
    before = ground.scalar(SOURCE, noted)
    superuser(ground, SOURCE, "SELECT pg_drop_replication_slot('feed')")
    epoch = ground.fence_on(SOURCE).epoch
    with psycopg.connect(ground.cloud.superuser_dsn(SOURCE), autocommit=True) as source:
        for other in (epoch, epoch - 1):
            with pytest.raises(NotMine):
                slots.note(source, other, wanted=True)
        slots.note_positions(source, epoch - 1, slots.end_of_log(source))
        assert ground.scalar(SOURCE, noted) == before
        # Its own is what is there under the fence.
        slots.note_positions(source, epoch, slots.end_of_log(source))
        assert ground.scalar(SOURCE, noted) is None


def test_a_slot_that_is_another_one_is_never_taken_for_it(ground: Ground) -> None:
    """Of the same name, but of another plugin or database: it does not have these changes."""
    make_slot(ground, "feed")
    other = slots.Moved("feed", "app", "pgoutput", False, "", "", None)
    with (
        psycopg.connect(ground.cloud.superuser_dsn(SOURCE), autocommit=True) as connection,
        pytest.raises(slots.NameTaken),
    ):
        slots.make(connection, other)
