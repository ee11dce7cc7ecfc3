"""The watch over a replica and its source's disk, and the replica that is dropped."""

import time
from collections.abc import Callable
from dataclasses import replace

import pytest
from steps_ground import Ground, Journal, eventually

from migration.errors import Permanent
from migration.model import Check, Migration, Status, Waiting
from migration.service import LAG
from migration.steps import Done, Wait
from migration.sync import DiskLevel, Sync
from workers.evidence import gather
from workers.steps import alarms, marks
from workers.steps.create_replica import SHOWN_SECONDS
from workers.steps.lag import LAG_BYTES
from workers.steps.registry import STEPS
from workers.steps.remove_replica import SLOT_SECONDS
from workers.sync import watch

SOURCES = ("orders",)
GIB = 2**30


@pytest.fixture(scope="module")
def prepared(ground: Ground) -> Migration:
    """A migration that is watched every 0.1 s, before its replica."""
    quick = ground.tools.settings.model_copy(
        update={
            "sync_seconds": 0.1,
            "stall_seconds": 0.3,
            # What these tests write in a moment is no trend of a day.
            "disk_warning_hours": 0.5,
            "disk_alarm_hours": 0.1,
        }
    )
    ground.tools = replace(ground.tools, settings=quick)
    # CloudWatch shows the worst of a minute, and these tests let the replica fall behind.
    begun = ground.migration("orders", "orders-aurora", lag_threshold_seconds=60)
    return ground.carried_to(begun, "check_source", "copy_parameters")


@pytest.fixture
def migration(ground: Ground, prepared: Migration) -> Migration:
    """The same with its replica, made anew where a test has dropped it."""
    return ground.carried_to(prepared, "create_replica")


class Watcher:
    """Looks again and again, each time with what it saw before."""

    def __init__(self, ground: Ground, migration: Migration) -> None:
        self._ground, self._migration = ground, migration
        self.seen: Sync | None = None

    def look(self) -> Sync:
        """Once."""
        journal = Journal()
        self.seen = watch.look(self._migration, self._ground.tools, journal, self.seen)
        self._ground.readings.setdefault(self._migration.id, []).extend(journal.readings)
        return self.seen

    def until(self, trouble: str, meanwhile: Callable[[], None] = lambda: None) -> Sync:
        """Until this is wrong with it, or nothing."""

        def seen() -> bool:
            meanwhile()
            found = self.look().trouble
            return trouble in found if trouble else not found

        eventually(seen, trouble or "no trouble")
        assert self.seen is not None
        return self.seen


def write(ground: Ground) -> None:
    """The source writes something that the replica has yet to replay."""
    with ground.superuser("orders") as source:
        source.execute("SELECT pg_logical_emit_message(true, 'x', repeat('x', 300000))")


def slots(ground: Ground) -> list[str]:
    """The source's physical slots."""
    with ground.superuser("orders") as source:
        found = source.execute(
            "SELECT slot_name FROM pg_replication_slots WHERE slot_type = 'physical'"
        ).fetchall()
    return [name for (name,) in found]


def test_a_replica_that_moves_is_no_trouble(ground: Ground, migration: Migration) -> None:
    """Its source's disk is seen with it: what is free, what is kept, and that it is large."""
    watcher = Watcher(ground, migration)
    watcher.look()
    write(ground)
    watcher.until("")
    # Two looks that lie close together make much of what was written between them.
    eventually(lambda: watcher.look().level is DiskLevel.OK, "a disk with room")
    seen = watcher.look()
    assert (seen.trouble, seen.unseen, seen.level) == ("", "", DiskLevel.OK)
    assert seen.disk is not None
    assert seen.disk.allocated_bytes == 100 * GIB
    assert 90 * GIB < seen.disk.free_bytes < 100 * GIB
    assert seen.disk.kept_bytes is not None
    assert seen.written is not None
    assert seen.replayed is not None


def test_a_replica_that_stands_still_is_told(ground: Ground, migration: Migration) -> None:
    """Not at once, not while the source writes nothing, and no longer when it moves again."""
    watcher = Watcher(ground, migration)
    watcher.look()
    ground.cloud.scenario.replica_stalled = True
    time_before = time.monotonic()
    seen = watcher.until("stands still", meanwhile=lambda: write(ground))
    assert time.monotonic() - time_before >= ground.tools.settings.stall_seconds
    assert seen.disk is not None
    ground.cloud.scenario.replica_stalled = False
    watcher.until("")


def test_a_disk_that_fills_up_is_seen_to(ground: Ground, migration: Migration) -> None:
    """WAL that is kept counts by its growth, and little room is an alarm however slowly it goes."""
    watcher = Watcher(ground, migration)
    ground.cloud.scenario.replica_stalled = True
    try:
        for _ in range(12):
            write(ground)
            seen = watcher.look()
            time.sleep(0.1)
        assert seen.disk is not None
        assert seen.disk.kept_bytes is not None
        assert seen.disk.kept_bytes > 1_000_000
        assert seen.disk.full_in_seconds is not None
        assert seen.disk.bytes_a_second > 100_000
        ground.cloud.scenario.storage_gib["orders"] = 20.0
        ground.cloud.scenario.metrics_said["FreeStorageSpace", "orders"] = 0.5 * GIB
        assert watcher.look().level is DiskLevel.ALARM
    finally:
        ground.cloud.scenario.metrics_said.clear()
        ground.cloud.scenario.storage_gib.clear()
        ground.cloud.scenario.replica_stalled = False
    Watcher(ground, migration).until("")


def test_a_source_that_tells_nothing_is_unknown_and_not_safe(
    ground: Ground, migration: Migration
) -> None:
    """Its level stays what it was."""
    watcher = Watcher(ground, migration)
    ground.cloud.scenario.metrics_said["FreeStorageSpace", "orders"] = 0.5 * GIB
    assert watcher.look().level is DiskLevel.ALARM
    ground.cloud.scenario.metrics_said.clear()
    later = replace(ground.tools, clock=StandingClock(time.time() + 400))
    seen = watch.look(migration, later, Journal(), watcher.seen)
    assert seen.disk is None
    assert "has no datapoint of `FreeStorageSpace`" in seen.unseen
    assert seen.level is DiskLevel.ALARM


class StandingClock:
    """Always the same time."""

    def __init__(self, time: float) -> None:
        self._time = time

    def now(self) -> float:
        """That time."""
        return self._time


def test_dropped_the_source_keeps_nothing_for_it(ground: Ground, migration: Migration) -> None:
    """The step that made it takes it down, and is done when the slot is seen to be gone."""
    assert len(slots(ground)) == 1
    watcher = Watcher(ground, migration)
    facts = ground.compensate(migration, "create_replica")
    assert facts["slot_gone"] is True
    assert "no physical slot any more" in facts["slot"]
    assert slots(ground) == []
    assert "is gone: somebody deleted it" in watcher.look().trouble


def test_a_slot_that_is_left_over_is_waited_for_and_then_said(
    ground: Ground, migration: Migration
) -> None:
    """AWS's word that the replica is gone is no proof; nobody waits for it for ever."""
    step = STEPS["create_replica"](ground.tools)
    ground.compensate(migration, "create_replica")
    with ground.superuser("orders") as source:
        source.execute("SELECT pg_create_physical_replication_slot('rds_left_over', true)")
        try:
            waits = step.compensate(migration, Journal())
            long = replace(migration, waiting=Waiting("", time.time() - SLOT_SECONDS - 1))
            done = step.compensate(long, Journal())
            # Its own deletion may have lasted as long: the slot's time begins when it is gone.
            ground.done_at["delete_cluster"] = time.time()
            waits_on = step.compensate(long, Journal())
        finally:
            ground.done_at.clear()
            source.execute("SELECT pg_drop_replication_slot('rds_left_over')")
    assert isinstance(waits, Wait)
    assert isinstance(waits_on, Wait)
    assert "rds_left_over" in waits.reason
    assert isinstance(done, Done)
    assert done.facts["slot_gone"] is False
    assert "rds_left_over" in done.facts["slot"]
    assert ground.tools.rds.cluster(migration.target) is None
    assert ground.tools.rds.instance(marks.instance_name(migration)) is None


def test_a_replica_that_failed_is_told_and_can_be_dropped(
    ground: Ground, migration: Migration
) -> None:
    """Nothing answers there; its source's word is enough that it was never promoted."""
    watcher = Watcher(ground, migration)
    watcher.until("")
    ground.cloud.scenario.replica_fails = "failed"
    try:
        watcher.until("is `failed`")
    finally:
        ground.cloud.scenario.replica_fails = ""
    assert ground.compensate(migration, "create_replica")["slot_gone"] is True


def test_what_somebody_deleted_is_not_made_again_unasked(
    ground: Ground, migration: Migration
) -> None:
    """It may have saved the source's disk; a retry, which empties the record, makes it anew."""
    ground.compensate(migration, "create_replica")
    ground.done_at["create_cluster"] = time.time()
    assert "does not show" in getattr(ground.look(migration, "create_replica"), "reason", "")
    ground.done_at["create_cluster"] = time.time() - SHOWN_SECONDS
    before = list(ground.changes)
    with pytest.raises(Permanent, match="was made and is gone: somebody deleted it"):
        ground.look(migration, "create_replica")
    assert ground.changes == before
    ground.done_at.clear()


def alarm_check(ground: Ground, migration: Migration) -> Check:
    """What the gate says of CloudWatch's alarms."""
    (found,) = [one for one in gather(migration, ground.tools).checks if one.name == "Alarms quiet"]
    return found


def test_an_alarm_that_is_not_quiet_holds_the_gate(ground: Ground, migration: Migration) -> None:
    """Three watch a migration; without data one is as bad as one that went off, or is gone."""
    migration = ground.carried_to(migration, "watch_lag")
    names = migration.fact("watch_lag", "alarms")
    assert set(ground.tools.metrics.alarms.states(names)) == set(names)
    assert len(names) == 3

    def says(words: str) -> bool:
        return words in alarm_check(ground, migration).detail

    eventually(lambda: alarm_check(ground, migration).ok, "quiet alarms")
    said = ground.cloud.scenario.metrics_said
    for metric, instance, value, what in (
        ("FreeStorageSpace", "orders", 1.0 * GIB, "storage"),
        ("OldestReplicationSlotLag", "orders", 30.0 * GIB, "slot"),
        ("RDSToAuroraPostgreSQLReplicaLag", "orders-aurora-1", 61.0, "lag"),
    ):
        said[metric, instance] = value
        eventually(lambda what=what: says(f"-{what}` is ALARM: Threshold Crossed"), what)
        assert not alarm_check(ground, migration).ok
        said.clear()
        eventually(lambda: alarm_check(ground, migration).ok, "a quiet alarm again")
    ground.cloud.scenario.metrics_missing = True
    eventually(lambda: says("is INSUFFICIENT_DATA: Insufficient Data"), "no data")
    ground.cloud.scenario.metrics_missing = False
    eventually(lambda: alarm_check(ground, migration).ok, "data again")
    ground.tools.metrics.alarms.delete(names[:1])
    assert says("is gone: somebody deleted it")
    assert not alarm_check(ground, migration).ok
    # They go with the replica: none is left that nobody would understand.
    ground.compensate(migration, "create_replica")
    assert not ground.tools.metrics.alarms.states(alarms.names(migration))


def test_the_lag_of_a_paused_migration_is_watched_on(ground: Ground, migration: Migration) -> None:
    """Its own step does not look: the watch leaves the readings, and only then."""

    def readings(watched: Migration) -> set[str]:
        journal = Journal()
        watch.look(watched, ground.tools, journal, None)
        return {reading.name for reading in journal.readings}

    paused = replace(migration, status=Status.PAUSED)
    eventually(lambda: {LAG, LAG_BYTES} <= readings(paused), "readings of the lag")
    assert LAG not in readings(migration)
