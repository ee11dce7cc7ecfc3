"""What the cut-over's tests stand on: real servers, a replica that follows, and live clients.

The product's own steps prepare the replica; no worker process stands in between, so that a test
says when the cut-over runs, and what happens around it.
"""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import psycopg

from migration.adapters.redis_store import RedisStore
from migration.approvals import Click, Person, Policy
from migration.model import Migration, Options, Status
from migration.schedule import work_of
from migration.service import Service
from sandbox import agent_config, identities
from sandbox.access import Access
from sandbox.agent_config import Entry
from sandbox.aws import seed as aws_seed
from sandbox.aws.cloud import Cloud
from sandbox.aws.seed import Seed
from sandbox.servers.pgbouncer import ADMIN, PgBouncer, Trust
from sandbox.servers.redis import Redis
from sandbox.servers.resolve import resolve
from sandbox.servers.server_process import free_port
from sandbox.workload.data import load
from workers.app import Workbench
from workers.collector import Collector
from workers.postgres import fence
from workers.runner import StepRunner
from workers.tasks import observe, workbench

SOURCE, TARGET = "orders", "orders-aurora"
RITA, ADAM = "U0RITA", "U0ADAM"
PATIENCE = 60.0
ERROR_PAUSE_SECONDS = 0.01


def eventually(condition: Callable[[], bool], what: str) -> None:
    """Wait until it holds, generously."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, f"{what} never came true"
        time.sleep(0.01)


@dataclass
class Client:
    """An application that writes as fast as it can, through the pooler, and never retries."""

    dsn: str
    acknowledged: list[int] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    #: sent, and no answer: it may have been done
    unknown: set[int] = field(default_factory=set)

    def write(self, number: int, connection: psycopg.Connection[Any]) -> None:
        """One transaction."""
        with connection.transaction():
            connection.execute(
                "INSERT INTO seen (client, number) VALUES (%s, %s)", [id(self), number]
            )
        self.acknowledged.append(number)

    def run(self, stop: threading.Event) -> None:
        """Until told to stop; an error costs the connection."""
        number = 0
        while not stop.is_set():
            try:
                with psycopg.connect(self.dsn, prepare_threshold=None, autocommit=True) as link:
                    while not stop.is_set():
                        number += 1
                        self.write(number, link)
            except psycopg.Error as error:
                self.unknown.add(number)
                self.errors.append(str(error))
                # refusals come fast, and others need the processor
                time.sleep(ERROR_PAUSE_SECONDS)


AnyClient = TypeVar("AnyClient", bound=Client)


@contextmanager
def writing(clients: list[AnyClient]) -> Iterator[list[AnyClient]]:
    """Each in a thread of its own until the block ends; it begins when all have written."""
    stop = threading.Event()
    threads = [threading.Thread(target=client.run, args=(stop,)) for client in clients]
    for thread in threads:
        thread.start()
    try:
        eventually(lambda: all(client.acknowledged for client in clients), "the first writes")
        yield clients
    finally:
        stop.set()
        for thread in threads:
            thread.join()


class Ground:
    """One cloud with one source, its pooler and agent, Redis, and the product's workbench.

    Its AWS allows the product what docs/iam does, and the tests everything.
    """

    #: The documents of docs/iam that the product has; None: all that are its workers'.
    policies: tuple[str, ...] | None = None

    def __init__(
        self, folder: Path, stack: ExitStack, parameters: Mapping[str, str] | None = None
    ) -> None:
        self.folder = folder
        self.stack = stack
        folder.chmod(0o755)
        self.access = access = Access.make(folder / "certificates")
        seed = self.seed()
        for instance in seed.instances:
            instance.parameters.update(parameters or {})
        self.cloud = Cloud(folder / "aws", access.databases, seed)
        self.redis = Redis(resolve("redis"), folder / "redis", log=folder / "redis.log")
        self.pooler = PgBouncer(
            resolve("pgbouncer"),
            folder / "pgbouncer",
            trust=Trust(
                access.pooler, clients=access.team.certificate, servers=access.databases.certificate
            ),
            log=folder / "pgbouncer.log",
        )
        for server in (self.cloud, self.redis, self.pooler):
            stack.callback(server.stop)
            server.start()
        identities.give(self.cloud, self.policies)
        load(self.cloud.superuser_dsn(SOURCE), 12, 2000)
        with psycopg.connect(self.cloud.superuser_dsn(SOURCE), autocommit=True) as connection:
            connection.execute(
                "CREATE TABLE seen (client bigint, number bigint, PRIMARY KEY (client, number))"
            )
            connection.execute("GRANT ALL ON seen TO app")
        self.app_dsn = self.pooler.dsn(SOURCE, "app", access.application, access.team.certificate)
        self.direct_dsn = psycopg.conninfo.make_conninfo(
            host=self.cloud.address(SOURCE),
            port=self.cloud.port,
            dbname="app",
            user="app",
            password=self.cloud.password(SOURCE, "app"),
            sslmode="require",
        )
        self._agent_address = ("127.0.0.1", free_port())
        authority = access.team.certificate
        self.admin_dsn = self.pooler.dsn("pgbouncer", ADMIN, access.console, authority)
        agent_config.write(
            folder / "agent.toml",
            address=self._agent_address,
            access=access,
            pooler=self.pooler,
            admin_dsn=self.admin_dsn,
            state_file=folder / "agent.json",
            entries=[Entry(SOURCE, self.cloud.address(SOURCE), self.cloud.port)],
        )
        self.environment = {
            "AWS_ENDPOINT_URL": self.cloud.endpoint_url,
            "AWS_REGION": self.cloud.region,
            **identities.keys("worker"),
            "REDIS_URL": self.redis.url,
            "DAYBREAK_RDS_CA_FILE": str(access.databases.certificate),
            "DAYBREAK_POOLERS": "https://{}:{}".format(*self._agent_address),
            "DAYBREAK_CERT_FILE": str(access.daybreak.certificate),
            "DAYBREAK_KEY_FILE": str(access.daybreak.key),
            "DAYBREAK_CA_FILE": str(access.team.certificate),
            "DAYBREAK_PROBE_CERTIFICATES": str(access.application.certificate.parent),
            "DAYBREAK_AGENT_CONFIG": str(folder / "agent.toml"),
            "DAYBREAK_LAG_SUSTAIN_SECONDS": "0.1",
            "DAYBREAK_WATCH_SECONDS": "0.2",
            "DAYBREAK_POLL_SECONDS": "0.1",
            "DAYBREAK_DATAPOINT_SECONDS": "1",
            # its replicas are there in seconds, and its writers write as fast as they can
            "DAYBREAK_COPY_LEAST_HOURS": "0.01",
            "DAYBREAK_PAUSE_SECONDS": "1",
        }
        self._agent: subprocess.Popen[bytes] | None = None
        self.start_agent()
        stack.callback(self.stop_agent)

    # the parts

    @staticmethod
    def seed() -> Seed:
        """The account at the start."""
        return aws_seed.load().only(SOURCE)

    def start_agent(self) -> None:
        """Run the agent, and see that applications come through."""
        self.run_agent()
        eventually(self._pooler_leads, "the way through the pooler")

    def run_agent(self) -> None:
        """Run it as a platform would, unless it runs."""
        if self._agent is not None and self._agent.poll() is None:
            return
        with (self.folder / "agent.log").open("ab") as log:
            self._agent = subprocess.Popen(
                [sys.executable, "-m", "workers.traffic"],
                stdout=log,
                stderr=log,
                env={**os.environ, **self.environment, **identities.keys("pooler")},
            )

    @property
    def agent_pid(self) -> int:
        """Its process id."""
        assert self._agent is not None
        return self._agent.pid

    def _pooler_leads(self) -> bool:
        try:
            psycopg.connect(self.app_dsn, prepare_threshold=None).close()
        except psycopg.OperationalError:
            return False
        return True

    def kill_agent(self) -> None:
        """As a crash would."""
        if self._agent is not None:
            self._agent.send_signal(signal.SIGKILL)
            self._agent.wait()

    @contextmanager
    def agent_that_hangs(self) -> Iterator[None]:
        """It takes calls and answers none."""
        assert self._agent is not None
        self._agent.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._agent.send_signal(signal.SIGCONT)

    def stop_agent(self) -> None:
        """Politely."""
        if self._agent is not None:
            self._agent.terminate()
            self._agent.wait()

    def compose(self) -> Workbench:
        """The workbench, from the environment."""
        workbench.cache_clear()
        self.bench = workbench()
        self.stack.callback(self.bench.close)
        self.stack.callback(workbench.cache_clear)
        self.store: RedisStore = self.bench.store
        self.service = Service(self.store, self.bench.clock, Policy(frozenset({ADAM})))
        return self.bench

    # the migration

    def at_the_gate(self, **options: Any) -> Migration:
        """Start a migration and let the product's steps carry it to the gate."""
        self.store.save_inventory(Collector(self.bench.tools.rds, self.bench.clock).collect())
        migration = self.service.start(SOURCE, RITA, "C1", Options(target=TARGET, **options))
        deadline = time.monotonic() + PATIENCE
        while migration.status is Status.ACTIVE:
            assert time.monotonic() < deadline, migration.waiting
            # A replica reports what it replayed when something comes in, else every 10 s.
            self.scalar(SOURCE, "SELECT pg_logical_emit_message(true, 'test', 'something')")
            work = work_of(migration)
            assert work is not None
            StepRunner(self.bench).run(work.migration_id, work.step, work.version)
            migration = self.store.load(migration.id)
            time.sleep(0.02)
        assert migration.status is Status.WAITING_FOR_APPROVAL, migration.problem
        return migration

    def approve(self, migration: Migration) -> Migration:
        """Adam approves, on evidence gathered now."""
        click = Click("promote", migration.version)
        deadline = time.monotonic() + PATIENCE
        while True:
            observe(migration.id)
            decision, after = self.service.approve(migration.id, click, Person(ADAM), SOURCE)
            if decision.granted:
                return after
            # conditions come and go on a busy machine
            assert time.monotonic() < deadline, (decision, self.store.evidence(migration.id))

    def cut_over(self, migration: Migration) -> Migration:
        """Run the approved cut-over here and now; gives what came of it."""
        work = work_of(migration)
        assert work is not None
        StepRunner(self.bench).run(work.migration_id, work.step, work.version)
        return self.store.load(migration.id)

    # what is true

    def fence_on(self, identifier: str) -> fence.Fence:
        """The fence's row, as that server has it."""
        with psycopg.connect(self.cloud.superuser_dsn(identifier), autocommit=True) as connection:
            return fence.read(connection)

    def drained(self) -> bool:
        """Whether the marker was committed under the fence."""
        made = self.scalar(SOURCE, "SELECT to_regclass('daybreak.fence')")
        return made is not None and self.fence_on(SOURCE).marker > 0

    def scalar(self, identifier: str, query: str) -> Any:
        """One value, read as the provider."""
        with psycopg.connect(self.cloud.superuser_dsn(identifier), autocommit=True) as connection:
            row = connection.execute(query.encode()).fetchone()
            return row[0] if row else None

    def numbers_on(self, identifier: str, client: Client) -> list[int]:
        """What that server has of a client's writes."""
        with psycopg.connect(self.cloud.superuser_dsn(identifier), autocommit=True) as connection:
            found = connection.execute(
                "SELECT number FROM seen WHERE client = %s ORDER BY number", [id(client)]
            )
            return [number for (number,) in found]

    def clients(
        self, count: int = 4, kind: type[AnyClient] = Client
    ) -> AbstractContextManager[list[AnyClient]]:
        """Applications that write until the block ends."""
        return writing([kind(self.app_dsn) for _ in range(count)])


def assert_writes_flow(clients: list[Client]) -> None:
    """Every client gets further acknowledgements."""
    before = [len(client.acknowledged) for client in clients]
    eventually(
        lambda: all(
            len(client.acknowledged) > count + 3
            for client, count in zip(clients, before, strict=True)
        ),
        "writes of every client",
    )
