"""One PostgreSQL server: data directory, process, configuration and the provider's way in."""

import os
import pwd
import signal
import subprocess
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from sandbox.servers import account
from sandbox.servers.certificates import Authority
from sandbox.servers.postmaster import children, started_at, wait_for_end
from sandbox.servers.resolve import Program

SUPERUSER = "rdsadmin"
REPLICATION_ROLE = "rdsrepladmin"
# sun_path has 108 bytes with its terminator: with a longer path the server does not start.
SOCKET_PATH_LIMIT = 107
START_LIMIT_SECONDS = 120.0
STOP_LIMIT_SECONDS = 30.0
POLL_SECONDS = 0.01


class PostgresError(RuntimeError):
    """A PostgreSQL program failed; the message carries the end of what it said."""


class PostgresServer:
    """A data directory and the process that serves it, under an account that is not root's."""

    def __init__(
        self,
        directory: Path,
        *,
        address: str,
        port: int,
        program: Program,
        pid_file: Path,
        log_file: Path | None = None,
    ) -> None:
        self.directory = directory
        self.data = directory / "data"
        self.address = address
        self.port = port
        self.program = program
        self.pid_file = pid_file
        self.log_file = log_file or directory / "postgres.log"
        self._process: subprocess.Popen[bytes] | None = None
        self._session: psycopg.Connection[tuple[Any, ...]] | None = None
        self._session_lock = threading.Lock()
        socket_path = directory / f".s.PGSQL.{port}"
        if len(os.fsencode(socket_path)) > SOCKET_PATH_LIMIT:
            raise PostgresError(f"The path of the socket is too long for the kernel: {socket_path}")

    # -- making a data directory ----------------------------------------------------------------

    def create(self, *, wal_segment_mb: int = 1) -> None:
        """An empty database cluster with data checksums."""
        self._make_directory()
        self._run(
            "initdb", "-D", str(self.data), "-U", SUPERUSER, "-A", "peer", "-E", "UTF8",
            "--locale=C.UTF-8", "-k", f"--wal-segsize={wal_segment_mb}", "--no-sync",
            "--no-instructions",
        )  # fmt: skip

    def base_backup_from(self, other: "PostgresServer", *, slot: str | None = None) -> None:
        """A copy of a running server; with a slot it keeps the WAL that the copy will need."""
        self._make_directory()
        other.base_backup_to(self.data, slot=slot)

    def base_backup_to(self, target: Path, *, slot: str | None = None) -> None:
        """Copy this running server into an empty directory of the servers' account."""
        arguments = ["-D", str(target), "-h", str(self.directory), "-p", str(self.port)]
        arguments += ["-U", REPLICATION_ROLE, "-X", "stream", "-c", "fast", "--no-sync"]
        if slot is not None:
            arguments += ["-C", "-S", slot]
        self._run("pg_basebackup", *arguments)

    def take_over(self, data: Path) -> None:
        """A data directory that lies ready becomes this server's own."""
        self._make_directory()
        data.rename(self.data)

    def _make_directory(self) -> None:
        self.directory.mkdir(parents=True, exist_ok=True)
        account.give(self.directory)

    def secure(self, authority: Authority) -> None:
        """A certificate for this server's own address, as RDS's servers have one."""
        pair = authority.issue(self.directory, "server", addresses=(self.address,), names=())
        account.give(pair.certificate, pair.key)

    # -- configuration --------------------------------------------------------------------------

    def configure(self, settings: Mapping[str, str], hba: Iterable[str]) -> None:
        """Write the configuration whole; a running server sees it after `reload`."""
        own = {
            "listen_addresses": self.address,
            "port": str(self.port),
            "unix_socket_directories": str(self.directory),
            "ssl": "on",
            "ssl_cert_file": str(self.directory / "server.crt"),
            "ssl_key_file": str(self.directory / "server.key"),
            "logging_collector": "off",
        }
        lines = [f"{name} = {_quoted(value)}" for name, value in {**settings, **own}.items()]
        self._write("postgresql.conf", lines)
        self._write("postgresql.auto.conf", [])
        self._write(
            "pg_ident.conf",
            [
                f"provider {name} {role}"
                for name in sorted(_provider_accounts())
                for role in (SUPERUSER, REPLICATION_ROLE)
            ],
        )
        own_rules = [
            f"local all {SUPERUSER} peer map=provider",
            f"local replication {REPLICATION_ROLE} peer map=provider",
            f"host all {SUPERUSER},{REPLICATION_ROLE} all reject",
        ]
        self._write("pg_hba.conf", [*own_rules, *hba])

    def follow(self, other: "PostgresServer", slot: str) -> dict[str, str]:
        """Make the next start one as a streaming standby; returns the settings it needs."""
        self._write("standby.signal", [])
        conninfo = make_conninfo(
            host=str(other.directory), port=other.port, user=REPLICATION_ROLE, application_name=slot
        )
        return {"primary_conninfo": conninfo, "primary_slot_name": slot, "hot_standby": "on"}

    def _write(self, name: str, lines: Sequence[str]) -> None:
        fresh = self.data / f"{name}.new"
        fresh.write_text("".join(f"{line}\n" for line in lines))
        fresh.chmod(0o600)
        account.give(fresh)
        fresh.replace(self.data / name)

    def reload(self) -> None:
        """Reread the configuration, and return when new connections are judged by it."""
        [(before,)] = self.query("SELECT pg_conf_load_time()")
        self.query("SELECT pg_reload_conf()")
        deadline = time.monotonic() + STOP_LIMIT_SECONDS
        while True:
            # A new backend inherits the time from the postmaster, which is what counts for pg_hba.
            with self.connect() as fresh:
                row = fresh.execute("SELECT pg_conf_load_time()").fetchone()
            if row is not None and row[0] > before:
                return
            if time.monotonic() > deadline:
                raise PostgresError(f"{self.directory.name} did not reread its configuration.")
            time.sleep(POLL_SECONDS)

    # -- the process ----------------------------------------------------------------------------

    @property
    def pid(self) -> int | None:
        """The postmaster's process id while it runs."""
        running = self._process is not None and self._process.poll() is None
        return self._process.pid if running and self._process is not None else None

    def start(self) -> None:
        """Start, and return when it accepts connections (a standby: read-only ones)."""
        with self.log_file.open("ab") as log:
            self._process = subprocess.Popen(
                [self.program.path("postgres"), "-D", str(self.data)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=self._environment(),
                # Its own session: a Ctrl-C in the terminal must not race with our orderly stop.
                start_new_session=True,
                **account.popen_options(),
            )
        self.pid_file.parent.mkdir(parents=True, exist_ok=True)
        self.pid_file.write_text(f"{self._process.pid} {started_at(self._process.pid)}\n")
        deadline = time.monotonic() + START_LIMIT_SECONDS
        while True:
            try:
                self.connect().close()
            except psycopg.OperationalError as error:
                if self._process.poll() is not None or time.monotonic() > deadline:
                    raise PostgresError(f"{self.directory.name}: {self._log_tail()}") from error
                time.sleep(POLL_SECONDS)
            else:
                return

    def stop(self, mode: signal.Signals = signal.SIGINT) -> None:
        """Stop in PostgreSQL's fast mode (SIGINT); SIGQUIT stops at once."""
        self._forget_session()
        process = self._process
        if process is None:
            return
        for number in (mode, signal.SIGQUIT, signal.SIGKILL):
            if process.poll() is None:
                process.send_signal(number)
            try:
                process.wait(STOP_LIMIT_SECONDS)
                break
            except subprocess.TimeoutExpired:
                continue
        self.pid_file.unlink(missing_ok=True)

    def restart(self) -> None:
        """Stop and start again: every session ends, static settings take effect."""
        self.stop()
        self.start()

    def kill(self) -> None:
        """SIGKILL, as a host that vanishes: nothing is flushed, nobody is told."""
        process = self._process
        if process is None or process.poll() is not None:
            return
        family = {child: started_at(child) for child in children(process.pid)}
        process.kill()
        process.wait()
        wait_for_end(family, STOP_LIMIT_SECONDS)
        self._forget_session()
        self.pid_file.unlink(missing_ok=True)

    # -- the provider's way in ------------------------------------------------------------------

    def dsn(self, dbname: str = "postgres") -> str:
        """The provider's superuser over the socket: never for the product."""
        return make_conninfo(
            host=str(self.directory), port=self.port, user=SUPERUSER, dbname=dbname,
            application_name=SUPERUSER, connect_timeout=5,
        )  # fmt: skip

    def connect(self, dbname: str = "postgres") -> psycopg.Connection[tuple[Any, ...]]:
        """A new superuser session, in autocommit."""
        return psycopg.connect(self.dsn(dbname), autocommit=True, prepare_threshold=None)

    def query(
        self, statement: str | sql.Composable, parameters: Sequence[Any] = ()
    ) -> list[tuple[Any, ...]]:
        """Run one statement in a session that is kept open, so that it costs one round trip."""
        with self._session_lock:
            if self._session is None or self._session.closed:
                self._session = self.connect()
            try:
                cursor = self._session.execute(statement, parameters or None)  # type: ignore[arg-type]
            except psycopg.OperationalError:
                self._session.close()
                self._session = None
                raise
            return cursor.fetchall() if cursor.description else []

    def promote(self) -> None:
        """Ask the standby to become a primary, and return at once: waiting for it polls slowly."""
        self.query("SELECT pg_promote(false)")

    def end_client_sessions(self) -> None:
        """End every session but the provider's own."""
        self.query(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE backend_type = 'client backend' AND usename <> %s",
            (SUPERUSER,),
        )

    def _forget_session(self) -> None:
        with self._session_lock:
            if self._session is not None:
                self._session.close()
                self._session = None

    # -- running its programs -------------------------------------------------------------------

    def _environment(self) -> dict[str, str]:
        return {"PATH": os.defpath, "LC_ALL": "C.UTF-8", "TZ": "UTC", **self.program.environment}

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [self.program.path(program), *arguments],
            capture_output=True,
            text=True,
            check=False,
            env=self._environment(),
            **account.popen_options(),
        )
        if done.returncode != 0:
            raise PostgresError(f"{program}: {done.stderr.strip()[-2000:]}")

    def _log_tail(self) -> str:
        return self.log_file.read_text(errors="replace")[-2000:] if self.log_file.exists() else ""


def _quoted(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "''") + "'"


def _provider_accounts() -> set[str]:
    """The system's accounts that the provider works under: ours and the servers'."""
    server = account.unprivileged()
    return {pwd.getpwuid(os.geteuid()).pw_name} | ({server.name} if server else set())
