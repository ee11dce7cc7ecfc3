"""What every store promises: the fake is held to the same tests as Redis."""

import json
import threading
from dataclasses import replace

import pytest
from store_ground import NOW, Ground, a_migration

from migration import pausing
from migration.errors import Conflict, NoSuchMigration, SourceBusy
from migration.events import (
    Approved,
    MigrationPaused,
    MigrationResumed,
    MigrationStarted,
    StepDone,
)
from migration.model import (
    Approval,
    Check,
    Evidence,
    Pause,
    Problem,
    Reading,
    Status,
    Waiting,
)
from migration.plan import CUT_OVER
from migration.ports import Glance, Inventory, Source, Work
from migration.schedule import work_of
from migration.sync import Disk, DiskLevel, Sync

EVIDENCE = Evidence((Check("lag", ok=True, detail="0.1 s"),), (), NOW)


def test_what_is_stored_comes_back_whole(ground: Ground) -> None:
    """Every field survives, those of nested parts included."""
    migration = replace(
        a_migration(),
        facts={"check_source": {"version": "15.4", "extensions": ["a", "b"], "size": 1.5}},
        waiting=Waiting("the cluster", NOW, 0.25),
        problem=Problem("check_source", "<no>", NOW),
        approval=Approval("promote", "U-ADAM", NOW, EVIDENCE),
    )
    ground.store.create(migration, [], None)

    assert ground.store.load(migration.id) == migration


def test_an_unknown_migration_is_an_error(ground: Ground) -> None:
    """There is no empty migration."""
    with pytest.raises(NoSuchMigration):
        ground.store.load("nothing")


def test_a_source_has_one_migration_under_way(ground: Ground) -> None:
    """The second is refused by the store itself, and leaves nothing behind."""
    ground.store.create(a_migration(), [], None)
    with pytest.raises(SourceBusy) as refused:
        ground.store.create(a_migration("orders-0002"), [], None)

    assert refused.value.migration_id == "orders-0001"
    assert [found.id for found in ground.store.under_way()] == ["orders-0001"]
    with pytest.raises(NoSuchMigration):
        ground.store.load("orders-0002")


def test_of_many_who_start_at_once_one_succeeds(ground: Ground) -> None:
    """Uniqueness holds against threads that race."""
    outcomes: list[str] = []

    def start(number: int) -> None:
        try:
            ground.store.create(a_migration(f"orders-{number:04}"), [], None)
            outcomes.append("created")
        except (SourceBusy, Conflict):
            outcomes.append("refused")

    threads = [threading.Thread(target=start, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["created"] + ["refused"] * 7


def test_an_ended_migration_frees_its_source(ground: Ground) -> None:
    """A final state lets another migration of the source begin."""
    migration = a_migration()
    ground.store.create(migration, [], None)
    ground.store.commit(migration, migration.to(Status.COMPLETED), [])
    ground.store.create(a_migration("orders-0002"), [], None)

    assert [found.id for found in ground.store.under_way()] == ["orders-0002"]


def test_state_events_and_job_come_together(ground: Ground) -> None:
    """A commit shows in all three at once."""
    migration = a_migration()
    ground.store.create(migration, [MigrationStarted(NOW, "U", "orders", "x")], work_of(migration))
    after = migration.to(Status.ACTIVE, position=1)
    ground.store.commit(migration, after, [StepDone(NOW, "check_source", {})], work_of(after))

    assert ground.store.load(migration.id) == after
    assert [entry.number for entry in ground.store.events(migration.id)] == [1, 2]
    assert [entry.number for entry in ground.store.events(migration.id, after=1)] == [2]
    assert ground.queued() == [
        ("orders-0001", "check_source", 1),
        ("orders-0001", "enable_backups", 2),
    ]


def test_a_commit_on_an_old_version_changes_nothing(ground: Ground) -> None:
    """Who comes second gets a conflict: no state, no event, no job."""
    migration = a_migration()
    ground.store.create(migration, [], None)
    first = migration.to(Status.ACTIVE, position=1)
    ground.store.commit(migration, first, [])
    late = migration.to(Status.CANCELLING)
    with pytest.raises(Conflict):
        ground.store.commit(migration, late, [StepDone(NOW, "x", {})], work_of(late))

    assert ground.store.load(migration.id) == first
    assert ground.store.events(migration.id) == []
    assert ground.queued() == []


def test_of_many_who_approve_at_once_one_wins(ground: Ground) -> None:
    """One conditional commit decides, and one cut-over is queued."""
    position = [step.name for step in a_migration().plan.steps].index(CUT_OVER)
    migration = replace(a_migration(), status=Status.WAITING_FOR_APPROVAL, position=position)
    ground.store.create(migration, [], None)
    outcomes: list[str] = []

    def approve(number: int) -> None:
        after = migration.to(Status.CUTTING_OVER)
        event = Approved(NOW, "promote", f"U{number}", EVIDENCE)
        try:
            ground.store.commit(migration, after, [event], work_of(after))
            outcomes.append("won")
        except Conflict:
            outcomes.append("lost")

    threads = [threading.Thread(target=approve, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["lost"] * 7 + ["won"]
    assert len(ground.store.events(migration.id)) == 1
    assert ground.queued() == [("orders-0001", CUT_OVER, 2)]


def test_delayed_work_is_not_queued_but_due(ground: Ground) -> None:
    """The reconciler finds it when its time has come."""
    migration = a_migration()
    ground.store.create(migration, [], None)
    after = migration.to(Status.ACTIVE)
    ground.store.commit(
        migration, after, [], Work(migration.id, "check_source", after.version, NOW + 30)
    )

    assert ground.queued() == []
    assert ground.store.overdue(NOW + 29) == []
    assert ground.store.overdue(NOW + 30) == [migration.id]


def test_a_cut_over_that_has_begun_is_found_until_it_ends(ground: Ground) -> None:
    """Without a clock: whoever carries it out may have another one."""
    migration = replace(a_migration(), status=Status.CUTTING_OVER)
    ground.store.create(migration, [], None)
    assert ground.store.cutting_over() == []
    begun = migration.to(Status.CUTTING_OVER, cut_over_began=NOW)
    ground.store.commit(migration, begun, [])
    assert ground.store.cutting_over() == [migration.id]
    ground.store.commit(begun, begun.to(Status.HALTED, cut_over_began=None), [])

    assert ground.store.cutting_over() == []


def test_queued_work_is_due_again_in_case_its_job_is_lost(ground: Ground) -> None:
    """A job that no worker finished is asked for again."""
    migration = a_migration()
    ground.store.create(migration, [], work_of(migration))

    assert ground.store.overdue(NOW) == []
    assert ground.store.overdue(NOW + 60) == [migration.id]


@pytest.mark.parametrize("status", [Status.HALTED, Status.PAUSED, Status.COMPLETED])
def test_nothing_is_due_where_only_a_person_moves_on(ground: Ground, status: Status) -> None:
    """What stands still or ended is left alone, also when somebody asks for another look."""
    migration = a_migration()
    ground.store.create(migration, [], work_of(migration))
    ground.store.commit(migration, migration.to(status), [])
    ground.store.look_again(migration.id, NOW)

    assert ground.store.overdue(NOW + 1e6) == []


def test_a_pause_holds_what_is_due_and_a_resume_asks_for_it(ground: Ground) -> None:
    """The job of the version before is left: whoever takes it finds another version."""
    migration = a_migration()
    ground.store.create(migration, [], work_of(migration))
    paused = pausing.pause(ground.store, migration, "U-ADAM", NOW + 1)
    ground.store.look_again(migration.id, NOW)
    held = ground.store.overdue(NOW + 1e6)
    resumed = pausing.resume(ground.store, ground.store.load(migration.id), "U-RITA", NOW + 61)

    assert ground.store.load(migration.id) == resumed
    assert (paused.paused, resumed.paused) == (Pause("U-ADAM", NOW + 1), None)
    assert held == []
    assert ground.store.overdue(NOW + 60) == [migration.id]
    assert ground.queued() == [
        ("orders-0001", "check_source", 1),
        ("orders-0001", "check_source", 3),
    ]
    assert [type(entry.event) for entry in ground.store.events(migration.id)] == [
        MigrationPaused,
        MigrationResumed,
    ]


def test_of_a_step_and_a_pause_the_first_counts(ground: Ground) -> None:
    """Neither is half taken: a pause that came second is no pause, and so is an answer."""
    migration = a_migration()
    ground.store.create(migration, [], work_of(migration))
    went_on = migration.to(Status.ACTIVE, position=1)
    ground.store.commit(migration, went_on, [], work_of(went_on))
    with pytest.raises(Conflict):
        pausing.pause(ground.store, migration, "U-ADAM", NOW)
    paused = pausing.pause(ground.store, went_on, "U-ADAM", NOW)
    late = went_on.to(Status.ACTIVE, position=2)
    with pytest.raises(Conflict):
        ground.store.commit(went_on, late, [], work_of(late))

    assert ground.store.load(migration.id) == paused
    assert ground.store.overdue(NOW + 1e6) == []


def test_stored_events_are_what_was_written(ground: Ground) -> None:
    """In order, the very JSON, whatever the code that reads it knows."""
    migration = a_migration()
    started = MigrationStarted(NOW, "U-RITA", "orders", "orders-aurora")
    ground.store.create(migration, [started], None)
    ground.store.append(migration.id, [StepDone(NOW, "check_source", {"words": "ü\n\u2028<x>"})])
    stored = ground.store.stored_events(migration.id)

    assert [json.loads(text)["kind"] for text in stored] == ["migration_started", "step_done"]
    assert json.loads(stored[1])["facts"] == {"words": "ü\n\u2028<x>"}
    assert ground.store.stored_events("nothing") == []


def test_appended_events_leave_the_version_alone(ground: Ground) -> None:
    """A journal entry makes no button stale."""
    migration = a_migration()
    ground.store.create(migration, [], None)
    ground.store.append(migration.id, [StepDone(NOW, "x", {"a": 1})])

    assert ground.store.load(migration.id).version == 1
    assert ground.store.events(migration.id)[0].event == StepDone(NOW, "x", {"a": 1})


def test_a_lease_is_held_by_one(ground: Ground) -> None:
    """Nobody else gets it until it is given back."""
    lease = ground.store.lease("m", 30)
    assert lease is not None
    assert ground.store.lease("m", 30) is None
    assert lease.renew()
    lease.release()
    again = ground.store.lease("m", 30)
    assert again is not None
    assert not lease.renew()
    lease.release()
    assert again.renew()


def test_what_was_seen_is_kept_in_order(ground: Ground) -> None:
    """Readings, evidence and the inventory come back as they were."""
    readings = [
        Reading("lag", float(number), "s", "CloudWatch", NOW + number) for number in range(3)
    ]
    for reading in readings:
        ground.store.add_reading("m", reading)
    source = Source(
        "o", "postgres", "15.4", "available", "db.t4g", 7, {"team": "x"}, "15.5", "It is a replica."
    )
    inventory = Inventory((source,), NOW, {"15.5": ("db.t4g.medium",)})
    ground.store.save_inventory(inventory)
    ground.store.save_evidence("m", EVIDENCE)

    assert ground.store.readings("m", "lag") == readings
    assert ground.store.readings("m", "bytes") == []
    assert ground.store.inventory() == inventory
    assert ground.store.evidence("m") == EVIDENCE
    assert ground.store.evidence("other") is None


def test_what_the_watch_saw_is_kept(ground: Ground) -> None:
    """The last look alone, positions to the byte."""
    seen = Sync(
        NOW, Disk(1.5, 100.0, None, -2.0), level=DiskLevel.ALARM, written=2**60 + 1, replayed=7
    )
    ground.store.save_sync("m", Sync(NOW, None, "nobody could look"))
    ground.store.save_sync("m", seen)

    assert ground.store.sync("m") == seen
    assert ground.store.sync("other") is None


def test_many_are_seen_at_one_glance(ground: Ground) -> None:
    """In the order asked for: the last reading of that name, the evidence, the watch's look."""
    for value in (3.0, 0.5):
        ground.store.add_reading("a", Reading("lag", value, "s", "here", NOW))
    ground.store.add_reading("a", Reading("bytes", 9.0, "bytes", "here", NOW))
    ground.store.save_evidence("b", EVIDENCE)
    ground.store.save_sync("b", Sync(NOW, None))

    assert ground.store.glances(["b", "a", "nothing"], "lag") == [
        Glance(None, EVIDENCE, Sync(NOW, None)),
        Glance(Reading("lag", 0.5, "s", "here", NOW), None, None),
        Glance(None, None, None),
    ]
    assert ground.store.glances([], "lag") == []


def test_what_ended_comes_by_its_end(ground: Ground) -> None:
    """Whatever began first; what is under way is not among it."""
    for number, source in enumerate(("a", "b", "c", "d")):
        migration = a_migration(f"{source}-1", source)
        ground.store.create(migration, [], None)
        if source != "c":
            over = migration.to(Status.COMPLETED, updated_at=NOW - number)
            ground.store.commit(migration, over, [])

    assert [found.id for found in ground.store.ended(2)] == ["a-1", "b-1"]
    assert [found.id for found in ground.store.ended(10)] == ["a-1", "b-1", "d-1"]


def test_the_newest_come_first(ground: Ground) -> None:
    """`/migrate list` shows the latest."""
    for number, source in enumerate(("a", "b", "c")):
        ground.store.create(
            replace(a_migration(f"{source}-1", source), created_at=NOW + number), [], None
        )

    assert [found.id for found in ground.store.recent(2)] == ["c-1", "b-1"]
