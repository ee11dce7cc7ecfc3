"""A whole sandbox: starts its parts and the Procfile's lines, and leaves nothing behind."""

import shutil
import socket
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Self

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from sandbox import agent_config, environment, leftovers, parts, procfile
from sandbox.access import Access
from sandbox.agent_config import Entry
from sandbox.aws.cloud import Cloud
from sandbox.lock import Lock
from sandbox.processes import Supervised
from sandbox.run_directory import make_run_directory
from sandbox.servers.pgbouncer import ADMIN, PgBouncer
from sandbox.servers.redis import Redis
from sandbox.servers.server_process import free_port
from sandbox.settings import ADDRESSES, PRODUCT_SETTINGS, Options
from sandbox.slack.people import Wire
from sandbox.slack.workspace import Workspace
from sandbox.workload.data import MIB, load

#: The instance that the writers and the demo live on.
SOURCE = "orders"
CHANNEL = "migrations"
APPROVERS = "dba-oncall"
LOOPBACK = "127.0.0.1"
#: The other instances' databases only have to be there.
SMALL_MB, SMALL_ROWS = 10, 5000
READY_SECONDS = 60.0
POLL_SECONDS = 0.1
# The writers wait for transactions under way before they end.
WRITERS_STOP_SECONDS = 30.0

Tell = Callable[[str], None]


class NotReadyError(Exception):
    """A part of the sandbox did not come up in time."""


class Sandbox:
    """One sandbox; a context manager. What is left out by `WITHOUT` is None."""

    def __init__(self, options: Options, tell: Tell = print) -> None:
        """Nothing starts yet; `tell` takes lines for people."""
        self.options = options
        self.cloud: Cloud | None = None
        self.workspace: Workspace | None = None
        self.redis: Redis | None = None
        self.pgbouncer: PgBouncer | None = None
        #: the Procfile's lines by name, each to be started, stopped and killed on its own
        self.processes: dict[str, Supervised] = {}
        self.writers: Supervised | None = None
        #: what the product's processes get
        self.environment: dict[str, str] = {}
        #: the size of the source's database in MiB, once it is loaded
        self.data_mb = 0.0
        self._tell = tell
        self._stack = ExitStack()
        self._access: Access | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_failure: object) -> None:
        self.stop()

    @property
    def records(self) -> Path:
        """What the writers put down."""
        return self.options.visible / "writers.tsv"

    def start(self) -> None:
        """Bring everything up; on return the product takes orders and the writers write."""
        self.options.check()
        try:
            self._prepare()
            self._start_parts()
            self._start_processes()
            self._load()
            self._wait_until_ready()
            self._start_writers()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """End everything that was started, last things first; twice does no harm."""
        self._stack.close()

    # the parts

    def _prepare(self) -> None:
        visible, run_directory = self.options.visible, self.options.run_directory
        visible.mkdir(parents=True, exist_ok=True)
        lock = Lock(visible / "lock")
        lock.take()
        self._stack.callback(lock.release)
        left = leftovers.belonging_to(run_directory)
        if left:
            self._tell(f"Ending {len(left)} processes that a killed sandbox left behind.")
            leftovers.end(left)
        make_run_directory(run_directory)
        self._stack.callback(self._sweep)
        shutil.rmtree(self.options.logs, ignore_errors=True)
        self.options.logs.mkdir()
        self.records.unlink(missing_ok=True)
        self._stack.callback((visible / "env").unlink, missing_ok=True)
        self._access = Access.make(run_directory / "certificates")

    def _sweep(self) -> None:
        """Whoever is still there although everything was ended is ended now."""
        left = leftovers.belonging_to(self.options.run_directory)
        if left:
            self._tell(f"Still there, ended now: {', '.join(sorted({p.name for p in left}))}.")
            leftovers.end(left)
        shutil.rmtree(self.options.run_directory, ignore_errors=True)

    def _start_parts(self) -> None:
        options, values = self.options, self.environment
        values |= environment.inherited(
            options.environment, own_slack=options.has("slack"), own_aws=options.has("aws")
        )
        values[leftovers.MARK] = str(options.run_directory)
        values |= PRODUCT_SETTINGS
        for part in sorted(options.without):
            values |= {name: options.address(name) for name in ADDRESSES[part]}
        if options.has("redis"):
            self.redis = parts.start_redis(options, self._stack)
            values["REDIS_URL"] = self.redis.url
        if options.has("slack"):
            self._start_slack()
        if options.has("aws"):
            self._start_aws()
        if options.has("pgbouncer"):
            self._start_pgbouncer()
        values |= options.settings
        environment.write(options.visible / "env", values)

    def _start_slack(self) -> None:
        port = free_port()
        request_url = f"http://{LOOPBACK}:{port}/slack/events"
        self.workspace = parts.start_workspace(self.options, request_url, self._stack)
        tokens, cast = self.workspace.tokens, self.workspace.cast
        self.environment |= {
            "SLACK_API_URL": self.workspace.api_url,
            "SLACK_BOT_TOKEN": tokens.bot,
            "SLACK_APP_TOKEN": tokens.app,
            "SLACK_SIGNING_SECRET": tokens.signing_secret,
            "DAYBREAK_SLACK_TRANSPORT": self.options.transport,
            "DAYBREAK_HTTP_PORT": str(port),
            "DAYBREAK_CHANNEL": next(room.id for room in cast.rooms if room.name == CHANNEL),
            "DAYBREAK_APPROVERS": next(g.id for g in cast.groups if g.handle == APPROVERS),
        }

    def _start_aws(self) -> None:
        access = self._known_access()
        self.cloud = parts.start_cloud(self.options, access, self._stack)
        names = [instance.identifier for instance in self.cloud.seed.instances]
        source = SOURCE if SOURCE in names else names[0]
        roles = self.cloud.seed.roles
        self.environment |= {
            "AWS_ENDPOINT_URL": self.cloud.endpoint_url,
            "AWS_REGION": self.cloud.region,
            "AWS_ACCESS_KEY_ID": "sandbox",
            "AWS_SECRET_ACCESS_KEY": "sandbox",
            "DAYBREAK_RDS_CA_FILE": str(access.databases.certificate),
            "DAYBREAK_SOURCE_DSN": make_conninfo(
                host=self.cloud.address(source),
                port=self.cloud.port,
                dbname=roles.database,
                user=roles.application,
                password=self.cloud.password(source, roles.application),
                sslmode="verify-full",
                sslrootcert=str(access.databases.certificate),
            ),
        }

    def _start_pgbouncer(self) -> None:
        access, values = self._known_access(), self.environment
        databases_ca = Path(values["DAYBREAK_RDS_CA_FILE"])
        self.pgbouncer = parts.start_pooler(self.options, access, databases_ca, self._stack)
        authority = access.team.certificate
        admin_dsn = self.pgbouncer.dsn("pgbouncer", ADMIN, access.console, authority)
        application = self.pgbouncer.dsn(SOURCE, "app", access.application, authority)
        port = free_port()
        config = self.options.run_directory / "agent.toml"
        agent_config.write(
            config,
            address=(LOOPBACK, port),
            access=access,
            pooler=self.pgbouncer,
            admin_dsn=admin_dsn,
            state_file=self.options.run_directory / "agent.json",
            entries=self._entries(),
        )
        values |= {
            "DAYBREAK_APP_DSN": application,
            "DAYBREAK_PGBOUNCER_ADMIN_DSN": admin_dsn,
            "DAYBREAK_AGENT_CONFIG": str(config),
            "DAYBREAK_POOLERS": f"https://{LOOPBACK}:{port}",
            "DAYBREAK_CERT_FILE": str(access.daybreak.certificate),
            "DAYBREAK_KEY_FILE": str(access.daybreak.key),
            "DAYBREAK_CA_FILE": str(authority),
        }

    def _entries(self) -> list[Entry]:
        if self.cloud is None:
            source = conninfo_to_dict(self.environment["DAYBREAK_SOURCE_DSN"])
            return [Entry(SOURCE, str(source["host"]), int(str(source.get("port") or 5432)))]
        return [
            Entry(i.identifier, self.cloud.address(i.identifier), self.cloud.port)
            for i in self.cloud.seed.instances
        ]

    def _known_access(self) -> Access:
        if self._access is None:
            raise RuntimeError("The sandbox has not been started.")
        return self._access

    # the processes

    def _start_processes(self) -> None:
        self._stack.callback(self._stop_processes)
        for name, command in procfile.read(self.options.checkout / "Procfile").items():
            if name == "pooler" and self.pgbouncer is None:
                continue  # whoever runs the pooler runs the agent beside it
            self.processes[name] = self._supervised(name, command)
            self.processes[name].start()

    def _supervised(self, name: str, command: list[str]) -> Supervised:
        return Supervised(
            name,
            command,
            environment=self.environment,
            directory=self.options.checkout,
            log=self.options.logs / f"{name}.log",
            tell=self._tell,
        )

    def _stop_processes(self) -> None:
        with ThreadPoolExecutor(max_workers=8) as pool:
            list(pool.map(Supervised.stop, self.processes.values()))

    def _load(self) -> None:
        if self.cloud is None:
            return
        cloud, options = self.cloud, self.options

        def fill(identifier: str) -> float:
            large = identifier == SOURCE
            data_mb = options.data_mb if large else SMALL_MB
            rows = options.rows if large else SMALL_ROWS
            return load(cloud.superuser_dsn(identifier), data_mb, rows)[0] / MIB

        names = [instance.identifier for instance in cloud.seed.instances]
        with ThreadPoolExecutor(max_workers=len(names)) as pool:
            sizes = dict(zip(names, pool.map(fill, names), strict=True))
        self.data_mb = sizes.get(SOURCE, 0.0)

    def _wait_until_ready(self) -> None:
        self._wait_for(self._pooler_leads, "The application's way through the pooler")
        if self.workspace is not None and "bot" in self.processes:
            self._wait_for(self._bot_listens, "The bot")

    def _wait_for(self, ready: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while not ready():
            if time.monotonic() > deadline:
                raise NotReadyError(f"{what} is not open; the logs: {self.options.logs}")
            time.sleep(POLL_SECONDS)

    def _pooler_leads(self) -> bool:
        try:
            with psycopg.connect(
                self.environment["DAYBREAK_APP_DSN"], autocommit=True, prepare_threshold=None
            ) as connection:
                connection.execute("SELECT 1")
        except psycopg.OperationalError:
            return False
        return True

    def _bot_listens(self) -> bool:
        if self.workspace is None:
            return True
        if self.options.transport == "http":
            return listens(LOOPBACK, int(self.environment["DAYBREAK_HTTP_PORT"]))
        return bool(Wire(self.workspace.base_url).sockets())

    def _start_writers(self) -> None:
        if not self.options.has("workload"):
            return
        options = self.options
        command = [sys.executable, "-m", "sandbox.workload"]
        command += ["--writers", str(options.writers), "--think-ms", str(options.think_ms)]
        command += ["--out", str(self.records)]
        self.writers = self._supervised("writers", command)
        self.writers.patience = WRITERS_STOP_SECONDS
        self._stack.callback(self.writers.stop)
        self.writers.start()


def listens(host: str, port: int) -> bool:
    """Whether somebody accepts connections there."""
    try:
        socket.create_connection((host, port), timeout=1).close()
    except OSError:
        return False
    return True
