"""What the tests of the simulated AWS stand on: a cloud, its clients, and claims about it."""

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import psycopg
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from psycopg.conninfo import make_conninfo

from sandbox.aws.cloud import Cloud
from sandbox.aws.scenario import Scenario
from sandbox.aws.seed import load
from sandbox.servers.certificates import Authority

PATIENCE = 60.0
SOURCE, CLUSTER, MEMBER = "orders", "orders-aurora", "orders-aurora-1"
# A client that never repeats by itself, as the product's for promotion.
ONCE = Config(retries={"total_max_attempts": 1}, read_timeout=30)

Connection = psycopg.Connection[tuple[Any, ...]]


def eventually(condition: Callable[[], object], what: str) -> None:
    """Wait until it holds, generously."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, f"{what} never came true"
        time.sleep(0.02)


@contextmanager
def refused(code: str) -> Iterator[None]:
    """The call within is answered with this error code."""
    with pytest.raises(ClientError) as caught:
        yield
    assert caught.value.response["Error"]["Code"] == code


class Ground:
    """A running cloud and everything a test asks of it."""

    def __init__(self, run_dir: Path, cloud: Cloud, authority: Authority) -> None:
        self.run_dir = run_dir
        self.cloud = cloud
        self.authority = authority
        self.rds = self.client("rds")
        self.ec2 = self.client("ec2")
        self.cloudwatch = self.client("cloudwatch")
        self.secrets = self.client("secretsmanager")

    def client(self, service: str, config: Config = ONCE) -> Any:
        """A boto3 client of the cloud."""
        return boto3.client(
            service,
            endpoint_url=self.cloud.endpoint_url,
            region_name=self.cloud.region,
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=config,
        )

    def instance(self, identifier: str = SOURCE) -> dict[str, Any]:
        """The instance as the API describes it."""
        answer = self.rds.describe_db_instances(DBInstanceIdentifier=identifier)
        found: dict[str, Any] = answer["DBInstances"][0]
        return found

    def cluster(self, identifier: str = CLUSTER) -> dict[str, Any]:
        """The cluster as the API describes it."""
        answer = self.rds.describe_db_clusters(DBClusterIdentifier=identifier)
        found: dict[str, Any] = answer["DBClusters"][0]
        return found

    def nothing_failed(self) -> None:
        """What went wrong in the cloud's background fails the test."""
        if self.cloud.failures:
            raise self.cloud.failures[0]

    def until_instance_is(self, status: str, identifier: str = SOURCE) -> None:
        """Wait for an instance's status; what fails in the background fails the test."""

        def there() -> bool:
            self.nothing_failed()
            return bool(self.instance(identifier)["DBInstanceStatus"] == status)

        eventually(there, f"{identifier} {status}")

    def until_cluster_is(self, status: str, identifier: str = CLUSTER) -> None:
        """Wait for a cluster's status."""

        def there() -> bool:
            self.nothing_failed()
            return bool(self.cluster(identifier)["Status"] == status)

        eventually(there, f"{identifier} {status}")

    def dsn(self, identifier: str = SOURCE, role: str = "daybreak") -> str:
        """How a client reaches an instance, as verified as can be."""
        endpoint = self.instance(identifier)["Endpoint"]
        return make_conninfo(
            host=endpoint["Address"],
            port=endpoint["Port"],
            dbname="app",
            user=role,
            password=self.cloud.password(SOURCE if identifier == MEMBER else identifier, role),
            sslmode="verify-full",
            sslrootcert=str(self.authority.certificate),
            connect_timeout=10,
        )

    def connect(self, identifier: str = SOURCE, role: str = "daybreak") -> Connection:
        """A session of one of the customer's roles."""
        return psycopg.connect(self.dsn(identifier, role), autocommit=True)

    def provider(self, identifier: str = SOURCE) -> Connection:
        """The provider's own session, which no customer has."""
        return psycopg.connect(self.cloud.superuser_dsn(identifier), autocommit=True)

    def show(self, setting: str, identifier: str = SOURCE) -> str:
        """What a running server says of a setting."""
        with self.connect(identifier) as connection:
            row = connection.execute("SELECT current_setting(%s)", (setting,)).fetchone()
        assert row is not None
        return str(row[0])

    def group(self, name: str) -> str:
        """The id of a security group of the seed."""
        wanted = [{"Name": "group-name", "Values": [name]}]
        found = self.ec2.describe_security_groups(Filters=wanted)["SecurityGroups"]
        return str(found[0]["GroupId"])

    def create_cluster(self, **changes: Any) -> dict[str, Any]:
        """A replica cluster of the source, as the product asks for one."""
        source = self.instance()
        wanted = {
            "DBClusterIdentifier": CLUSTER,
            "Engine": "aurora-postgresql",
            "EngineVersion": source["EngineVersion"],
            "ReplicationSourceIdentifier": source["DBInstanceArn"],
            "DBSubnetGroupName": source["DBSubnetGroup"]["DBSubnetGroupName"],
            "VpcSecurityGroupIds": [self.group("databases")],
            "StorageEncrypted": True,
            "Port": source["Endpoint"]["Port"],
            **changes,
        }
        given = {name: value for name, value in wanted.items() if value is not None}
        answer: dict[str, Any] = self.rds.create_db_cluster(**given)["DBCluster"]
        return answer

    def create_member(self, identifier: str = MEMBER, **changes: Any) -> dict[str, Any]:
        """The one instance of the replica cluster."""
        answer = self.rds.create_db_instance(
            **{
                "DBInstanceIdentifier": identifier,
                "DBClusterIdentifier": CLUSTER,
                "Engine": "aurora-postgresql",
                "DBInstanceClass": "db.r6g.large",
                **changes,
            }
        )
        created: dict[str, Any] = answer["DBInstance"]
        return created

    def build_replica(self) -> None:
        """Cluster and instance, until it streams."""
        self.create_cluster()
        self.until_cluster_is("available")
        self.create_member()
        self.until_instance_is("available", MEMBER)

    def tear_replica_down(self) -> None:
        """Whatever is left of the replica goes, promoted or not."""
        self.cloud.scenario.__dict__.update(Scenario().__dict__)
        if self._exists(self.instance, MEMBER):
            eventually(lambda: self.cluster()["Status"] == "available", "no promotion under way")
            self.rds.delete_db_instance(DBInstanceIdentifier=MEMBER)
            eventually(lambda: not self._exists(self.instance, MEMBER), "deletion")
        if self._exists(self.cluster, CLUSTER):
            self.rds.modify_db_cluster(DBClusterIdentifier=CLUSTER, DeletionProtection=False)
            self.rds.delete_db_cluster(DBClusterIdentifier=CLUSTER, SkipFinalSnapshot=True)

    @staticmethod
    def _exists(describe: Callable[[str], object], identifier: str) -> bool:
        try:
            describe(identifier)
        except ClientError:
            return False
        return True

    def in_recovery(self, identifier: str = MEMBER) -> bool:
        """Whether the server is a standby still, by its own word."""
        with self.provider(identifier) as connection:
            row = connection.execute("SELECT pg_is_in_recovery()").fetchone()
        return row == (True,)

    def promote(self) -> dict[str, Any]:
        """The call, once."""
        answer = self.rds.promote_read_replica_db_cluster(DBClusterIdentifier=CLUSTER)
        cluster: dict[str, Any] = answer["DBCluster"]
        return cluster

    def readings(
        self, metric: str, identifier: str, *, stat: str = "Maximum", seconds: int = 60
    ) -> list[tuple[datetime, float]]:
        """A metric's datapoints, one a second, newest first."""
        now = datetime.now(UTC)
        dimension = {"Name": "DBInstanceIdentifier", "Value": identifier}
        found = self.cloudwatch.get_metric_data(
            StartTime=now - timedelta(seconds=seconds),
            EndTime=now + timedelta(seconds=60),
            MetricDataQueries=[
                {
                    "Id": "reading",
                    "MetricStat": {
                        "Metric": {
                            "Namespace": "AWS/RDS",
                            "MetricName": metric,
                            "Dimensions": [dimension],
                        },
                        "Period": 1,
                        "Stat": stat,
                    },
                }
            ],
        )["MetricDataResults"][0]
        return list(zip(found["Timestamps"], found["Values"], strict=True))


@contextmanager
def running_cloud(*identifiers: str) -> Iterator[Ground]:
    """A cloud with these sources alone; nothing may have gone wrong in its background."""
    # Not pytest's own folder: the servers' account cannot get into that.
    run_dir = Path(tempfile.mkdtemp(prefix="daybreak-aws-"))
    run_dir.chmod(0o755)
    try:
        authority = Authority(run_dir / "ca", "ca")
        with Cloud(run_dir, authority, load().only(*identifiers)) as cloud:
            ground = Ground(run_dir, cloud, authority)
            yield ground
            ground.nothing_failed()
    finally:
        shutil.rmtree(run_dir)
