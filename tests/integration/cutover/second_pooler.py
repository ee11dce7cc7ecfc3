"""Another pooler before the same source, with an agent that can be stopped and woken."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import psycopg
from cutover_ground import SOURCE, Client, Ground, eventually, writing

from sandbox import agent_config, identities
from sandbox.agent_config import Entry
from sandbox.servers.pgbouncer import ADMIN, PgBouncer, Trust
from sandbox.servers.resolve import resolve
from sandbox.servers.server_process import free_port
from workers import failpoints


class SecondPooler:
    """A PgBouncer with an agent of its own; `ground` gets to know it as well."""

    def __init__(self, ground: Ground) -> None:
        access, folder = ground.access, ground.folder
        self._ground = ground
        self._log = folder / "agent-2.log"
        team = access.team.certificate
        self.pooler = PgBouncer(
            resolve("pgbouncer"),
            folder / "pgbouncer-2",
            trust=Trust(access.pooler, clients=team, servers=access.databases.certificate),
            log=folder / "pgbouncer-2.log",
        )
        ground.stack.callback(self.pooler.stop)
        self.pooler.start()
        self.app_dsn = self.pooler.dsn(SOURCE, "app", access.application, team)
        self._address = ("127.0.0.1", free_port())
        self.url = "https://{}:{}".format(*self._address)
        self._admin_dsn = self.pooler.dsn("pgbouncer", ADMIN, access.console, team)
        self._config = folder / "agent-2.toml"
        agent_config.write(
            self._config,
            address=self._address,
            access=access,
            pooler=self.pooler,
            admin_dsn=self._admin_dsn,
            state_file=folder / "agent-2.json",
            entries=[Entry(SOURCE, ground.cloud.address(SOURCE), ground.cloud.port)],
        )
        self.environment = {
            "DAYBREAK_POOLERS": f"{ground.environment['DAYBREAK_POOLERS']},{self.url}"
        }
        self._start_agent()
        ground.stack.callback(self._end_agent)

    def _start_agent(self) -> None:
        with self._log.open("ab") as log:
            self._agent = subprocess.Popen(
                [sys.executable, "-m", "workers.traffic"],
                stdout=log,
                stderr=log,
                env={
                    **os.environ,
                    **self._ground.environment,
                    **identities.keys("pooler"),
                    "DAYBREAK_AGENT_CONFIG": str(self._config),
                },
            )
        eventually(self._leads, "the way through the second pooler")

    def _leads(self) -> bool:
        try:
            psycopg.connect(self.app_dsn, prepare_threshold=None).close()
        except psycopg.OperationalError:
            return False
        return True

    def stop_agent(self) -> None:
        """It hears everything and answers nothing."""
        self._agent.send_signal(signal.SIGSTOP)

    def wake_agent(self) -> None:
        """It answers what came meanwhile."""
        self._agent.send_signal(signal.SIGCONT)

    def _end_agent(self) -> None:
        self._agent.send_signal(signal.SIGCONT)
        self._agent.kill()
        self._agent.wait()
        print(self._log.read_text())  # noqa: T201 - pytest keeps it for a failure

    def distrust_servers(self) -> None:
        """Have it trust RDS's authority no longer, as after a certificate bundle went stale."""
        (self._ground.folder / "pgbouncer-2" / "servers.crt").write_bytes(
            self._ground.access.team.certificate.read_bytes()
        )
        with psycopg.connect(self._admin_dsn, autocommit=True, prepare_threshold=None) as console:
            console.execute("RELOAD")

    def place(self) -> str:
        """The address of the server that its applications are led to."""
        with psycopg.connect(self.app_dsn, prepare_threshold=None, autocommit=True) as link:
            row = link.execute("SELECT host(inet_server_addr())").fetchone()
        assert row is not None
        return str(row[0])

    def clients(self, count: int = 2) -> AbstractContextManager[list[Client]]:
        """Applications that write through it until the block ends."""
        return writing([Client(self.app_dsn) for _ in range(count)])


class Rehearsal:
    """The cut-over in a thread, dawdling at one point for long enough to change something."""

    def __init__(
        self,
        ground: Ground,
        point: str,
        seconds: float = 3.0,
        *,
        sleeper: SecondPooler | None = None,
    ) -> None:
        self._ground, self._sleeper = ground, sleeper
        self._points = ground.folder / "failpoints"
        self._point = point
        self._points.mkdir()
        (self._points / point).write_text(f"delay {seconds}")
        failpoints.watch(str(self._points))
        ground.stack.callback(failpoints.watch, "")
        self.outcome: list[Any] = []

    @contextmanager
    def reached(self, approved: Any) -> Iterator[None]:
        """Begin the cut-over; the block runs once the point is reached, and is waited for."""
        job = threading.Thread(target=lambda: self.outcome.append(self._ground.cut_over(approved)))
        job.start()
        try:
            eventually((self._points / f"{self._point}.hit").exists, self._point)
            yield
        finally:
            # a test that fails must not wait for an agent that it left asleep
            if self._sleeper:
                self._sleeper.wake_agent()
            job.join()
