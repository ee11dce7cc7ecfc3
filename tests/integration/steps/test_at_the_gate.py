"""With a replica that follows: the gate's conditions, validation, and what keeps a replica."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import psycopg
import pytest
import standing_replay
from steps_ground import Ground, Journal, eventually

from migration.model import Evidence, Migration, Options
from migration.plan import CUT_OVER, plan_for
from migration.service import LAG
from migration.steps import Done, Wait
from workers.closure import (
    EPOCH_TAG,
    GROUPS_TAG,
    MIGRATION_TAG,
    PROMOTION_TAG,
    STATE_TAG,
    TARGET_TAG,
    SourceRecord,
    SourceState,
    TargetState,
)
from workers.evidence import gather
from workers.moment import at_one_moment
from workers.postgres import fence
from workers.postgres.connect import Connection, DatabaseUnreachable
from workers.postgres.databases import Databases
from workers.steps import lag, marks
from workers.steps.registry import STEPS
from workers.steps.remove_replica import MayBePromoted, check_never_promoted
from workers.steps.without_login.create_replica import check_unused
from workers.toolbox import Toolbox
from workers.traffic.port import Endpoint

SOURCES = ("orders",)

PLANNED = [step.name for step in plan_for("orders", Options("orders-aurora")).steps]
# But for the snapshot, which nothing here looks at.
BEFORE_THE_GATE = [
    name for name in PLANNED[: PLANNED.index(CUT_OVER)] if name != "take_safety_snapshot"
]


@dataclass
class StandingClock:
    """Tells one time."""

    time: float

    def now(self) -> float:
        """That time."""
        return self.time


@pytest.fixture(scope="module")
def migration(ground: Ground) -> Migration:
    """A migration whose plan has come to the gate."""
    # CloudWatch shows the worst of a minute: a test that broke something must not be waited for.
    patient = ground.migration("orders", "orders-aurora", lag_threshold_seconds=60)
    return ground.carried_to(patient, *BEFORE_THE_GATE)


def seen(ground: Ground, migration: Migration, tools: Toolbox | None = None) -> Evidence:
    """One gathering, its lag kept as the observer keeps it."""
    evidence = gather(migration, tools or ground.tools)
    if tools is None:
        ground.readings[migration.id].extend(evidence.readings)
    return evidence


def failing(evidence: Evidence) -> dict[str, str]:
    """What does not hold, with its words."""
    return {check.name: check.detail for check in evidence.checks if not check.ok}


def test_a_look_at_the_gate_asks_for_each_thing_once(ground: Ground, migration: Migration) -> None:
    """Source, replica, cluster, maintenance, metrics, the login; the next look asks anew."""
    for _ in range(2):
        before = ground.cloud.calls
        evidence = gather(migration, at_one_moment(ground.tools))
        calls = ground.cloud.calls - before

        assert not [check for check in evidence.checks if "could not be looked at" in check.detail]
        assert calls["rds", "DescribeDBInstances"] == 2
        assert calls["rds", "DescribeDBClusters"] == 1
        assert calls["secretsmanager", "GetSecretValue"] == 1
        assert calls.total() <= 8


def assert_holds_again(ground: Ground, migration: Migration) -> None:
    """All is well once more, so that the next test begins where this one did."""
    eventually(lambda: seen(ground, migration).holds, "a gate that holds again")


@contextmanager
def watched(ground: Ground, migration: Migration) -> Iterator[None]:
    """The gate held before the block, and holds again after it."""
    assert_holds_again(ground, migration)
    try:
        yield
    finally:
        assert_holds_again(ground, migration)


def test_the_gate_holds_when_all_is_well(ground: Ground, migration: Migration) -> None:
    """Fourteen conditions, each with words, and both readings of the lag."""
    assert_holds_again(ground, migration)
    evidence = seen(ground, migration)
    assert len(evidence.checks) == 14
    assert all(check.name and check.detail for check in evidence.checks)
    assert {reading.name for reading in evidence.readings} == {LAG, lag.LAG_BYTES}


def test_an_extension_without_files_on_the_target_shuts_the_gate(
    ground: Ground, migration: Migration
) -> None:
    """It came along in the copy since the validation; the version is the one that counts."""
    version = "UPDATE pg_extension SET extversion = {} WHERE extname = 'pgcrypto'"
    with watched(ground, migration), ground.superuser("orders") as connection:
        row = connection.execute(
            "SELECT extversion FROM pg_extension WHERE extname = 'pgcrypto'"
        ).fetchone()
        assert row is not None
        connection.execute(version.format("'9.9'").encode())
        words = failing(seen(ground, migration))["Extensions on the target"]
        connection.execute(version.format(f"'{row[0]}'").encode())
    assert "`app` uses the extension pgcrypto 9.9, and the target has no files" in words
    assert f"`{row[0]}`" in words


def test_slots_for_which_the_target_has_no_room_shut_the_gate(
    ground: Ground, migration: Migration
) -> None:
    """Where the plan makes them anew; what others hold on the target counts."""
    wanted = replace(migration, options=replace(migration.options, recreate_slots=True))
    name = "Slots can be made anew"
    make = "SELECT pg_create_logical_replication_slot('feed', 'pgoutput')"
    fill = (
        "SELECT count(pg_create_physical_replication_slot('s' || n)) FROM generate_series(2, "
        "current_setting('max_replication_slots')::int) n"
    )
    drop = "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots"
    target = marks.instance_name(migration)
    with watched(ground, migration), ground.superuser("orders") as source:
        source.execute(make)
        with ground.superuser(target) as replica:
            held = seen(ground, wanted, ground.tools)
            replica.execute(fill)
            words = failing(seen(ground, wanted, ground.tools))[name]
            replica.execute(drop)
        source.execute(f"{drop} WHERE slot_type = 'logical'".encode())
    (before,) = (check for check in held.checks if check.name == name)
    assert (before.ok, before.detail) == (
        True,
        "1 will be, before the target opens; nobody reads `feed` now",
    )
    assert "room for 1 replication slots, and 2 are needed" in words


def test_an_open_transaction_shuts_the_gate(ground: Ground, migration: Migration) -> None:
    """Who holds it open is named: the pause would wait for it."""
    strict = ground.tools.settings.model_copy(update={"longest_transaction_seconds": 0.01})
    tools = replace(ground.tools, settings=strict)
    with (
        watched(ground, migration),
        psycopg.connect(
            host=ground.cloud.address("orders"),
            port=ground.cloud.port,
            user="app",
            password=ground.cloud.password("orders", "app"),
            dbname="app",
            application_name="nightly",
        ) as connection,
    ):
        connection.execute("SELECT 1")
        eventually(
            lambda: (
                "app (nightly)"
                in failing(seen(ground, migration, tools)).get("No long transaction", "")
            ),
            "the long transaction",
        )


def test_a_table_that_would_arrive_empty_shuts_the_gate(
    ground: Ground, migration: Migration
) -> None:
    """The preflight let it pass: it was made unlogged since."""
    with watched(ground, migration), ground.superuser("orders") as connection:
        connection.execute("CREATE UNLOGGED TABLE sessions (id int PRIMARY KEY)")
        found = failing(seen(ground, migration))
        connection.execute("DROP TABLE sessions")
    assert "arrive empty: `sessions`" in found["Source still fit"]


def test_a_warning_that_nobody_has_taken_note_of_shuts_the_gate(
    ground: Ground, migration: Migration
) -> None:
    """It is named, and opens with the acknowledgement."""
    warned = replace(
        migration, facts={**migration.facts, "check_source": {"warnings": {"encrypted": ["No."]}}}
    )
    with watched(ground, migration):
        found = failing(seen(ground, warned))
        ground.acknowledged[migration.id] = frozenset({"encrypted"})
        assert "Warnings acknowledged" not in failing(seen(ground, warned))
    assert "`encrypted`" in found["Warnings acknowledged"]


def test_missing_metrics_shut_the_gate(ground: Ground, migration: Migration) -> None:
    """A reading that is missing never counts as zero."""
    # CloudWatch's last datapoint is too old four minutes from now.
    later = replace(ground.tools, clock=StandingClock(ground.tools.clock.now() + 240))
    with watched(ground, migration):
        found = failing(seen(ground, migration, later))
    assert "minutes old" in found["Lag under the threshold"]
    assert "Lag low for long enough" in found
    unmeasured = replace(migration, options=replace(migration.options, target="nothing"))
    look = lag.look(unmeasured, ground.tools)
    assert "has no datapoint" in look.missing[0]
    assert (look.metric, look.lag) == (None, None)


def test_a_broken_replication_shuts_the_gate(ground: Ground, migration: Migration) -> None:
    """A replica that does not follow is neither streaming nor of known lag."""
    with watched(ground, migration):
        with ground.superuser("orders-aurora-1") as connection:
            (conninfo,) = connection.execute("SHOW primary_conninfo").fetchone() or ("",)
            connection.execute("ALTER SYSTEM SET primary_conninfo = ''")
            # How long a standby waits before it looks for its source again.
            connection.execute("ALTER SYSTEM SET wal_retrieve_retry_interval = '100ms'")
            connection.execute("SELECT pg_reload_conf()")
        try:
            eventually(
                lambda: "Replica streaming and moving" in failing(seen(ground, migration)),
                "the break",
            )
            assert "Lag under the threshold" in failing(seen(ground, migration))
        finally:
            with ground.superuser("orders-aurora-1") as connection:
                quoted = conninfo.replace("'", "''")
                connection.execute(f"ALTER SYSTEM SET primary_conninfo = '{quoted}'".encode())
                connection.execute("SELECT pg_reload_conf()")


def test_a_lagging_replica_shuts_the_gate(ground: Ground, migration: Migration) -> None:
    """Lag above the requester's threshold, now or lately, is no state to cut over in."""
    strict = replace(migration, options=replace(migration.options, lag_threshold_seconds=0.000001))
    reading = replace(ground.readings[migration.id][-1], name=LAG, value=1.0)
    tools = replace(ground.tools, readings=lambda *_: [reading])
    found = failing(seen(ground, strict, tools))
    assert "Lag low for long enough" in found


def test_a_pooler_that_holds_traffic_shuts_the_gate(ground: Ground, migration: Migration) -> None:
    """Nothing may be paused before the cut-over pauses it."""
    with watched(ground, migration):
        ground.tools.traffic.pause("orders", epoch=0, timeout_seconds=5, resume_after_seconds=30)
        try:
            assert "holds traffic already" in failing(seen(ground, migration))["Poolers ready"]
        finally:
            ground.tools.traffic.resume("orders", epoch=0)


def test_the_backup_window_shuts_the_gate(ground: Ground, migration: Migration) -> None:
    """AWS takes its daily snapshot some time in it."""
    source = ground.tools.rds.instance("orders")
    assert source is not None
    hours, minutes = source.backup_window.split("-")[0].split(":")
    midnight = ground.tools.clock.now() // 86400 * 86400
    inside = StandingClock(midnight + int(hours) * 3600 + int(minutes) * 60 + 60)
    found = failing(seen(ground, migration, replace(ground.tools, clock=inside)))
    assert source.backup_window in found["No backup or maintenance now"]


def test_a_cluster_without_protection_shuts_the_gate(ground: Ground, migration: Migration) -> None:
    """Who switched it off may be about to delete it."""
    with watched(ground, migration):
        ground.tools.rds.unprotect_cluster("orders-aurora")
        try:
            found = failing(seen(ground, migration))
            assert "deletion protection" in found["Replica available"]
        finally:
            ground.tools.rds.protect_cluster("orders-aurora", 7)


def test_nothing_counts_that_could_not_be_looked_at(ground: Ground, migration: Migration) -> None:
    """Without a source, a target and a pooler entry nothing holds, and nothing is raised."""
    lost = replace(migration, source="nothing", facts={})
    evidence = seen(ground, lost, ground.tools)
    assert not evidence.holds
    assert set(failing(evidence)) >= {
        "Source available",
        "No long transaction",
        "No prepared transaction",
        "Source still fit",
        "Target validated",
        "Poolers ready",
        "Replica streaming and moving",
    }


@contextmanager
def tags_forgotten(ground: Ground, arn: str) -> Iterator[None]:
    """What the block puts there of a database that is closed from outside is taken away again."""
    names = [STATE_TAG, EPOCH_TAG, MIGRATION_TAG, TARGET_TAG, GROUPS_TAG, PROMOTION_TAG]
    try:
        yield
    finally:
        client = ground.session.client("rds", endpoint_url=ground.cloud.endpoint_url)
        client.remove_tags_from_resource(ResourceName=arn, TagKeys=names)


@contextmanager
def replay_held(ground: Ground) -> Iterator[None]:
    """The replica receives everything and applies nothing."""
    with ground.superuser("orders-aurora-1") as connection:
        connection.execute("SELECT pg_wal_replay_pause()")
        eventually(
            lambda: (
                connection.execute("SELECT pg_get_wal_replay_pause_state()").fetchone()
                == ("paused",)
            ),
            "the pause",
        )
        try:
            with ground.superuser("orders") as source:
                source.execute("SELECT pg_logical_emit_message(false, 'test', 'something new')")
                source.execute("SELECT pg_switch_wal()")
            yield
        finally:
            connection.execute("SELECT pg_wal_replay_resume()")


def test_a_replica_that_receives_and_does_not_replay_shuts_the_gate(
    ground: Ground, migration: Migration
) -> None:
    """Streaming alone proves nothing: what was written a moment ago has to be replayed."""
    with watched(ground, migration), replay_held(ground):
        found = failing(seen(ground, migration))
    assert "not replayed yet" in found["Replica streaming and moving"]


def test_validation_waits_for_the_replay_of_what_it_counted(
    ground: Ground, migration: Migration
) -> None:
    """Counts are compared at one comparable point, or not at all."""
    hasty = replace(migration, options=replace(migration.options, lag_threshold_seconds=0.1))
    with watched(ground, migration), replay_held(ground):
        outcome = ground.look(hasty, "validate_target")
    assert isinstance(outcome, Wait)
    assert "has yet to replay" in outcome.reason


def test_validation_holds_under_writes(ground: Ground, migration: Migration) -> None:
    """A table that grows meanwhile lies between its two counts; one that does not is equal."""
    with ground.superuser("orders") as connection:
        connection.execute("CREATE TABLE still (id int); INSERT INTO still VALUES (1)")
        connection.execute("CREATE TABLE growing (id int)")
    stop = threading.Event()

    def write() -> None:
        with ground.superuser("orders") as connection:
            while not stop.is_set():
                connection.execute("INSERT INTO growing SELECT generate_series(1, 50)")

    writer = threading.Thread(target=write)
    writer.start()
    try:
        outcomes = []
        eventually(
            lambda: (
                bool(outcomes.append(ground.look(migration, "validate_target")))
                or isinstance(outcomes[-1], Done)
            ),
            "a validation under load",
        )
    finally:
        stop.set()
        writer.join()
        with ground.superuser("orders") as connection:
            connection.execute("DROP TABLE still, growing")
    outcome = outcomes[-1]
    assert isinstance(outcome, Done)
    compared = outcome.facts["databases"]["app"]
    assert compared["tables_equal"] >= 1
    assert compared["tables_equal"] + compared["tables_between"] == 2
    assert compared["rows"] > 1


def test_a_replica_is_kept_while_an_attempt_stands_on_its_source(
    ground: Ground, migration: Migration
) -> None:
    """A fence that was never lifted means that the target may have been promoted."""
    with ground.tools.databases.source("orders") as connection:
        fence.prepare(connection, migration.id)
        connection.execute("UPDATE daybreak.fence SET state = 'fenced', epoch = 7")
    before = list(ground.changes)
    try:
        with pytest.raises(MayBePromoted, match="attempt of epoch 7"):
            STEPS["create_replica"](ground.tools).compensate(migration, Journal())
    finally:
        with ground.tools.databases.source("orders") as connection:
            connection.execute("DROP SCHEMA daybreak CASCADE")
    assert ground.changes == before


def test_without_a_login_a_replica_is_kept_for_what_its_tags_say(
    ground: Ground, migration: Migration
) -> None:
    """Each alone: a copy that was not made closed, an intent, an end, a source that waits."""
    rds = ground.tools.rds
    cluster, source = rds.cluster(migration.target), rds.instance(migration.source)
    assert cluster is not None
    assert source is not None

    def kept(why: str, begun: Migration = migration) -> None:
        with pytest.raises(MayBePromoted, match=why):
            check_unused(begun, cluster, ground.tools)

    with tags_forgotten(ground, cluster.arn), tags_forgotten(ground, source.arn):
        kept("do not say that it was made closed")
        rds.closing.tag(cluster.arn, {STATE_TAG: TargetState.CLOSED.value, GROUPS_TAG: "sg-1"})
        check_unused(migration, cluster, ground.tools)
        kept("a cut-over began", replace(migration, cut_over_began=1.0))
        for state in (TargetState.OPENED, TargetState.ABANDONED):
            rds.closing.tag(cluster.arn, {STATE_TAG: state.value})
            kept(f"call it {state}")
        rds.closing.tag(cluster.arn, {STATE_TAG: TargetState.CLOSED.value})
        waits = SourceRecord(3, SourceState.CLOSED, "another", cluster.id, ("sg-1",))
        rds.closing.tag(source.arn, waits.tags)
        kept("is closed for it")
        rds.closing.tag(source.arn, replace(waits, target="another-cluster").tags)
        check_unused(migration, cluster, ground.tools)
        rds.closing.tag(cluster.arn, {PROMOTION_TAG: "7"})
        kept("was intended")


class SourceTakesNoLogin(Databases):
    """As when its disk is full."""

    @contextmanager
    def source(self, source: str, dbname: str = "") -> Iterator[Connection]:
        """Nobody gets in."""
        raise DatabaseUnreachable(Endpoint(source, 5432), OSError(f"no space left {dbname}"))
        yield


def test_a_replica_is_kept_upon_the_word_of_either_side(
    ground: Ground, migration: Migration
) -> None:
    """A copy lags: an attempt may stand on the source alone, or be ended there alone."""
    real = ground.tools
    full = replace(
        real, databases=SourceTakesNoLogin(real.secrets, real.rds, real.settings.rds_ca_file)
    )
    cluster = real.rds.cluster(migration.target)
    assert cluster is not None

    def copied(state: fence.State) -> bool:
        with real.databases.target(migration.target) as target:
            try:
                return fence.read(target).state is state
            except fence.NoFence:
                return False

    with real.databases.source("orders") as source:

        def put(state: fence.State, epoch: int) -> None:
            source.execute("UPDATE daybreak.fence SET state = %s, epoch = %s", [state, epoch])

        fence.prepare(source, migration.id)
        replica = ground.cloud._datacenter.servers["orders-aurora-1"]
        try:
            eventually(lambda: copied(fence.State.OPEN), "the fence on the copy")
            with standing_replay.standing(replica):
                put(fence.State.FENCED, 7)
                with pytest.raises(MayBePromoted, match="attempt of epoch 7"):
                    check_never_promoted(migration, cluster, real)
            eventually(lambda: copied(fence.State.FENCED), "the attempt on the copy")
            with standing_replay.standing(replica):
                put(fence.State.OPEN, 7)
                with pytest.raises(MayBePromoted, match="attempt of epoch 7"):
                    check_never_promoted(migration, cluster, real)
                with pytest.raises(DatabaseUnreachable):
                    check_never_promoted(migration, cluster, full)
                put(fence.State.OPEN, 8)
                check_never_promoted(migration, cluster, real)
        finally:
            source.execute("DROP SCHEMA daybreak CASCADE")


def test_a_full_source_does_not_keep_its_replica(ground: Ground, migration: Migration) -> None:
    """Deleting the replica lets the WAL go; the target's own word is enough for it."""
    real = ground.tools
    full = replace(
        real, databases=SourceTakesNoLogin(real.secrets, real.rds, real.settings.rds_ca_file)
    )
    journal = Journal()
    with watched(ground, migration):
        outcome = STEPS["create_replica"](full).compensate(migration, journal)
        try:
            assert isinstance(outcome, Wait)
            assert journal.finished == ["switch_off_deletion_protection"]
        finally:
            ground.tools.rds.protect_cluster("orders-aurora", 7)


def test_a_role_that_is_dropped_under_the_fence_keeps_nobody_out(
    ground: Ground, migration: Migration
) -> None:
    """Reopening lets in whoever is left; it used to fail for good at the one that was gone."""
    with ground.superuser("orders") as provider:
        provider.execute("CREATE ROLE leaves LOGIN")
        with ground.tools.databases.source("orders") as connection:
            try:
                fence.prepare(connection, migration.id)
                epoch = fence.raise_epoch(connection, migration.id, migration.target, 0)
                off = fence.close(connection, epoch, rehearse=False)
                provider.execute("DROP ROLE leaves")
                fence.announce_reopening(connection, epoch)
                fence.reopen(connection, epoch + 1)
                after = fence.read(connection)
            finally:
                connection.execute("DROP SCHEMA daybreak CASCADE")
        left = [role for role in off if role != "leaves"]
        found = provider.execute(
            "SELECT bool_and(rolcanlogin), count(*) FROM pg_roles WHERE rolname = ANY (%s)", [left]
        ).fetchone()

    assert "leaves" in off
    assert found == (True, len(left))
    assert (after.state, after.logins_off) == (fence.State.OPEN, ())
