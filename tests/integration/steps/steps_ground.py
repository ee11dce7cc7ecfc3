"""What the steps' tests stand on: AWS over real PostgreSQL, a real pooler with its agent, tools."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import boto3
import psycopg

from migration.adapters.clock import SystemClock
from migration.model import Facts, Migration, Options, Reading
from migration.plan import plan_for
from migration.steps import Done, Outcome, Wait
from sandbox import agent_config
from sandbox.access import Access
from sandbox.agent_config import Entry
from sandbox.aws.cloud import Cloud
from sandbox.aws.seed import Seed
from sandbox.servers.pgbouncer import ADMIN, PgBouncer, Trust
from sandbox.servers.resolve import resolve
from sandbox.servers.server_process import free_port
from workers.aws.clients import open_clients, open_promoting_client
from workers.aws.cloudwatch import WAL_RATE, CloudWatchGateway, Metric
from workers.aws.ec2 import Ec2Gateway
from workers.aws.kms import KmsGateway
from workers.aws.rds import RdsGateway
from workers.aws.secrets import SecretsGateway
from workers.postgres.databases import Databases
from workers.settings import WorkerSettings
from workers.steps.registry import STEPS
from workers.toolbox import Toolbox
from workers.traffic.client import Certificates, PoolerGroup

PATIENCE = 60.0
LOOK_SECONDS = 0.05


class Journal:
    """Keeps what a step says; with `deaths` it dies between an act and its record, once each."""

    def __init__(self, deaths: set[str] | None = None) -> None:
        self.intended: list[str] = []
        self.finished: list[str] = []
        self.readings: list[Reading] = []
        self._deaths = deaths

    def intend(self, act: str, **details: object) -> None:
        """See `migration.steps.Journal`."""
        self.intended.append(f"{act} {details}")

    def done(self, act: str, **_: object) -> None:
        """See `migration.steps.Journal`."""
        last = self.intended[-1]
        assert last.startswith(act), "what is done was intended"
        if self._deaths is not None and last not in self._deaths:
            self._deaths.add(last)
            raise Died(act)
        self.finished.append(act)

    def reading(self, reading: Reading) -> None:
        """See `migration.steps.Journal`."""
        self.readings.append(reading)


class Died(BaseException):
    """The worker was killed after the call and before its record."""


def eventually(condition: Callable[[], bool], what: str) -> None:
    """Wait until it holds, generously."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, f"{what} never came true"
        time.sleep(LOOK_SECONDS)


class Ground:
    """One cloud, one pooler that leads to all its sources, and the product's tools."""

    def __init__(self, folder: Path, stack: ExitStack, seed: Seed, *led_to: str) -> None:
        folder.chmod(0o755)
        self.folder = folder
        self.access = Access.make(folder / "certificates")
        self.cloud = Cloud(folder / "aws", self.access.databases, seed)
        self.pooler = PgBouncer(
            resolve("pgbouncer"),
            folder / "pgbouncer",
            trust=Trust(
                self.access.pooler,
                clients=self.access.team.certificate,
                servers=self.access.databases.certificate,
            ),
            log=folder / "pgbouncer.log",
        )
        for server in (self.cloud, self.pooler):
            stack.callback(server.stop)
            server.start()
        self._agent_address = ("127.0.0.1", free_port())
        self._start_agent(stack, led_to)
        self.readings: dict[str, list[Reading]] = {}
        self.done_at: dict[str, float] = {}
        self.acknowledged: dict[str, frozenset[str]] = {}
        self.session = boto3.Session("sandbox", "sandbox", region_name=self.cloud.region)
        # Every call that changed something in AWS, as it was sent.
        self.changes: list[str] = []
        self.tools = self._tools(stack)
        for name in led_to:
            # A rate needs two looks at the log: before that, its check can't be carried out.
            metric = Metric(WAL_RATE, name, "Average")
            eventually(
                lambda metric=metric: self.tools.metrics.latest([metric])[metric] is not None,
                f"the rate of {name}'s log",
            )

    def _start_agent(self, stack: ExitStack, led_to: tuple[str, ...]) -> None:
        config = self.folder / "agent.toml"
        agent_config.write(
            config,
            address=self._agent_address,
            access=self.access,
            pooler=self.pooler,
            admin_dsn=self.pooler.dsn(
                "pgbouncer", ADMIN, self.access.console, self.access.team.certificate
            ),
            state_file=self.folder / "agent.json",
            entries=[Entry(name, self.cloud.address(name), self.cloud.port) for name in led_to],
        )
        log = stack.enter_context((self.folder / "agent.log").open("ab"))
        agent = subprocess.Popen(
            [sys.executable, "-m", "workers.traffic"],
            stdout=log,
            stderr=log,
            env={
                **os.environ,
                "AWS_ENDPOINT_URL": self.cloud.endpoint_url,
                "AWS_REGION": self.cloud.region,
                "AWS_ACCESS_KEY_ID": "sandbox",
                "AWS_SECRET_ACCESS_KEY": "sandbox",
                "DAYBREAK_AGENT_CONFIG": str(config),
            },
        )
        stack.callback(agent.wait)
        stack.callback(agent.terminate)
        eventually(lambda: "Listening on" in (self.folder / "agent.log").read_text(), "the agent")

    def _tools(self, stack: ExitStack) -> Toolbox:
        url = self.cloud.endpoint_url
        clients = open_clients(self.session, url)
        for client in (
            clients.rds,
            clients.rds_reading,
            clients.ec2,
            clients.cloudwatch,
            clients.secrets,
            clients.kms,
        ):
            stack.callback(client.close)
            client.meta.events.register("before-call", self._note_change)
        rds = RdsGateway(
            clients.rds,
            partial(open_promoting_client, self.session, endpoint_url=url),
            clients.rds_reading,
        )
        secrets = SecretsGateway(clients.secrets)
        settings = WorkerSettings(
            AWS_REGION=self.cloud.region,
            rds_ca_file=str(self.access.databases.certificate),
            poolers=("https://{}:{}".format(*self._agent_address),),
            cert_file=str(self.access.daybreak.certificate),
            key_file=str(self.access.daybreak.key),
            ca_file=str(self.access.team.certificate),
            lag_sustain_seconds=0.5,
            poll_seconds=0.1,
            watch_seconds=0.1,
            datapoint_seconds=1,
        )
        certificates = Certificates(
            self.access.daybreak.certificate,
            self.access.daybreak.key,
            self.access.team.certificate,
        )
        traffic = stack.enter_context(PoolerGroup(settings.poolers, certificates))
        return Toolbox(
            rds=rds,
            ec2=Ec2Gateway(clients.ec2),
            metrics=CloudWatchGateway(clients.cloudwatch),
            secrets=secrets,
            kms=KmsGateway(clients.kms),
            databases=Databases(secrets, rds, settings.rds_ca_file),
            traffic=traffic,
            settings=settings,
            clock=SystemClock(),
            acknowledged=lambda migration: self.acknowledged.get(migration, frozenset()),
            done_at=lambda _migration, act: self.done_at.get(act),
            readings=lambda migration, name: [
                reading for reading in self.readings.get(migration, []) if reading.name == name
            ],
        )

    def _note_change(self, model: Any, **_: object) -> None:
        if not model.name.startswith(("Describe", "List", "Get")):
            self.changes.append(model.name)

    # A migration, without a store: its facts are kept by hand ---------------------------------

    def migration(self, source: str, target: str, **options: Any) -> Migration:
        """A migration as `start` would make it."""
        chosen = Options(target=target, **options)
        now = time.time()
        return Migration(
            id=f"{source}-{target[-4:]}",
            source=source,
            requester="U0RITA",
            channel="C1",
            options=chosen,
            plan=plan_for(source, chosen),
            created_at=now,
            updated_at=now,
        )

    def look(self, migration: Migration, step: str, journal: Journal | None = None) -> Outcome:
        """Run a step once, with an object of its own, as every job does."""
        journal = journal or Journal()
        outcome = STEPS[step](self.tools).run(migration, journal)
        self.readings.setdefault(migration.id, []).extend(journal.readings)
        return outcome

    def finish(self, migration: Migration, step: str, journal: Journal | None = None) -> Facts:
        """Run a step until it is done; its facts."""
        return self._until_done(lambda: self.look(migration, step, journal), step)

    def compensate(self, migration: Migration, step: str, journal: Journal | None = None) -> Facts:
        """Take a step's work down until that is done."""
        return self._until_done(
            lambda: STEPS[step](self.tools).compensate(migration, journal or Journal()), step
        )

    def _until_done(self, look: Callable[[], Outcome], step: str) -> Facts:
        deadline = time.monotonic() + PATIENCE
        while True:
            outcome = look()
            if isinstance(outcome, Done):
                return outcome.facts
            assert isinstance(outcome, Wait)
            assert time.monotonic() < deadline, f"{step} waits for ever: {outcome.reason}"
            time.sleep(min(outcome.seconds, LOOK_SECONDS))

    def carried_to(self, migration: Migration, *steps: str) -> Migration:
        """The migration after these steps."""
        for step in steps:
            facts = self.finish(migration, step)
            migration = replace(migration, facts={**migration.facts, step: facts})
        return migration

    # What is true -----------------------------------------------------------------------------

    @contextmanager
    def superuser(self, identifier: str) -> Iterator[psycopg.Connection[Any]]:
        """The provider's way in."""
        with psycopg.connect(self.cloud.superuser_dsn(identifier), autocommit=True) as connection:
            yield connection
