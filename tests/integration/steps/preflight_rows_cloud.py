"""The preflight table's rows of the control plane."""

from collections.abc import Iterator
from contextlib import contextmanager

from preflight_states import (
    GIB,
    SOURCE,
    TARGET,
    Row,
    as_it_is,
    aurora_takes,
    client,
    metrics,
    quota,
    shown,
)
from steps_ground import Ground, eventually

from workers.aws.resources import MOVED_TAG

TAGS = [{"Key": "team", "Value": "checkout"}]
FAR_REPLICA = ["arn:aws:rds:us-east-1:123456789012:db:orders-far"]


@contextmanager
def _subscribed(ground: Ground) -> Iterator[None]:
    with client(ground, "rds") as rds:
        rds.create_event_subscription(
            SubscriptionName="oncall",
            SnsTopicArn="arn:aws:sns:eu-west-1:123456789012:oncall",
            SourceType="db-instance",
            SourceIds=[SOURCE],
        )
        try:
            yield
        finally:
            rds.delete_event_subscription(SubscriptionName="oncall")


@contextmanager
def _cluster(ground: Ground) -> Iterator[None]:
    """Somebody else's cluster of the target's name."""
    source = ground.tools.rds.instance(SOURCE)
    assert source is not None
    with client(ground, "rds") as rds:
        rds.create_db_cluster(
            DBClusterIdentifier=TARGET,
            Engine="aurora-postgresql",
            EngineVersion=source.engine_version,
            ReplicationSourceIdentifier=source.arn,
            DBSubnetGroupName=source.subnet_group.name,
            StorageEncrypted=True,
            KmsKeyId=source.kms_key,
        )
        try:
            yield
        finally:
            rds.delete_db_cluster(DBClusterIdentifier=TARGET, SkipFinalSnapshot=True)
            eventually(lambda: ground.tools.rds.cluster(TARGET) is None, "the deletion")


@contextmanager
def _disabled_key(ground: Ground) -> Iterator[None]:
    source = ground.tools.rds.instance(SOURCE)
    assert source is not None
    with client(ground, "kms") as kms:
        # moto takes no ARN here
        key = source.kms_key.rpartition("/")[2]
        kms.disable_key(KeyId=key)
        try:
            yield
        finally:
            kms.enable_key(KeyId=key)


ROWS = (
    Row(
        "not-moved",
        shown(TagList=[{"Key": MOVED_TAG, "Value": "orders-new"}]),
        "applications use `orders-new`",
    ),
    Row("single-instance", shown(Engine="mysql"), "engine `mysql`"),
    Row(
        "not-a-replica",
        shown(ReadReplicaSourceDBInstanceIdentifier="origin"),
        "itself a read replica, of `origin`",
    ),
    Row("status", shown(DBInstanceStatus="storage-full"), "Its storage is full"),
    Row(
        "pending-changes",
        shown(PendingModifiedValues={"DBInstanceClass": "db.r6g.xlarge"}),
        "`DBInstanceClass`",
    ),
    Row(
        "parameters-in-force",
        shown(
            DBParameterGroupStatusList=[
                {"DBParameterGroupName": "orders-pg", "ParameterApplyStatus": "pending-reboot"}
            ]
        ),
        "`orders-pg` is `pending-reboot`",
    ),
    Row("pending-maintenance", as_it_is, "`system-update`", source="legacy"),
    Row("minor-upgrades", shown(AutoMinorVersionUpgrade=True), "minor upgrades are on"),
    Row("windows", shown(PreferredBackupWindow="00:00-23:59"), "backup window is open"),
    Row("backups", shown(BackupRetentionPeriod=0), "Automated backups are off"),
    Row(
        "no-aurora-replica",
        shown(ReadReplicaDBClusterIdentifiers=["orders-other"]),
        "Aurora replica, `orders-other`",
    ),
    Row(
        "no-replica-abroad",
        shown(ReadReplicaDBInstanceIdentifiers=FAR_REPLICA),
        "replicas in other Regions",
    ),
    Row(
        "no-near-replica",
        shown(ReadReplicaDBInstanceIdentifiers=["orders-reader"]),
        "`orders-reader` do not move",
    ),
    Row("key-named", shown(KmsKeyId=""), "AWS does not name the key"),
    Row("key-usable", _disabled_key, "is `Disabled`"),
    Row("encrypted", shown(StorageEncrypted=False), "not encrypted"),
    Row("aurora-version", shown(EngineVersion="9.6.24"), "can replicate PostgreSQL 9.6.24"),
    Row("instance-class", as_it_is, "`db.m1.small`", options={"instance_class": "db.m1.small"}),
    Row("names-free", _cluster, "a cluster `orders-aurora` already"),
    Row("quota-clusters", quota("DBClusters"), "`DBClusters` is used up: 0 of 0"),
    Row("quota-instances", quota("DBInstances"), "`DBInstances` is used up"),
    Row(
        "quota-cluster-parameter-groups",
        quota("DBClusterParameterGroups"),
        "`DBClusterParameterGroups` is used up",
    ),
    Row("quota-parameter-groups", quota("DBParameterGroups"), "`DBParameterGroups` is used up"),
    Row("quota-manual-snapshots", quota("ManualSnapshots"), "`ManualSnapshots` is used up"),
    Row(
        "standby-parameters",
        aurora_takes("max_prepared_transactions", "0-5"),
        "`max_prepared_transactions` is 10 on the source, and a standby needs 10, but Aurora takes",
        source="legacy",
    ),
    Row(
        "preloaded-libraries",
        aurora_takes("shared_preload_libraries", "pg_cron,pg_stat_statements"),
        "Aurora does not take auto_explain",
        source="legacy",
    ),
    Row(
        "storage-headroom",
        metrics(FreeStorageSpace=2.0 * GIB, TransactionLogsGeneration=8.0 * 2**20),
        "2.0 GiB of its storage are free. At 8.00 MiB/s of WAL",
        passes=metrics(FreeStorageSpace=90.0 * GIB, TransactionLogsGeneration=8.0 * 2**20),
    ),
    Row("storage-settled", shown(DBInstanceStatus="storage-optimization"), "may last a day"),
    Row("storage-grows", shown(MaxAllocatedStorage=0), "does not grow by itself"),
    Row("storage-credits", shown(StorageType="gp2"), "`gp2`"),
    Row("deletion-protection", shown(DeletionProtection=False), "deletion protection is off"),
    Row(
        "managed-secret",
        shown(MasterUserSecret={"SecretArn": "arn:aws:secretsmanager:eu-west-1:1:secret:x"}),
        "a secret of its own",
    ),
    Row("iam-authentication", shown(IAMDatabaseAuthenticationEnabled=True), "IAM authentication"),
    Row(
        "iam-roles",
        shown(AssociatedRoles=[{"RoleArn": "arn:aws:iam::1:role/import"}]),
        "role/import` do not move",
    ),
    Row(
        "option-group",
        shown(OptionGroupMemberships=[{"OptionGroupName": "special", "Status": "in-sync"}]),
        "`special`",
    ),
    Row("directory", shown(DomainMemberships=[{"Domain": "d-1", "Status": "joined"}]), "`d-1`"),
    Row("activity-stream", shown(ActivityStreamStatus="started"), "is `started`"),
    Row("log-exports", shown(EnabledCloudwatchLogsExports=["postgresql"]), "`postgresql`"),
    Row("performance-insights", shown(PerformanceInsightsEnabled=True), "is on"),
    Row("enhanced-monitoring", shown(MonitoringInterval=30), "every 30 s"),
    Row("not-public", shown(PubliclyAccessible=True), "from the internet"),
    Row("ipv4", shown(NetworkType="DUAL"), "IPv6"),
    Row(
        "no-stack",
        shown(TagList=[{"Key": "aws:cloudformation:stack-name", "Value": "shop"}]),
        "stack `shop`",
    ),
    Row("event-subscriptions", _subscribed, "`oncall`"),
    Row("tags", shown(TagList=TAGS), "`team`", passes=shown(TagList=[])),
    Row(
        "quarantine-group",
        as_it_is,
        "No quarantine group is named",
        options={"login": False},
        passes_options={"login": False},
        passes_settings={"quarantine_group": "quarantine"},
    ),
    Row(
        "log-cycle",
        as_it_is,
        "The longest write pause is 1 s",
        options={"login": False, "max_write_pause_seconds": 1.0},
        settings={"wal_segment_mb": 1},
        passes_options={"login": False, "max_write_pause_seconds": 1200.0},
        passes_settings={"wal_segment_mb": 1},
    ),
)
