"""What the login-less cut-over's tests stand on: as for the others, but Daybreak can't log in.

WAL segments have RDS's size, the cycle is seconds instead of minutes, and datapoints come as often.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import boto3
import psycopg
from crash_ground import CrashGround
from cutover_ground import SOURCE, TARGET, Client, Ground, eventually
from prepared_base import TARGET_INSTANCE

from migration.model import Migration
from sandbox.aws.seed import Seed

QUARANTINE = "quarantine"
SEGMENT_BYTES = 64 * 1024 * 1024
CYCLE_SECONDS = 6
DATAPOINT_SECONDS = 2
#: The least that the mode takes, and room for a busy machine.
PAUSE = 150.0
#: Enough for a proof, and soon over where there is none.
SHORT_PAUSE = 35.0


class OutsideGround(CrashGround):
    """No secret and no role of Daybreak's."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        super().__init__(folder, stack)
        self.environment |= {
            "DAYBREAK_QUARANTINE_GROUP": QUARANTINE,
            "DAYBREAK_DATAPOINT_SECONDS": str(DATAPOINT_SECONDS),
            # whole segments in so short a cycle would fill any disk within half an hour
            "DAYBREAK_COPY_LEAST_HOURS": "0.01",
        }

    @staticmethod
    def seed() -> Seed:
        """RDS's segments, and a short cycle."""
        return replace(Ground.seed(), wal_segment_mb=64, archive_timeout_seconds=CYCLE_SECONDS)

    def aws(self, service: str) -> Any:
        """A client of the simulated cloud."""
        return boto3.client(
            service,
            endpoint_url=self.cloud.endpoint_url,
            region_name=self.cloud.region,
            aws_access_key_id="sandbox",
            aws_secret_access_key="sandbox",
        )

    def take_login_away(self) -> None:
        """Whatever tried to log in would fail from here on."""
        self.aws("secretsmanager").delete_secret(
            SecretId=f"daybreak/{SOURCE}", ForceDeleteWithoutRecovery=True
        )
        with psycopg.connect(self.cloud.superuser_dsn(SOURCE), autocommit=True) as connection:
            connection.execute("ALTER ROLE daybreak NOLOGIN")

    def ready(self, pause: float = PAUSE) -> Migration:
        """An approved migration in this mode."""
        return self.approve(self.at_the_gate(login=False, max_write_pause_seconds=pause))

    @contextmanager
    def when_closed(self, act: Callable[[], object]) -> Iterator[None]:
        """Do it once the source stands in quarantine."""

        def wait() -> None:
            eventually(lambda: self.groups_of(SOURCE) == [QUARANTINE], "a closed source")
            act()

        with ThreadPoolExecutor(max_workers=1) as pool:
            done = pool.submit(wait)
            yield
            done.result()

    def add_stale_slot(self) -> None:
        """A slot that nobody reads holds the log from now on; a reboot under way is waited for."""

        def made() -> bool:
            try:
                self.scalar(SOURCE, "SELECT pg_create_physical_replication_slot('stale', true)")
            except psycopg.OperationalError:
                return False
            except psycopg.errors.DuplicateObject:
                # made by the try before, whose answer the reboot cut off
                return True
            return True

        eventually(made, "a stale slot")

    def assert_stayed(self, clients: list[Client], *, has_target: bool) -> None:
        """On the source, which stands behind its own groups again; nothing lost."""
        assert self.place() == SOURCE
        self.account_of(clients)
        assert self.groups_of(SOURCE) == ["databases"]
        assert self.tags()["daybreak:fence"] == "open"
        assert self.has_target() is has_target
        if has_target:
            assert self.groups_of(TARGET_INSTANCE) == [QUARANTINE]

    def group(self, name: str) -> str:
        """The id of a security group of the seed."""
        wanted = [{"Name": "group-name", "Values": [name]}]
        found = self.aws("ec2").describe_security_groups(Filters=wanted)["SecurityGroups"]
        return str(found[0]["GroupId"])

    def groups_of(self, identifier: str) -> list[str]:
        """The names of the groups that an instance stands behind."""
        (found,) = self.aws("rds").describe_db_instances(DBInstanceIdentifier=identifier)[
            "DBInstances"
        ]
        ids = [entry["VpcSecurityGroupId"] for entry in found["VpcSecurityGroups"]]
        groups = self.aws("ec2").describe_security_groups(GroupIds=ids)["SecurityGroups"]
        return [group["GroupName"] for group in groups]

    def has_target(self) -> bool:
        """Whether AWS has the cluster still."""
        found = self.aws("rds").describe_db_clusters()["DBClusters"]
        return TARGET in {cluster["DBClusterIdentifier"] for cluster in found}

    def tags(self) -> dict[str, str]:
        """The source's tags."""
        (found,) = self.aws("rds").describe_db_instances(DBInstanceIdentifier=SOURCE)["DBInstances"]
        return {tag["Key"]: tag["Value"] for tag in found["TagList"]}

    def target_tags(self) -> dict[str, str]:
        """The cluster's tags."""
        (found,) = self.aws("rds").describe_db_clusters(DBClusterIdentifier=TARGET)["DBClusters"]
        return {tag["Key"]: tag["Value"] for tag in found["TagList"]}

    def abandon_target(self) -> None:
        """By its tag alone, as an attempt does that may have decided to promote it."""
        rds = self.aws("rds")
        (found,) = rds.describe_db_clusters(DBClusterIdentifier=TARGET)["DBClusters"]
        tags = [{"Key": "daybreak:fence", "Value": "abandoned"}]
        rds.add_tags_to_resource(ResourceName=found["DBClusterArn"], Tags=tags)

    def asked_for(self) -> list[str]:
        """Every act that AWS carried out, in order."""
        return [act.action for act in self.cloud.carried_out]

    def told(self) -> dict[str, Any]:
        """What `recover` tells without being asked to act."""
        told: dict[str, Any] = json.loads(self.host.run("workers", "recover", SOURCE, "--json"))
        return told

    def refused(self, *arguments: str) -> str:
        """The words with which a command of `python -m workers` is refused."""
        done = subprocess.run(
            [sys.executable, "-m", "workers", *arguments],
            env={**os.environ, **self.environment},
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
        assert done.returncode == 1, done
        return done.stderr

    def account_of(self, clients: list[Client]) -> None:
        """Nothing lost or phantom on the database that applications are led to."""
        place = self.place()
        assert self._lost_and_phantom(clients, place) == (0, 0), place

    def _lost_and_phantom(self, clients: list[Client], place: str) -> tuple[int, int]:
        lost = phantom = 0
        for client in clients:
            found = set(self.numbers_on(place, client))
            lost += len(set(client.acknowledged) - found)
            phantom += len(found - set(client.acknowledged) - client.unknown)
        return lost, phantom


__all__ = ["SOURCE", "TARGET", "TARGET_INSTANCE", "OutsideGround"]
