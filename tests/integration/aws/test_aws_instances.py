"""Instances as RDS has them: roles, snapshots, backups, parameters, doors, and what is pending."""

import json
import subprocess
from typing import Any

import psycopg
import pytest
from aws_ground import SOURCE, Ground, eventually, refused
from psycopg.conninfo import make_conninfo

from sandbox.aws.seed import load
from sandbox.servers import account
from sandbox.servers.resolve import resolve

SOURCES = ("orders", "billing", "legacy")
BILLING = "billing"


def _set(ground: Ground, source: str, **parameters: str) -> None:
    group = ground.instance(source)["DBParameterGroups"][0]["DBParameterGroupName"]
    ground.rds.modify_db_parameter_group(
        DBParameterGroupName=group,
        Parameters=[
            {"ParameterName": name, "ParameterValue": value, "ApplyMethod": "pending-reboot"}
            for name, value in parameters.items()
        ],
    )


def _apply_status(ground: Ground, source: str) -> str:
    return str(ground.instance(source)["DBParameterGroups"][0]["ParameterApplyStatus"])


def test_seeded_logins_work_and_none_is_superuser(ground: Ground) -> None:
    """The secrets open the databases over verified TLS; the master user is no superuser."""
    for kind in ("app", "daybreak"):
        secret = ground.secrets.get_secret_value(SecretId=f"{kind}/{SOURCE}")["SecretString"]
        login = json.loads(secret)
        endpoint = ground.instance()["Endpoint"]
        dsn = make_conninfo(
            host=endpoint["Address"],
            port=endpoint["Port"],
            user=login["username"],
            password=login["password"],
            dbname=login["dbname"],
            sslmode="verify-full",
            sslrootcert=str(ground.authority.certificate),
        )
        with psycopg.connect(dsn) as connection:
            assert connection.execute("SELECT current_user").fetchone() == (kind,)
    with ground.connect(role="dbadmin") as master:
        assert master.execute("SHOW is_superuser").fetchone() == ("off",)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            master.execute("ALTER SYSTEM SET work_mem = '64MB'")


def test_provider_is_out_of_reach(ground: Ground) -> None:
    """Nobody comes in as the provider's superuser over TCP, and nobody without TLS."""
    endpoint = ground.instance()["Endpoint"]
    address = {"host": endpoint["Address"], "port": endpoint["Port"], "dbname": "app"}
    with pytest.raises(psycopg.OperationalError, match="pg_hba"):
        psycopg.connect(**address, user="rdsadmin", password="x", sslmode="require")
    password = ground.cloud.password(SOURCE, "app")
    with pytest.raises(psycopg.OperationalError, match="no encryption"):
        psycopg.connect(**address, user="app", password=password, sslmode="disable")


def test_daybreaks_role_can_fence_and_look(ground: Ground) -> None:
    """The role of docs/daybreak-role.sql turns logins off and on, ends sessions and checkpoints."""
    with ground.connect(BILLING) as daybreak, ground.connect(BILLING, "reporting") as victim:
        daybreak.execute("ALTER ROLE reporting NOLOGIN")
        ended = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'reporting'"
        assert daybreak.execute(ended).fetchone() == (True,)
        with pytest.raises(psycopg.OperationalError):
            victim.execute("SELECT 1")
        with pytest.raises(psycopg.OperationalError, match="not permitted to log in"):
            ground.connect(BILLING, "reporting")
        daybreak.execute("ALTER ROLE reporting LOGIN")
        daybreak.execute("CHECKPOINT")
        ground.connect(BILLING, "reporting").close()


def test_legacy_has_what_preflight_refuses(ground: Ground) -> None:
    """The third source has an unlogged table, a dead slot, a prepared transaction, maintenance."""
    with ground.connect("legacy") as daybreak:

        def count(query: str) -> Any:
            return daybreak.execute(query).fetchone()

        assert count(
            "SELECT count(*) FROM pg_class WHERE relpersistence = 'u' AND relkind = 'r'"
        ) == (1,)
        assert count("SELECT count(*) FROM pg_replication_slots WHERE NOT active") == (1,)
        assert count("SELECT count(*) FROM pg_prepared_xacts") == (1,)
    answer = ground.rds.describe_pending_maintenance_actions()
    (pending,) = answer["PendingMaintenanceActions"]
    assert pending["ResourceIdentifier"] == ground.instance("legacy")["DBInstanceArn"]
    assert pending["PendingMaintenanceActionDetails"][0]["Action"] == "system-update"


def test_snapshot_is_a_complete_copy(ground: Ground) -> None:
    """A snapshot goes from creating to available with its progress; its files verify."""
    ground.rds.create_db_snapshot(DBInstanceIdentifier=SOURCE, DBSnapshotIdentifier="safe")
    assert ground.instance()["DBInstanceStatus"] in {"backing-up", "available"}
    with refused("DBSnapshotAlreadyExists"):
        ground.rds.create_db_snapshot(DBInstanceIdentifier=SOURCE, DBSnapshotIdentifier="safe")

    def snapshot() -> Any:
        return ground.rds.describe_db_snapshots(DBSnapshotIdentifier="safe")["DBSnapshots"][0]

    eventually(lambda: snapshot()["Status"] == "available", "the snapshot")
    assert snapshot()["PercentProgress"] == 100
    ground.until_instance_is("available")
    verified = subprocess.run(
        [resolve("postgres").path("pg_verifybackup"), ground.run_dir / "rds-snapshots/safe/data"],
        capture_output=True,
        text=True,
        check=False,
        **account.popen_options(),
    )
    assert verified.returncode == 0, verified.stderr
    ground.rds.delete_db_snapshot(DBSnapshotIdentifier="safe")
    with refused("DBSnapshotNotFound"):
        ground.rds.delete_db_snapshot(DBSnapshotIdentifier="safe")
    with refused("DBInstanceNotFound"):
        ground.rds.create_db_snapshot(DBInstanceIdentifier="nobody", DBSnapshotIdentifier="none")


def test_turning_backups_on_interrupts(ground: Ground) -> None:
    """It waits for the window unless told otherwise, and then it ends sessions and backs up."""
    days = {"DBInstanceIdentifier": BILLING, "BackupRetentionPeriod": 7}
    ground.rds.modify_db_instance(**days)
    ground.until_instance_is("available", BILLING)
    assert ground.instance(BILLING)["BackupRetentionPeriod"] == 0
    assert ground.instance(BILLING)["PendingModifiedValues"] == {"BackupRetentionPeriod": 7}
    with ground.connect(BILLING) as session:
        ground.rds.modify_db_instance(**days, ApplyImmediately=True)
        with pytest.raises(psycopg.OperationalError):
            session.execute("SELECT pg_sleep(60)")

    def on() -> bool:
        found = ground.instance(BILLING)
        done = found["BackupRetentionPeriod"] == 7 and found["DBInstanceStatus"] == "available"
        return bool(done and found["PendingModifiedValues"] == {})

    eventually(on, "backups")
    taken = ground.rds.describe_db_snapshots(DBInstanceIdentifier=BILLING, SnapshotType="automated")
    assert [snapshot["Status"] for snapshot in taken["DBSnapshots"]] == ["available"]
    ground.rds.modify_db_instance(
        DBInstanceIdentifier=BILLING, BackupRetentionPeriod=0, ApplyImmediately=True
    )
    eventually(lambda: ground.instance(BILLING)["BackupRetentionPeriod"] == 0, "backups off")
    ground.until_instance_is("available", BILLING)


def test_parameters_reach_the_server(ground: Ground) -> None:
    """A dynamic parameter applies at once, a static one after a reboot, and says so till then."""
    _set(ground, BILLING, work_mem="5120", max_connections="120")
    eventually(lambda: ground.show("work_mem", BILLING) == "5MB", "the dynamic one")
    eventually(lambda: _apply_status(ground, BILLING) == "pending-reboot", "the static one")
    assert ground.show("max_connections", BILLING) == "100"
    with ground.connect(BILLING) as session:
        ground.rds.reboot_db_instance(DBInstanceIdentifier=BILLING)
        with pytest.raises(psycopg.OperationalError):
            session.execute("SELECT pg_sleep(60)")
    ground.until_instance_is("available", BILLING)
    assert ground.show("max_connections", BILLING) == "120"
    assert _apply_status(ground, BILLING) == "in-sync"
    _set(ground, BILLING, max_connections="100")
    ground.until_instance_is("available", BILLING)
    ground.rds.reboot_db_instance(DBInstanceIdentifier=BILLING)
    ground.until_instance_is("available", BILLING)
    assert _apply_status(ground, BILLING) == "in-sync"


@pytest.mark.parametrize(
    ("name", "value", "method", "code"),
    [
        ("no_such_thing", "1", "immediate", "InvalidParameterValue"),
        ("listen_addresses", "*", "immediate", "InvalidParameterValue"),
        ("max_connections", "200", "immediate", "InvalidParameterCombination"),
        ("work_mem", "1", "immediate", "InvalidParameterValue"),
        ("rds.force_ssl", "maybe", "immediate", "InvalidParameterValue"),
        ("wal_level", "logical", "pending-reboot", "InvalidParameterValue"),
    ],
)
def test_parameters_are_refused_as_on_aws(
    ground: Ground, name: str, value: str, method: str, code: str
) -> None:
    """Unknown, reserved, out of range, or static and immediate: AWS's codes, nothing changed."""
    entry = {"ParameterName": name, "ParameterValue": value, "ApplyMethod": method}
    group = ground.instance()["DBParameterGroups"][0]["DBParameterGroupName"]
    with refused(code):
        ground.rds.modify_db_parameter_group(DBParameterGroupName=group, Parameters=[entry])
    with refused("InvalidParameterValue"):
        ground.rds.modify_db_parameter_group(DBParameterGroupName=group, Parameters=[entry] * 21)


def _parameters(ground: Ground, operation: str, **wanted: str) -> dict[str, Any]:
    pages = ground.rds.get_paginator(operation).paginate(**wanted)
    return {p["ParameterName"]: p for page in pages for p in page["Parameters"]}


def test_parameter_groups_list_their_family(ground: Ground) -> None:
    """Every parameter is listed in pages, with default, source and who may change it."""
    found = _parameters(ground, "describe_db_parameters", DBParameterGroupName="orders-postgres15")
    assert len(found) > 250
    assert found["work_mem"]["Source"] == "user"
    assert found["work_mem"]["ParameterValue"] == "8192"
    assert found["autovacuum"]["Source"] == "engine-default"
    assert found["autovacuum"]["ParameterValue"] == "1"
    assert found["max_connections"]["ApplyType"] == "static"
    assert not found["wal_level"]["IsModifiable"]
    user = {"DBParameterGroupName": "orders-postgres15", "Source": "user"}
    own = _parameters(ground, "describe_db_parameters", **user)
    (orders,) = load().only(SOURCE).instances
    assert set(own) == set(orders.parameters)
    aurora = "default.aurora-postgresql15"
    cluster = _parameters(
        ground, "describe_db_cluster_parameters", DBClusterParameterGroupName=aurora
    )
    instance = _parameters(ground, "describe_db_parameters", DBParameterGroupName=aurora)
    assert "max_wal_size" in found
    assert "max_wal_size" not in cluster
    assert "rds.logical_replication" in cluster
    assert "rds.logical_replication" not in instance


def test_swapped_security_group_refuses_only_new_connections(ground: Ground) -> None:
    """A security group is stateful: what stands stays, what is new is refused until undone."""
    original = [g["VpcSecurityGroupId"] for g in ground.instance()["VpcSecurityGroups"]]

    def swap(groups: list[str]) -> None:
        ground.rds.modify_db_instance(DBInstanceIdentifier=SOURCE, VpcSecurityGroupIds=groups)

        def active() -> bool:
            found = ground.instance()["VpcSecurityGroups"]
            return [g["VpcSecurityGroupId"] for g in found] == groups and all(
                g["Status"] == "active" for g in found
            )

        eventually(active, "the swap")

    with ground.connect() as standing:
        swap([ground.group("quarantine")])
        with pytest.raises(psycopg.OperationalError, match="pg_hba"):
            ground.connect()
        assert standing.execute("SELECT 1").fetchone() == (1,)
        swap(original)
        ground.connect().close()
    with refused("InvalidParameterValue"):
        ground.rds.modify_db_instance(DBInstanceIdentifier=SOURCE, VpcSecurityGroupIds=["sg-none"])


def test_revoked_rule_closes_the_door(ground: Ground) -> None:
    """A rule revoked in EC2 counts at once for new connections, and so does one that comes back."""
    group = ground.group("databases")
    found = ground.ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"][0]
    rules = [
        {
            "IpProtocol": "tcp",
            "FromPort": ground.cloud.port,
            "ToPort": ground.cloud.port,
            "UserIdGroupPairs": [{"GroupId": pair["GroupId"]}],
        }
        for rule in found["IpPermissions"]
        for pair in rule["UserIdGroupPairs"]
    ]
    ground.ec2.revoke_security_group_ingress(GroupId=group, IpPermissions=rules)
    try:
        with pytest.raises(psycopg.OperationalError, match="pg_hba"):
            ground.connect()
    finally:
        ground.ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=rules)
    ground.connect().close()


def test_account_is_described(ground: Ground) -> None:
    """Network, key and offers are there as the seed says: three zones, Aurora's family."""
    (group,) = ground.rds.describe_db_subnet_groups(DBSubnetGroupName="databases")["DBSubnetGroups"]
    zones = {subnet["SubnetAvailabilityZone"]["Name"] for subnet in group["Subnets"]}
    assert zones == {"eu-west-1a", "eu-west-1b", "eu-west-1c"}
    version = ground.instance()["EngineVersion"]
    (offered,) = ground.rds.describe_db_engine_versions(
        Engine="aurora-postgresql", EngineVersion=version
    )["DBEngineVersions"]
    assert offered["DBParameterGroupFamily"] == f"aurora-postgresql{version.split('.')[0]}"
    options = ground.rds.describe_orderable_db_instance_options(
        Engine="aurora-postgresql", EngineVersion=version
    )["OrderableDBInstanceOptions"]
    assert "db.r6g.large" in {option["DBInstanceClass"] for option in options}
    key = ground.client("kms").describe_key(KeyId=ground.instance()["KmsKeyId"])
    assert key["KeyMetadata"]["Enabled"]


def test_what_is_not_built_is_refused(ground: Ground) -> None:
    """An action without a server behind it is refused, never answered with an empty object."""
    with refused("InvalidAction"):
        ground.rds.create_db_instance_read_replica(
            DBInstanceIdentifier="copy", SourceDBInstanceIdentifier=SOURCE
        )
    with refused("DBInstanceNotFound"):
        ground.rds.describe_db_instances(DBInstanceIdentifier="nobody")


def test_source_is_measured(ground: Ground) -> None:
    """CloudWatch's numbers are the server's: sessions, WAL, free space; none without sense."""

    def newest(metric: str, source: str = SOURCE) -> float | None:
        found = ground.readings(metric, source)
        return found[0][1] if found else None

    with ground.connect(), ground.connect():
        eventually(lambda: (newest("DatabaseConnections") or 0) >= 2, "two sessions")
    eventually(lambda: newest("CPUUtilization") is not None, "the processor's share")
    with ground.provider() as provider:
        size = provider.execute("SELECT sum(size)::bigint FROM pg_ls_waldir()").fetchone()
    assert size is not None
    assert newest("TransactionLogsDiskUsage") == pytest.approx(size[0], rel=0.5)
    free = newest("FreeStorageSpace")
    assert free is not None
    assert 0 < free < 100 * 1024**3
    eventually(lambda: (newest("OldestReplicationSlotLag", "legacy") or 0) > 0, "the dead slot")
    assert newest("OldestReplicationSlotLag", BILLING) is None
    assert newest("RDSToAuroraPostgreSQLReplicaLag") is None


@pytest.mark.parametrize(
    ("comparison", "state"),
    [
        ("GreaterThanThreshold", "ALARM"),
        ("GreaterThanOrEqualToThreshold", "ALARM"),
        ("LessThanThreshold", "OK"),
        ("LessThanOrEqualToThreshold", "OK"),
    ],
)
def test_an_alarm_is_judged_by_its_comparison(ground: Ground, comparison: str, state: str) -> None:
    """A number of sessions is more than -1."""
    _alarm(ground, comparison)

    def judged() -> bool:
        (alarm,) = ground.cloudwatch.describe_alarms(AlarmNames=[comparison])["MetricAlarms"]
        return bool(alarm["StateValue"] == state)

    eventually(judged, f"an alarm that is {state}")


def test_an_alarm_that_the_sandbox_could_not_judge_is_refused(ground: Ground) -> None:
    """CloudWatch would learn a band; an alarm that nobody judges would be quiet for ever."""
    with refused("ValidationError"):
        _alarm(ground, "GreaterThanUpperThreshold")


def _alarm(ground: Ground, comparison: str) -> None:
    ground.cloudwatch.put_metric_alarm(
        AlarmName=comparison,
        Namespace="AWS/RDS",
        MetricName="DatabaseConnections",
        Dimensions=[{"Name": "DBInstanceIdentifier", "Value": SOURCE}],
        ComparisonOperator=comparison,
        Threshold=-1,
        Statistic="Maximum",
        Period=1,
        EvaluationPeriods=1,
    )
