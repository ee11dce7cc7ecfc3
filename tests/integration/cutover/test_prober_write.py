"""The prober's write: acknowledged is on disk, and only a server that takes writes says so."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from sandbox.servers.postgres import REPLICATION_ROLE, PostgresServer
from sandbox.servers.resolve import resolve
from sandbox.servers.server_process import free_port
from workers.cutover.prober import WRITE

# Nothing but the commit itself flushes WAL: a commit that was not flushed is lost by a crash.
SETTINGS = {"wal_writer_delay": "10s", "wal_writer_flush_after": "0", "autovacuum": "off"}
ADDRESS = "127.0.0.1"


@pytest.fixture
def folder() -> Iterator[Path]:
    """A short folder that the servers' account may enter."""
    with tempfile.TemporaryDirectory(prefix="daybreak-probe-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.fixture
def server(folder: Path) -> Iterator[PostgresServer]:
    """A server whose application commits without waiting for the disk."""
    server = PostgresServer(
        folder / "one",
        address=ADDRESS,
        port=free_port(),
        program=resolve("postgres"),
        pid_file=folder / "one.pid",
    )
    server.create()
    server.configure({**SETTINGS, "ssl": "off"}, ())
    server._write("postgresql.auto.conf", ["ssl = off", "synchronous_commit = off"])
    server.start()
    yield server
    server.stop()


def transaction_of(connection: psycopg.Connection[tuple[object, ...]], statement: str) -> str:
    """Run it as one transaction; the transaction's id."""
    with connection.transaction():
        connection.execute(statement.encode())
        row = connection.execute("SELECT pg_current_xact_id()::text").fetchone()
    assert row is not None
    return str(row[0])


def test_an_acknowledged_write_survives_a_crash_whatever_the_role_s_default(
    server: PostgresServer,
) -> None:
    """A plain transaction of the same session does not: the crash is one that loses something."""
    assert server.query("SHOW synchronous_commit") == [("off",)]
    with server.connect() as connection:
        probed = transaction_of(connection, WRITE)
        lost = transaction_of(connection, "SELECT pg_logical_emit_message(true, 'other', '')")
        server.kill()
    server.start()

    assert server.query("SELECT pg_xact_status(%s::text::xid8)", [probed]) == [("committed",)]
    [(next_one,)] = server.query("SELECT pg_snapshot_xmax(pg_current_snapshot())::text")
    status = None
    if int(lost) < int(next_one):
        [(status,)] = server.query("SELECT pg_xact_status(%s::text::xid8)", [lost])
    assert status != "committed"


def test_a_replica_refuses_it(server: PostgresServer, folder: Path) -> None:
    """Nobody is told that a database takes writes which does not."""
    server.query(f"CREATE ROLE {REPLICATION_ROLE} LOGIN REPLICATION")
    replica = PostgresServer(
        folder / "two",
        address=ADDRESS,
        port=free_port(),
        program=resolve("postgres"),
        pid_file=folder / "two.pid",
    )
    replica.base_backup_from(server)
    replica.configure(replica.follow(server, "two") | {"primary_slot_name": ""}, ())
    replica._write("postgresql.auto.conf", ["ssl = off"])
    replica.start()
    try:
        with pytest.raises(psycopg.Error, match="during recovery"):
            replica.query(WRITE)
    finally:
        replica.stop()
