"""Hundreds of migrations over an account without servers, and a minute that costs no minute."""

import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from migration.adapters.redis_store import RedisStore
from migration.model import Migration, Options, Waiting
from migration.plan import plan_for
from migration.recorder import Recorder
from migration.schedule import work_of
from sandbox.aws import seed
from sandbox.aws.cloud import ACCOUNT_ID, Cloud
from sandbox.servers.certificates import Authority
from sandbox.servers.redis import Redis
from sandbox.servers.resolve import resolve
from workers.app import Workbench, compose
from workers.aws.cloudwatch import REPLICA_LAG, SLOT_LAG
from workers.runner import StepRunner
from workers.steps import marks

AURORA = "aurora-postgresql"
LAG_SECONDS = 900.0


@dataclass
class Clock:
    """The time that it is made."""

    time: float

    def now(self) -> float:
        """Unix seconds."""
        return self.time


class Fleet:
    """An account of so many hollow instances, a Redis, and migrations in the store."""

    def __init__(self, folder: Path, stack: ExitStack, size: int) -> None:
        folder.chmod(0o755)
        self.folder = folder
        authority = Authority(folder, "ca")
        self.cloud = Cloud(folder / "aws", authority, seed.load().only().with_hollow(size))
        self.redis = Redis(resolve("redis"), folder / "redis", log=folder / "redis.log")
        for server in (self.cloud, self.redis):
            stack.callback(server.stop)
            server.start()
        caller = authority.issue(folder, "daybreak")
        self.environment = {
            "REDIS_URL": self.redis.url,
            "AWS_ENDPOINT_URL": self.cloud.endpoint_url,
            "AWS_REGION": self.cloud.region,
            "AWS_ACCESS_KEY_ID": "sandbox",
            "AWS_SECRET_ACCESS_KEY": "sandbox",
            "DAYBREAK_RDS_CA_FILE": str(authority.certificate),
            "DAYBREAK_POOLERS": "https://127.0.0.1:1",
            "DAYBREAK_CERT_FILE": str(caller.certificate),
            "DAYBREAK_KEY_FILE": str(caller.key),
            "DAYBREAK_CA_FILE": str(authority.certificate),
        }
        session = boto3.Session("sandbox", "sandbox", region_name=self.cloud.region)
        self._rds: Any = session.client(
            "rds", endpoint_url=self.cloud.endpoint_url, config=Config(max_pool_connections=8)
        )
        stack.callback(self._rds.close)

    # What is under way ------------------------------------------------------------------------

    def waiting(self, numbers: range, now: float) -> list[Migration]:
        """Of each of these instances a migration that waits: every other one for its copy.

        The rest, without a login, for the lag of their replica to go down.
        """
        with ThreadPoolExecutor(max_workers=8) as pool:
            return list(pool.map(lambda number: self._waiting(number, now), numbers))

    def _waiting(self, number: int, now: float) -> Migration:
        copying = number % 2 == 0
        source = f"hollow-{number:03}"
        options = Options(target=f"{source}-aurora", login=copying)
        plan = plan_for(source, options)
        names = [step.name for step in plan.steps]
        migration = Migration(
            id=f"{source}-0001",
            source=source,
            requester="U0RITA",
            channel="C1",
            options=options,
            plan=plan,
            created_at=now,
            updated_at=now,
            position=names.index("create_replica" if copying else "watch_lag"),
            waiting=Waiting("as it begins", now),
        )
        member = self._replica(migration)
        if not copying:
            self.cloud.complete(member)
            said = self.cloud.scenario.metrics_said
            said[REPLICA_LAG, member] = LAG_SECONDS
            said[SLOT_LAG, source] = 1e9
        return migration

    def _replica(self, migration: Migration) -> str:
        tags = [{"Key": key, "Value": value} for key, value in marks.tags(migration).items()]
        source = f"arn:aws:rds:{self.cloud.region}:{ACCOUNT_ID}:db:{migration.source}"
        self._rds.create_db_cluster(
            DBClusterIdentifier=migration.target,
            Engine=AURORA,
            ReplicationSourceIdentifier=source,
            DeletionProtection=True,
            Tags=tags,
        )
        member = marks.instance_name(migration)
        deadline = time.monotonic() + 60
        while True:
            try:
                self._rds.create_db_instance(
                    DBInstanceIdentifier=member,
                    DBClusterIdentifier=migration.target,
                    DBInstanceClass="db.r6g.large",
                    Engine=AURORA,
                    Tags=tags,
                )
            except self._rds.exceptions.InvalidDBClusterStateFault:
                assert time.monotonic() < deadline, f"{migration.target} is never available"
            else:
                return member

    # What is asked ----------------------------------------------------------------------------

    @contextmanager
    def counting(self) -> Iterator[Counter[tuple[str, str]]]:
        """Fills with the calls of the block, by service and action, when it ends."""
        before = self.cloud.calls
        counted: Counter[tuple[str, str]] = Counter()
        yield counted
        counted.update(self.cloud.calls - before)


@dataclass
class Desk:
    """A workbench whose clock is ours."""

    bench: Workbench
    clock: Clock

    def store(self, migrations: list[Migration]) -> None:
        """Each due in a second."""
        for migration in migrations:
            self.bench.store.create(migration, [], work_of(migration, self.clock.now() + 1))

    def work(self) -> int:
        """What the reconciler and a worker do now: whoever is due is looked at; how many were."""
        due = self.bench.store.overdue(self.clock.now())
        for migration_id in due:
            migration = self.bench.store.load(migration_id)
            assert migration.step is not None
            StepRunner(self.bench).run(migration_id, migration.step.name, migration.version)
        return len(due)


def a_desk() -> Desk:
    """Composed from the environment."""
    bench, clock = compose(), Clock(time.time())
    store = RedisStore(bench.redis, bench.engine, clock)
    return Desk(
        replace(
            bench,
            store=store,
            recorder=Recorder(store, clock),
            clock=clock,
            tools=replace(bench.tools, clock=clock, readings=store.readings),
        ),
        clock,
    )
