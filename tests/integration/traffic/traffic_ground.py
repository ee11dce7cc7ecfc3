"""What the traffic tests stand on: poolers with their agents, and applications that never stop."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import httpx
import psycopg

from sandbox.servers.certificates import Authority, KeyPair
from sandbox.servers.pgbouncer import ADMIN, PgBouncer, Trust
from sandbox.servers.postgres import PostgresServer
from sandbox.servers.resolve import resolve
from sandbox.servers.server_process import free_port
from workers.traffic.client import Certificates, PoolerGroup
from workers.traffic.port import Endpoint

SOURCE = "orders"
PASSWORD = 'the application\'s; "password"'
PATIENCE = 30.0


def eventually(condition: Callable[[], bool], what: str = "the condition") -> None:
    """Wait until it holds, generously."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, f"{what} never came true"
        time.sleep(0.01)


@dataclass
class Cloud:
    """Where the secrets are."""

    url: str
    environment: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.environment = {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_REGION": "eu-west-1",
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
        }
        self._client = boto3.client(
            "secretsmanager",
            endpoint_url=self.url,
            region_name="eu-west-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )

    def put(self, name: str, value: dict[str, str]) -> None:
        """Create the secret, or give it a new value."""
        text = json.dumps(value)
        try:
            self._client.create_secret(Name=name, SecretString=text)
        except self._client.exceptions.ResourceExistsException:
            self._client.put_secret_value(SecretId=name, SecretString=text)


class Ground:
    """One pooler and its agent; both can be killed and started again."""

    def __init__(
        self, place: Path, authority: Authority, cloud: Cloud, entries: list[dict[str, Any]]
    ) -> None:
        self.place = place
        self.authority = authority
        self.cloud = cloud
        certificates = place / "certificates"
        self.caller = authority.issue(certificates, "daybreak")
        self.app = authority.issue(certificates, "app")
        self.admin = authority.issue(certificates, ADMIN)
        self.identity = authority.issue(certificates, "agent")
        identity = authority.issue(certificates, "pooler")
        ca = authority.certificate
        self.pooler = PgBouncer(
            resolve("pgbouncer"),
            place / "pgbouncer",
            trust=Trust(identity, clients=ca, servers=ca),
            log=place / "pgbouncer.log",
            settings={"log_connections": "1", "log_disconnections": "1"},
        )
        self.port = free_port()
        self.url = f"https://127.0.0.1:{self.port}"
        self.log = place / "agent.log"
        self.config = place / "agent.toml"
        self.state_file = place / "agent.json"
        self._write_config(entries)
        self._agent: subprocess.Popen[bytes] | None = None

    def _write_config(self, entries: list[dict[str, Any]]) -> None:
        lines = [
            f'listen = "127.0.0.1:{self.port}"',
            f'certificate = "{self.identity.certificate}"',
            f'key = "{self.identity.key}"',
            f'client_ca = "{self.authority.certificate}"',
            'callers = ["daybreak"]',
            f'state_file = "{self.state_file}"',
            "[pooler]",
            f'admin_dsn = "{self.dsn("pgbouncer", ADMIN, self.admin)}"',
            f'public_host = "{self.pooler.host}"',
            f"public_port = {self.pooler.port}",
            f'databases_file = "{self.pooler.databases_file}"',
            f'users_file = "{self.pooler.users_file}"',
        ]
        for entry in entries:
            lines.append("[[entries]]")
            lines += [f"{key} = {json.dumps(value)}" for key, value in entry.items()]
        self.config.write_text("\n".join(lines) + "\n")

    def dsn(self, dbname: str, user: str, client: KeyPair) -> str:
        """How to reach an entry of the pooler."""
        return self.pooler.dsn(dbname, user, client, self.authority.certificate)

    def connect(self, dbname: str = SOURCE, **options: Any) -> psycopg.Connection[Any]:
        """An application's connection."""
        return psycopg.connect(self.dsn(dbname, "app", self.app), prepare_threshold=None, **options)

    def start_agent(self, *, wait: bool = True) -> None:
        """Run it as a platform would."""
        with self.log.open("ab") as log:
            self._agent = subprocess.Popen(
                # connections of callers that stay are not waited for at the end
                [
                    sys.executable,
                    *["-W", "error", "-W", "default::ResourceWarning", "-m", "workers.traffic"],
                ],
                stdout=log,
                stderr=log,
                env={
                    **os.environ,
                    **self.cloud.environment,
                    "DAYBREAK_AGENT_CONFIG": str(self.config),
                },
            )
        if wait:
            eventually(lambda: self.said("Listening on") or self._has_ended(), "a listening agent")
            assert not self._has_ended(), self.log.read_text()

    def signal_agent(self, what: signal.Signals) -> None:
        """Stop it, or let it go on."""
        assert self._agent is not None
        self._agent.send_signal(what)

    def _has_ended(self) -> bool:
        return self._agent is None or self._agent.poll() is not None

    def end_agent(self, how: signal.Signals = signal.SIGTERM) -> int:
        """End it; its exit code."""
        assert self._agent is not None
        self._agent.send_signal(how)
        code = self._agent.wait(PATIENCE)
        self._agent = None
        return code

    def said(self, text: str) -> bool:
        """Whether the agent has logged this."""
        return text in self.log.read_text()

    def forget_log(self) -> None:
        """Look at new lines only from here on."""
        self.log.write_text("")

    def group(self, *others: "Ground") -> PoolerGroup:
        """The traffic layer, through this agent and others."""
        urls = [self.url, *(other.url for other in others)]
        return PoolerGroup(urls, self.certificates())

    def certificates(self, caller: KeyPair | None = None) -> Certificates:
        """What a caller shows and trusts."""
        pair = caller or self.caller
        return Certificates(pair.certificate, pair.key, self.authority.certificate)

    def http(self) -> httpx.Client:
        """A caller that speaks for itself."""
        return httpx.Client(
            base_url=self.url, verify=self.certificates().context(), trust_env=False
        )

    def console(self, command: str) -> list[dict[str, Any]]:
        """Talk to the pooler behind the agent's back."""
        with psycopg.connect(
            self.dsn("pgbouncer", ADMIN, self.admin),
            autocommit=True,
            row_factory=psycopg.rows.dict_row,
        ) as connection:
            cursor = connection.execute(command)  # type: ignore[call-overload]
            return cursor.fetchall() if cursor.description else []

    def is_held(self, entry: str = SOURCE) -> bool:
        """What the pooler itself says."""
        rows = {row["name"]: row for row in self.console("SHOW DATABASES")}
        return bool(rows[entry]["paused"])

    def close(self) -> None:
        """End everything; what the agent logged is shown when a test fails."""
        for log in (self.log, self.place / "pgbouncer.log"):
            print(log.read_text() if log.exists() else "none")  # noqa: T201 - pytest keeps it for a failure
        if self._agent is not None:
            self.end_agent(signal.SIGKILL)
        self.pooler.kill()


class Applications:
    """Clients that commit one transaction after the other and never forgive an error."""

    def __init__(self, ground: Ground, count: int = 6) -> None:
        self.errors: list[str] = []
        # the server's port, client, number, and the server's own time of the transaction
        self.acknowledged: list[tuple[int, int, int, float]] = []
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=self._run, args=(ground, number)) for number in range(count)
        ]

    def _run(self, ground: Ground, client: int) -> None:
        n = 0
        try:
            with ground.connect() as connection:
                while not self._stop.is_set():
                    n += 1
                    row = connection.execute(
                        "INSERT INTO written (client, n) VALUES (%s, %s)"
                        " RETURNING inet_server_port(), extract(epoch FROM clock_timestamp())",
                        (client, n),
                    ).fetchone()
                    connection.commit()
                    assert row is not None
                    self.acknowledged.append((row[0], client, n, float(row[1])))
        except psycopg.Error as error:
            self.errors.append(f"client {client}: {error}")

    def go_on(self, commits: int = 30) -> None:
        """Wait until they have committed so many more."""
        goal = len(self.acknowledged) + commits
        eventually(lambda: len(self.acknowledged) >= goal or bool(self.errors), "more commits")
        assert not self.errors, self.errors

    def by_port(self) -> Counter[int]:
        """Commits by the server that took them."""
        return Counter(port for port, *_ in self.acknowledged)

    def start(self) -> None:
        """Set them to work."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Let each finish its transaction."""
        self._stop.set()
        for thread in self._threads:
            thread.join(PATIENCE)


@contextmanager
def applications(ground: Ground, count: int = 6) -> Iterator[Applications]:
    """Applications at work, for as long as the block takes."""
    clients = Applications(ground, count)
    clients.start()
    try:
        clients.go_on()
        yield clients
    finally:
        clients.stop()


def endpoint(server: PostgresServer) -> Endpoint:
    """Where a server is, for the traffic layer."""
    return Endpoint(server.address, server.port)


def rows_written(server: PostgresServer) -> set[tuple[int, int]]:
    """What is really there."""
    with server.connect("app") as connection:
        return {(row[0], row[1]) for row in connection.execute("SELECT client, n FROM written")}


def are_still(*servers: PostgresServer) -> bool:
    """Whether no server takes a row for a moment.

    The servers are asked, not the clients: one of those may read the answer to its last commit
    only some time after a pause began.
    """
    before = [rows_written(server) for server in servers]
    time.sleep(0.1)
    return before == [rows_written(server) for server in servers]
