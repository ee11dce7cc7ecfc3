"""A whole sandbox: starts its parts and the Procfile's lines, and leaves nothing behind."""

import shutil
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Self

from psycopg.conninfo import conninfo_to_dict

from sandbox import agent_config, environment, identities, leftovers, parts, procfile, wiring
from sandbox.access import Access
from sandbox.agent_config import Entry
from sandbox.aws.cloud import Cloud
from sandbox.filling import fill
from sandbox.lock import Lock
from sandbox.processes import Supervised
from sandbox.readiness import answers, listens, wait_for
from sandbox.run_directory import make_run_directory
from sandbox.servers.pgbouncer import PgBouncer
from sandbox.servers.redis import Redis
from sandbox.servers.server_process import free_port
from sandbox.settings import ADDRESSES, PRODUCT_SETTINGS, SOURCE, Options
from sandbox.slack.cast import default_cast
from sandbox.slack.people import Wire
from sandbox.slack.workspace import Workspace

LOOPBACK = "127.0.0.1"
# The writers wait for transactions under way before they end.
WRITERS_STOP_SECONDS = 30.0

Tell = Callable[[str], None]


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
            if self.cloud is not None:
                self.data_mb = fill(self.cloud, self.options)
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
        data = f" with {self.options.data_mb} MB of data" if self.options.has("aws") else ""
        self._tell(f"Starting the sandbox{data} ...")
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
        else:
            values |= wiring.people(default_cast()) | values
        if options.has("aws"):
            self._start_aws()
        else:
            values.setdefault("DAYBREAK_RDS_CA_FILE", self._source().get("sslrootcert", ""))
        if options.has("pgbouncer"):
            self._start_pgbouncer()
        values |= options.settings
        environment.write(options.visible / "env", values)

    def _start_slack(self) -> None:
        port = free_port()
        request_url = f"http://{LOOPBACK}:{port}/slack/events"
        self.workspace = parts.start_workspace(self.options, request_url, self._stack)
        self.environment |= wiring.slack(self.workspace, self.options.transport, port)

    def _start_aws(self) -> None:
        access = self._known_access()
        self.cloud = parts.start_cloud(self.options, access, self._stack)
        self.environment |= wiring.aws(self.cloud, access)
        identities.give(self.cloud, self.options.policies)

    def _start_pgbouncer(self) -> None:
        access, options = self._known_access(), self.options
        databases_ca = Path(self.environment["DAYBREAK_RDS_CA_FILE"])
        self.pgbouncer = parts.start_pooler(options, access, databases_ca, self._stack)
        port = free_port()
        config = options.run_directory / "agent.toml"
        self.environment |= wiring.pooler(self.pgbouncer, access, port, config)
        agent_config.write(
            config,
            address=(LOOPBACK, port),
            access=access,
            pooler=self.pgbouncer,
            admin_dsn=self.environment["DAYBREAK_PGBOUNCER_ADMIN_DSN"],
            state_file=options.run_directory / "agent.json",
            entries=self._entries(),
        )

    def _entries(self) -> list[Entry]:
        if self.cloud is None:
            source = self._source()
            return [Entry(SOURCE, source["host"], int(source.get("port", "5432")))]
        return [
            Entry(i.identifier, self.cloud.address(i.identifier), self.cloud.port)
            for i in self.cloud.seed.instances
        ]

    def _source(self) -> dict[str, str]:
        """Where the source is that somebody else runs."""
        said = conninfo_to_dict(self.environment["DAYBREAK_SOURCE_DSN"])
        return {name: str(value) for name, value in said.items() if value is not None}

    def _known_access(self) -> Access:
        if self._access is None:
            raise RuntimeError("The sandbox has not been started.")
        return self._access

    # the processes

    def _start_processes(self) -> None:
        self._stack.callback(self._stop_processes)
        for name, command in procfile.read(self.options.checkout / "Procfile").items():
            if name == "pooler" and "DAYBREAK_AGENT_CONFIG" not in self.environment:
                continue  # the pooler is somebody else's, and so is the agent beside it
            self.processes[name] = self._supervised(name, command)
            self.processes[name].start()

    def _supervised(self, name: str, command: list[str]) -> Supervised:
        values = self.environment
        return Supervised(
            name,
            command,
            # somebody else's account has roles of its own
            environment=identities.of_process(name, values) if self.options.has("aws") else values,
            directory=self.options.checkout,
            log=self.options.logs / f"{name}.log",
            tell=self._tell,
        )

    def _stop_processes(self) -> None:
        with ThreadPoolExecutor(max_workers=8) as pool:
            list(pool.map(Supervised.stop, self.processes.values()))

    def _wait_until_ready(self) -> None:
        dsn, logs = self.environment["DAYBREAK_APP_DSN"], self.options.logs
        wait_for(lambda: answers(dsn), "The application's way through the pooler", logs)
        if self.workspace is not None and "bot" in self.processes:
            wait_for(self._bot_listens, "The bot", logs)

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
