"""AWS on a bad day: every switch of the scenario does what it says, to a real server."""

import os
import signal
from typing import Any

import psycopg
import pytest
import standing_replay
from aws_ground import CLUSTER, MEMBER, ONCE, PATIENCE, Ground, eventually, refused
from botocore.config import Config
from botocore.exceptions import ConnectionClosedError, ReadTimeoutError

SOURCES = ("orders",)
LONG = PATIENCE * 2
# Each has a replica of its own.
pytestmark = pytest.mark.table("unkind AWS", slices=3)


def _started(ground: Ground) -> Any:
    with ground.provider(MEMBER) as connection:
        return connection.execute("SELECT pg_postmaster_start_time()").fetchone()


def test_refusals_that_were_not_executed_leave_a_standby(replica: Ground) -> None:
    """Throttling, a 500, a request lost before the act: still in recovery, and sendable again."""
    scenario = replica.cloud.scenario
    scenario.promote_throttled_times = 1
    with refused("Throttling"):
        replica.promote()
    scenario.promote_fails_unexecuted_times = 1
    with refused("InternalFailure"):
        replica.promote()
    scenario.lose_promote_requests = 1
    with pytest.raises(ConnectionClosedError):
        replica.promote()
    assert replica.cluster()["Status"] == "available"
    assert replica.in_recovery()
    replica.promote()
    replica.until_cluster_is("available")
    assert not replica.in_recovery()


def test_a_500_after_the_act_has_promoted(replica: Ground) -> None:
    """A 500 may come although the promotion was carried out: only looking tells."""
    replica.cloud.scenario.promote_fails_times = 1
    with refused("InternalFailure"):
        replica.promote()
    eventually(lambda: not replica.in_recovery(), "promotion")
    replica.until_cluster_is("available")
    assert "ReplicationSourceIdentifier" not in replica.cluster()


def test_a_lost_answer_has_promoted_and_restarts_with_its_sessions(replica: Ground) -> None:
    """The connection drops after the act, and the target restarts on top."""
    before = _started(replica)
    replica.cloud.scenario.lose_promote_answers = 1
    replica.cloud.scenario.promote_restarts_target = True
    with pytest.raises(ConnectionClosedError):
        replica.promote()
    replica.until_cluster_is("available")
    assert not replica.in_recovery()
    assert _started(replica) > before


def test_a_call_may_be_carried_out_after_its_client_gave_up(replica: Ground) -> None:
    """A read time-out proves nothing: the promotion happens all the same."""
    replica.cloud.scenario.promote_call_delay_seconds = 1.0
    hasty = replica.client("rds", ONCE.merge(Config(read_timeout=0.2)))
    with pytest.raises(ReadTimeoutError):
        hasty.promote_read_replica_db_cluster(DBClusterIdentifier=CLUSTER)
    eventually(lambda: not replica.in_recovery(), "promotion")


def test_promotion_that_lasts_keeps_the_target_read_only(replica: Ground) -> None:
    """A promotion may last minutes, `promoting` and read-only, and settle long after it writes."""
    scenario = replica.cloud.scenario
    scenario.promote_seconds = 1.0
    scenario.promote_settle_seconds = 1.0
    replica.promote()
    assert replica.in_recovery()
    assert replica.cluster()["Status"] == "promoting"
    eventually(lambda: not replica.in_recovery(), "promotion")
    assert replica.cluster()["Status"] == "promoting"
    assert "ReplicationSourceIdentifier" in replica.cluster()
    replica.until_cluster_is("available")


def test_a_promotion_outlives_its_server(replica: Ground) -> None:
    """AWS brings a target up that died while it was promoting, and finishes what it began."""
    server = replica.cloud._datacenter.servers[MEMBER]
    # It can't obey yet; and a standby whose replay dies goes down with it.
    replay = standing_replay.stop(server)
    replica.promote()
    os.kill(replay, signal.SIGKILL)
    eventually(lambda: server.pid is None, "the end of the server")
    assert replica.cluster()["Status"] == "promoting"
    server.start()
    eventually(lambda: not replica.in_recovery(), "promotion")
    replica.until_cluster_is("available")
    assert "ReplicationSourceIdentifier" not in replica.cluster()


def test_describe_answers_may_lag(no_replica: Ground) -> None:
    """A lagging describe shows what was: a new cluster is not there, a deleted one still is."""
    scenario = no_replica.cloud.scenario
    no_replica.create_cluster()
    no_replica.until_cluster_is("available")
    with no_replica.provider():
        scenario.describe_lag_seconds = LONG
        with refused("DBClusterNotFoundFault"):
            no_replica.cluster()
        scenario.describe_lag_seconds = 0
        assert no_replica.cluster()["Status"] == "available"
    scenario.describe_lag_seconds = 3.0

    def there() -> bool:
        return no_replica.rds.describe_db_clusters()["DBClusters"] != []

    # it has to have been there for as long as the answers lag
    eventually(there, "the creation to be seen")
    no_replica.rds.delete_db_cluster(DBClusterIdentifier=CLUSTER, SkipFinalSnapshot=True)
    assert there()
    eventually(lambda: not there(), "the deletion to be seen")


def test_creating_a_replica_may_take_its_time(no_replica: Ground) -> None:
    """The instance stays `creating`, without an endpoint, as long as the scenario says."""
    scenario = no_replica.cloud.scenario
    scenario.create_replica_seconds = LONG
    no_replica.create_cluster()
    no_replica.until_cluster_is("available")
    scenario.create_replica_seconds = 0.5
    no_replica.create_member()
    assert no_replica.instance(MEMBER)["DBInstanceStatus"] == "creating"
    assert "Endpoint" not in no_replica.instance(MEMBER)
    no_replica.until_instance_is("available", MEMBER)


def test_replica_may_apply_late_and_its_lag_says_so(replica: Ground) -> None:
    """With a delay the lag grows while the source writes, and falls to zero when it is lifted."""
    replica.cloud.scenario.replica_apply_delay_seconds = LONG

    def delayed() -> bool:
        return replica.show("recovery_min_apply_delay", MEMBER) != "0"

    eventually(delayed, "the delay on the replica")
    with replica.provider() as source:
        source.execute("CREATE TABLE IF NOT EXISTS late (id int)")
        source.execute("INSERT INTO late VALUES (1)")

    def lag() -> float | None:
        found = replica.readings("RDSToAuroraPostgreSQLReplicaLag", MEMBER)
        return found[0][1] if found else None

    eventually(lambda: (lag() or 0.0) > 0, "lag")
    replica.cloud.scenario.replica_apply_delay_seconds = 0
    eventually(lambda: lag() == 0, "no lag")


def test_metrics_may_vanish(ground: Ground) -> None:
    """CloudWatch may have no datapoints for a while: then there are none, not zeros."""
    eventually(lambda: ground.readings("DatabaseConnections", "orders"), "a datapoint")
    ground.cloud.scenario.metrics_missing = True
    # One that was on its way may still come; from then on the newest one stays the newest.
    newest = [ground.readings("DatabaseConnections", "orders")[0][0]]

    def silent() -> bool:
        latest = ground.readings("DatabaseConnections", "orders")[0][0]
        same = bool(latest == newest[0])
        newest[0] = latest
        return same

    try:
        eventually(silent, "silence")
    finally:
        ground.cloud.scenario.metrics_missing = False
    eventually(lambda: not silent(), "datapoints again")


def test_a_disk_fills_up_for_real(ground: Ground) -> None:
    """Without room the instance is `storage-full` and takes nobody; with more it goes on."""
    scenario = ground.cloud.scenario
    gib = 1024**3
    with ground.provider() as source:
        (held,) = source.execute(
            "SELECT sum(size)::bigint + (SELECT sum(pg_database_size(oid)) FROM pg_database)"
            " FROM pg_ls_waldir()"
        ).fetchone() or (0,)
    scenario.storage_gib["orders"] = (int(held) + 30 * 2**20) / gib
    try:
        assert ground.instance()["AllocatedStorage"] == 1
        assert ground.instance()["DBInstanceStatus"] == "available"

        def room() -> float | None:
            found = ground.readings("FreeStorageSpace", "orders")
            return found[0][1] if found else None

        eventually(lambda: (room() or gib) < gib / 4, "little room")
        with ground.provider() as source:
            # It keeps all of its log, as it does for a replica that takes nothing.
            source.execute("SELECT pg_create_physical_replication_slot('kept', true)")
            with pytest.raises(psycopg.OperationalError):
                source.execute(
                    "SELECT pg_logical_emit_message(false, 'fill', repeat('x', 1000000)),"
                    " pg_sleep(0.01) FROM generate_series(1, 5000)"
                )
        ground.until_instance_is("storage-full")
        with pytest.raises(psycopg.OperationalError):
            ground.connect()
        scenario.storage_gib["orders"] *= 20
        ground.until_instance_is("available")
        with ground.provider() as source:
            source.execute("SELECT pg_drop_replication_slot('kept')")
    finally:
        scenario.storage_gib.clear()


def test_a_replica_may_stand_still(replica: Ground) -> None:
    """It keeps its connection, and what the source writes does not reach it."""
    behind = "SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn) FROM pg_stat_replication"
    scenario = replica.cloud.scenario
    scenario.replica_stalled = True
    with replica.provider() as source:

        def lags() -> bool:
            source.execute("SELECT pg_logical_emit_message(false, 'x', repeat('x', 100000))")
            rows = source.execute(behind).fetchall()
            return len(rows) == 1 and rows[0][0] > 1_000_000

        eventually(lags, "a replica that is far behind")
        scenario.replica_stalled = False
        eventually(lambda: source.execute(behind).fetchone() == (0,), "a replica that took it all")


def test_a_replica_may_fail(replica: Ground) -> None:
    """Its instance says so, nothing answers there, and the source keeps the slot."""
    replica.cloud.scenario.replica_fails = "failed"
    replica.until_instance_is("failed", MEMBER)

    def silent() -> bool:
        try:
            replica.connect(MEMBER).close()
        except psycopg.OperationalError:
            return True
        return False

    eventually(silent, "the end of its server")
    with replica.provider() as source:
        slots = source.execute("SELECT count(*) FROM pg_replication_slots").fetchone()
    assert slots == (1,)
    replica.cloud.scenario.replica_fails = ""
