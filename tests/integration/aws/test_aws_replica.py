"""The life of a replica cluster: built, followed, promoted, deleted, and what AWS refuses."""

from typing import Any

import psycopg
import pytest
from aws_ground import CLUSTER, MEMBER, PATIENCE, SOURCE, Ground, eventually, refused

SOURCES = ("orders", "billing")


def test_replica_streams_and_is_described_from_both_ends(replica: Ground) -> None:
    """A replica is a standby: what is committed arrives, it only reads, and both ends name it."""
    with replica.provider() as source:
        source.execute("CREATE TABLE IF NOT EXISTS arrivals (id int PRIMARY KEY)")
        position = source.execute("SELECT pg_current_wal_insert_lsn()").fetchone()
    assert position is not None
    with replica.provider(MEMBER) as here, replica.connect(MEMBER) as target:
        replayed = "SELECT pg_last_wal_replay_lsn() >= %s::pg_lsn"
        eventually(lambda: here.execute(replayed, position).fetchone() == (True,), "replay")
        assert target.execute("SELECT to_regclass('arrivals')::text").fetchone() == ("arrivals",)
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            target.execute("CREATE TABLE refused ()")
    source_view, cluster = replica.instance(), replica.cluster()
    assert source_view["ReadReplicaDBClusterIdentifiers"] == [CLUSTER]
    assert cluster["ReplicationSourceIdentifier"] == source_view["DBInstanceArn"]
    assert [m["IsClusterWriter"] for m in cluster["DBClusterMembers"]] == [False]
    assert cluster["Endpoint"] == replica.instance(MEMBER)["Endpoint"]["Address"]
    # A standby below its primary would stop replaying: RDS raises these.
    for setting in ("max_connections", "max_worker_processes", "max_wal_senders"):
        assert int(replica.show(setting, MEMBER)) >= int(replica.show(setting))


def test_promotion_ends_sessions_and_makes_a_writer(replica: Ground) -> None:
    """Promotion ends sessions, makes a writer, cuts it off from its source; twice does no harm."""
    slots = "SELECT count(*) FROM pg_replication_slots WHERE slot_type = 'physical'"
    with replica.connect(MEMBER) as before, replica.provider() as source:
        assert source.execute(slots).fetchone() == (1,)
        assert replica.promote()["Status"] == "promoting"
        with refused("InvalidDBClusterStateFault"):
            replica.promote()
        with pytest.raises(psycopg.OperationalError):
            before.execute("SELECT pg_sleep(%s)", (PATIENCE,))
        replica.until_cluster_is("available")
        # One that nobody reads would fill the source's disk.
        assert source.execute(slots).fetchone() == (0,)
    with refused("InvalidDBClusterStateFault"):
        replica.promote()
    cluster = replica.cluster()
    assert "ReplicationSourceIdentifier" not in cluster
    assert [m["IsClusterWriter"] for m in cluster["DBClusterMembers"]] == [True]
    assert replica.instance()["ReadReplicaDBClusterIdentifiers"] == []
    with replica.connect(MEMBER) as target:
        target.execute("CREATE TEMP TABLE proof (id int)")
    events = replica.rds.describe_events(SourceType="db-cluster", SourceIdentifier=CLUSTER)
    assert events["Events"][-1]["Message"] == (
        "Promoted Read Replica cluster to a stand-alone database cluster."
    )


def test_cluster_without_instance_cannot_be_promoted(no_replica: Ground) -> None:
    """Before its instance streams there is nothing to promote."""
    no_replica.create_cluster()
    no_replica.until_cluster_is("available")
    with refused("InvalidDBClusterStateFault"):
        no_replica.promote()


def test_deleting_the_replica_frees_the_source(no_replica: Ground) -> None:
    """Deleting instance and cluster takes the slot away, and the source may have another one."""
    for _ in range(2):
        no_replica.build_replica()
        no_replica.tear_replica_down()
    with no_replica.provider() as source:
        assert source.execute("SELECT count(*) FROM pg_replication_slots").fetchone() == (0,)
    assert no_replica.instance()["ReadReplicaDBClusterIdentifiers"] == []


def test_what_a_running_replica_forbids(replica: Ground) -> None:
    """Protected or still in use is not deleted; one replica a source, one reader a cluster."""
    replica.rds.modify_db_cluster(DBClusterIdentifier=CLUSTER, DeletionProtection=True)
    with refused("InvalidParameterCombination"):
        replica.rds.delete_db_cluster(DBClusterIdentifier=CLUSTER, SkipFinalSnapshot=True)
    replica.rds.modify_db_cluster(DBClusterIdentifier=CLUSTER, DeletionProtection=False)
    with refused("InvalidDBClusterStateFault"):
        replica.rds.delete_db_cluster(DBClusterIdentifier=CLUSTER, SkipFinalSnapshot=True)
    assert replica.instance()["DeletionProtection"]
    with refused("InvalidParameterCombination"):
        replica.rds.delete_db_instance(DBInstanceIdentifier=SOURCE, SkipFinalSnapshot=True)
    with refused("InvalidDBInstanceState"):
        replica.create_cluster(DBClusterIdentifier="second")
    with refused("DBClusterAlreadyExistsFault"):
        replica.create_cluster()
    with refused("InvalidDBClusterStateFault"):
        replica.create_member("orders-aurora-2")
    with refused("DBInstanceAlreadyExists"):
        replica.create_member()
    with refused("InvalidDBInstanceState"):
        replica.rds.modify_db_instance(
            DBInstanceIdentifier=SOURCE, BackupRetentionPeriod=0, ApplyImmediately=True
        )


ARN = "arn:aws:rds:eu-west-1:123456789012:db:"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"ReplicationSourceIdentifier": ARN + "nobody"}, "DBInstanceNotFound"),
        ({"ReplicationSourceIdentifier": ARN + "billing"}, "InvalidDBInstanceState"),
        ({"ReplicationSourceIdentifier": None}, "InvalidParameterCombination"),
        (
            {"ReplicationSourceIdentifier": ARN.replace("west", "south") + "orders"},
            "InvalidParameterValue",
        ),
        ({"StorageEncrypted": False}, "InvalidParameterCombination"),
        ({"StorageEncrypted": None}, "InvalidParameterCombination"),
        ({"EngineVersion": "11.1"}, "InvalidParameterCombination"),
        ({"MasterUsername": "somebody"}, "InvalidParameterCombination"),
        ({"DBSubnetGroupName": "nowhere"}, "DBSubnetGroupNotFoundFault"),
        ({"VpcSecurityGroupIds": ["sg-none"]}, "InvalidParameterValue"),
        ({"DBClusterParameterGroupName": "none"}, "DBClusterParameterGroupNotFound"),
        ({"KmsKeyId": "nokey"}, "KMSKeyNotAccessibleFault"),
        ({"StorageType": "gp3"}, "StorageTypeNotSupported"),
        ({"Engine": "aurora-mysql"}, "InvalidParameterCombination"),
    ],
)
def test_replica_cluster_is_refused_as_on_aws(
    no_replica: Ground, changes: dict[str, Any], code: str
) -> None:
    """CreateDBCluster checks source, backups, version, encryption and place, with AWS's codes."""
    with refused(code):
        no_replica.create_cluster(**changes)
    assert no_replica.rds.describe_db_clusters()["DBClusters"] == []


def test_lower_minor_than_the_source_is_refused(no_replica: Ground) -> None:
    """Aurora's version has to be the source's or a higher minor, though lower ones are offered."""
    offered = no_replica.rds.describe_db_engine_versions(Engine="aurora-postgresql")
    own = no_replica.instance()["EngineVersion"]
    lower = [
        version["EngineVersion"]
        for version in offered["DBEngineVersions"]
        if [int(part) for part in version["EngineVersion"].split(".")]
        < [int(part) for part in own.split(".")]
    ]
    assert lower
    with refused("InvalidParameterCombination"):
        no_replica.create_cluster(EngineVersion=lower[-1])


def test_member_is_refused_as_on_aws(no_replica: Ground) -> None:
    """CreateDBInstance in a cluster wants one that is there, its engine and a class it has."""
    with refused("DBClusterNotFoundFault"):
        no_replica.create_member()
    no_replica.create_cluster()
    no_replica.until_cluster_is("available")
    with refused("InvalidParameterCombination"):
        no_replica.create_member(Engine="postgres")
    with refused("InvalidParameterCombination"):
        no_replica.create_member(DBInstanceClass="db.m1.small")
    with refused("DBParameterGroupNotFound"):
        no_replica.create_member(DBParameterGroupName="none")


def test_tags_stay_with_their_resource(no_replica: Ground) -> None:
    """Tags given at creation and later are read back: they are how a repeat finds its own work."""
    arn = no_replica.create_cluster(Tags=[{"Key": "migration", "Value": "m1"}])["DBClusterArn"]
    no_replica.rds.add_tags_to_resource(ResourceName=arn, Tags=[{"Key": "epoch", "Value": "3"}])
    tags = no_replica.rds.list_tags_for_resource(ResourceName=arn)["TagList"]
    assert {tag["Key"]: tag["Value"] for tag in tags} == {"migration": "m1", "epoch": "3"}
    assert no_replica.cluster()["TagList"] == tags


def _snapshot(ground: Ground, name: str) -> str:
    """The ARN of a finished snapshot of the source."""
    ground.rds.create_db_snapshot(DBInstanceIdentifier=SOURCE, DBSnapshotIdentifier=name)

    def found() -> Any:
        return ground.rds.describe_db_snapshots(DBSnapshotIdentifier=name)["DBSnapshots"][0]

    eventually(lambda: found()["Status"] == "available", "the snapshot")
    return str(found()["DBSnapshotArn"])


def _restore(ground: Ground, snapshot: str, **changes: Any) -> Any:
    wanted = {
        "DBClusterIdentifier": CLUSTER,
        "SnapshotIdentifier": snapshot,
        "Engine": "aurora-postgresql",
        "EngineVersion": ground.instance()["EngineVersion"],
        **changes,
    }
    return ground.rds.restore_db_cluster_from_snapshot(**wanted)["DBCluster"]


def test_restored_snapshot_is_a_cluster_of_its_own(no_replica: Ground) -> None:
    """It has what was committed before the snapshot and nothing later, and takes writes itself."""
    ground = no_replica
    with ground.provider() as source:
        source.execute("CREATE TABLE IF NOT EXISTS before_it (id int PRIMARY KEY)")
        snapshot = _snapshot(ground, "whole")
        source.execute("CREATE TABLE IF NOT EXISTS after_it (id int PRIMARY KEY)")
    ground.cloud.scenario.restore_seconds = 1.0
    assert _restore(ground, snapshot)["Status"] == "migrating"
    with refused("InvalidDBClusterStateFault"):
        ground.create_member()
    ground.until_cluster_is("available")
    ground.create_member()
    ground.until_instance_is("available", MEMBER)
    cluster = ground.cluster()
    assert "ReplicationSourceIdentifier" not in cluster
    assert cluster["StorageEncrypted"] == ground.instance()["StorageEncrypted"]
    assert [m["IsClusterWriter"] for m in cluster["DBClusterMembers"]] == [True]
    assert ground.show("fsync", MEMBER) == "on"
    with ground.connect(MEMBER) as copy:
        seen = copy.execute("SELECT to_regclass('before_it')::text, to_regclass('after_it')::text")
        assert seen.fetchone() == ("before_it", None)
        copy.execute("CREATE TEMP TABLE proof (id int)")
    assert not ground.in_recovery()
    assert ground.instance()["ReadReplicaDBClusterIdentifiers"] == []


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"SnapshotIdentifier": "refusals"}, "DBClusterSnapshotNotFoundFault"),
        ({"SnapshotIdentifier": ARN.replace("db:", "snapshot:none")}, "DBSnapshotNotFound"),
        ({"Engine": "aurora-mysql"}, "InvalidParameterCombination"),
        ({"EngineVersion": "11.1"}, "InvalidParameterCombination"),
        ({"DBSubnetGroupName": "nowhere"}, "DBSubnetGroupNotFoundFault"),
        ({"VpcSecurityGroupIds": ["sg-none"]}, "InvalidParameterValue"),
        ({"KmsKeyId": "nokey"}, "KMSKeyNotAccessibleFault"),
    ],
)
def test_restore_is_refused_as_on_aws(
    no_replica: Ground, changes: dict[str, Any], code: str
) -> None:
    """An instance's snapshot is restored by its ARN alone; version, place and key are checked."""
    found = no_replica.rds.describe_db_snapshots()["DBSnapshots"]
    done = [one["DBSnapshotArn"] for one in found if one["DBSnapshotIdentifier"] == "refusals"]
    snapshot = done[0] if done else _snapshot(no_replica, "refusals")
    with refused(code):
        _restore(no_replica, snapshot, **changes)
    assert no_replica.rds.describe_db_clusters()["DBClusters"] == []
