"""What a careful engineer's script would do: the same acts with nothing around them.

Pause, fence, marker, promote, lift, reload, resume. It holds nothing against a crash, a straggler
or a second script; it is the floor that the cut-over is held against.
"""

import contextlib
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
from cutover_ground import SOURCE, Ground
from prepared_base import TARGET_INSTANCE, PreparedBase
from psycopg import sql

from sandbox.servers import account
from sandbox.servers.postgres import PostgresServer

POLL_SECONDS = 0.0005
LOGIN_ROLES = """
SELECT rolname FROM pg_roles
WHERE rolcanlogin AND NOT rolsuper AND rolname <> current_user AND rolname NOT LIKE 'rds%'
"""
END = """
SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
WHERE backend_type = 'client backend' AND usename = ANY (%s)
"""
Connection = psycopg.Connection[Any]
Promote = Callable[[PostgresServer], None]


def promote_by_function(target: PostgresServer) -> None:
    """`pg_promote` without its own wait of 100 ms."""
    target.query("SELECT pg_promote(false)")


def promote_by_pg_ctl(target: PostgresServer) -> None:
    """`pg_ctl promote -w`."""
    subprocess.run(
        [target.program.path("pg_ctl"), "promote", "-w", "-D", str(target.data)],
        check=True,
        stdout=subprocess.DEVNULL,
        env=target._environment(),
        **account.popen_options(),
    )


class BareScript:
    """One run; everything is opened beforehand."""

    def __init__(self, ground: Ground, base: PreparedBase, promote: Promote) -> None:
        self.phases_ms: dict[str, float] = {}
        self._promote = promote
        self._target_server = base.server(TARGET_INSTANCE)
        self._console = psycopg.connect(ground.admin_dsn, autocommit=True, prepare_threshold=None)
        login = ground.bench.tools.secrets.login(SOURCE)
        ca_file = ground.environment["DAYBREAK_RDS_CA_FILE"]
        self._source, self._target = (
            psycopg.connect(
                host=server.address,
                port=server.port,
                user=login.user,
                password=login.password,
                dbname=login.dbname,
                sslmode="verify-full",
                sslrootcert=ca_file,
                autocommit=True,
            )
            for server in (base.server(SOURCE), self._target_server)
        )
        self._source.execute("CREATE SCHEMA IF NOT EXISTS daybreak")
        self._source.execute("CREATE TABLE daybreak.bare (marker int)")
        self._source.execute("INSERT INTO daybreak.bare VALUES (0)")
        self._roles = [name for (name,) in self._source.execute(LOGIN_ROLES)]
        self._file: Path = ground.pooler.databases_file
        text = self._file.read_text()
        source = base.server(SOURCE)
        self._entries = text.replace(
            f"{SOURCE} = host={source.address} ", f"{SOURCE} = host={self._target_server.address} "
        )
        # As ours does: a checkpoint beforehand shortens the promotion.
        self._target_server.query("CHECKPOINT")
        self._target_server.query("SELECT 1")

    def run(self) -> tuple[float, float]:
        """Cut over; the window, in unix seconds. What each part took is in `phases_ms`."""
        began = time.time()
        with self._phase("pause"):
            self._console.execute(f"PAUSE {SOURCE}".encode())
        with self._phase("fence"):
            self._fence()
        with self._phase("drain"):
            self._mark()
        with self._phase("promote"):
            self._promote(self._target_server)
            while self._in_recovery():
                time.sleep(POLL_SECONDS)
        with self._phase("redirect"):
            self._redirect()
        with self._phase("open"):
            self._logins(self._target, "LOGIN")
            self._console.execute(f"RESUME {SOURCE}".encode())
        return began, time.time()

    @contextlib.contextmanager
    def _phase(self, name: str) -> Iterator[None]:
        began = time.perf_counter()
        yield
        self.phases_ms[name] = (time.perf_counter() - began) * 1000

    def _redirect(self) -> None:
        new = self._file.with_suffix(".new")
        new.write_text(self._entries)
        new.chmod(0o600)
        account.give(new)
        new.replace(self._file)
        self._console.execute(b"RELOAD")

    def close(self) -> None:
        """Let go of the connections."""
        for connection in (self._console, self._source, self._target):
            connection.close()

    def _fence(self) -> None:
        self._logins(self._source, "NOLOGIN")
        self._source.execute(END, [self._roles])

    def _mark(self) -> None:
        self._source.execute("UPDATE daybreak.bare SET marker = 1")
        while self._marker() != 1:
            time.sleep(POLL_SECONDS)

    def _marker(self) -> int:
        row = self._target.execute("SELECT marker FROM daybreak.bare").fetchone()
        return int(row[0]) if row else 0

    def _in_recovery(self) -> bool:
        row = self._target.execute("SELECT pg_is_in_recovery()").fetchone()
        return row is None or bool(row[0])

    def _logins(self, connection: Connection, word: str) -> None:
        with connection.transaction(), connection.pipeline():
            for role in self._roles:
                connection.execute(
                    sql.SQL("ALTER ROLE {} {}").format(sql.Identifier(role), sql.SQL(word))  # type: ignore[arg-type]
                )
