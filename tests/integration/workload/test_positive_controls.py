"""What the cut-over's rules are for: a move scripted by hand turns red without them."""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from workload_ground import PASSWORD, acknowledged, app_dsn, eventually

from sandbox.servers.account import give
from sandbox.servers.certificates import Authority
from sandbox.servers.pgbouncer import ADMIN, PgBouncer, Trust
from sandbox.servers.postgres import PostgresServer
from sandbox.servers.resolve import resolve
from sandbox.workload.ledger import Account, account
from sandbox.workload.writers import Writers


@dataclass
class Pooler:
    """A pooler that somebody leads by hand."""

    bouncer: PgBouncer
    console: psycopg.Connection
    dsn: str
    dbname: str

    def point_to(self, server: PostgresServer) -> None:
        """Lead to this server from now on."""
        entry = f"host={server.address} port={server.port} dbname={self.dbname} user=app"
        file = self.bouncer.databases_file
        fresh = file.with_suffix(".new")
        fresh.write_text(f"[databases]\norders = {entry} password='{PASSWORD}'\n")
        give(fresh)
        fresh.replace(file)
        self.console.execute("RELOAD")


@pytest.fixture
def pooler(
    run_directory: Path,
    authority: Authority,
    server: PostgresServer,
    database: Callable[..., str],
    tmp_path: Path,
) -> Iterator[Pooler]:
    """A pooler with mutual TLS in front of the server and a database of its own."""
    directory = run_directory / "pgbouncer"
    ca = authority.certificate
    bouncer = PgBouncer(
        resolve("pgbouncer"),
        directory,
        trust=Trust(authority.issue(tmp_path, "pooler"), clients=ca, servers=ca),
        log=tmp_path / "pgbouncer.log",
    )
    bouncer.users_file.write_text(f'"{ADMIN}" ""\n"app" "{PASSWORD}"\n')
    bouncer.start()
    with ExitStack() as stack:
        stack.callback(bouncer.stop)
        admin = authority.issue(tmp_path, ADMIN)
        console = stack.enter_context(
            psycopg.connect(
                bouncer.dsn("pgbouncer", ADMIN, admin, ca), autocommit=True, prepare_threshold=None
            )
        )
        dsn = bouncer.dsn("orders", "app", authority.issue(tmp_path, "app"), ca)
        pooler = Pooler(bouncer, console, dsn, database())
        pooler.point_to(server)
        yield pooler


def fence(source: PostgresServer, dbname: str) -> None:
    """No logins for the application any more, and its sessions ended."""
    with source.connect(dbname) as connection:
        connection.execute("ALTER ROLE app NOLOGIN")
        connection.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE usename = 'app'"
        )


def promote(source: PostgresServer, target: PostgresServer) -> None:
    """Let the target replay all that the source has by now, and make it a database of its own."""
    [(end,)] = source.query("SELECT pg_current_wal_insert_lsn()::text")
    eventually(
        lambda: target.query("SELECT pg_last_wal_replay_lsn() >= %s::pg_lsn", [end]) == [(True,)]
    )
    target.promote()
    eventually(lambda: target.query("SELECT pg_is_in_recovery()") == [(False,)])


@pytest.fixture
def unfenced(server: PostgresServer) -> Iterator[None]:
    """The application may log in again afterwards: other tests use the server too."""
    yield
    server.query("ALTER ROLE app LOGIN")


def move(
    source: PostgresServer,
    target: PostgresServer,
    pooler: Pooler,
    records: list[Path],
    *,
    with_pause: bool = True,
    with_fence: bool = True,
    bypass: bool = False,
) -> Account:
    """A whole cut-over under writers, and the account on the target."""
    writers = [Writers(pooler.dsn, records[0], writers=4)]
    if bypass:
        direct = app_dsn(source, pooler.dbname)
        writers.append(Writers(direct, records[1], writers=1, first_client=5))
    for file in records:
        eventually(lambda file=file: acknowledged(file) > 20)
    if with_pause:
        pooler.console.execute("PAUSE orders")
    if with_fence:
        fence(source, pooler.dbname)
    promote(source, target)
    target.query("ALTER ROLE app LOGIN")
    pooler.point_to(target)
    if with_pause:
        pooler.console.execute("RESUME orders")
    # they go on for a while, wherever they are led
    for file in records:
        so_far = acknowledged(file)
        eventually(lambda file=file, so_far=so_far: acknowledged(file) > so_far + 20)
    stops = [threading.Thread(target=w.stop) for w in writers]
    for stop in stops:
        stop.start()
    for stop in stops:
        stop.join()
    return account(records, target.dsn(pooler.dbname))


@pytest.mark.usefixtures("unfenced")
def test_with_pause_and_fence_nothing_is_lost(
    server: PostgresServer, standby: PostgresServer, pooler: Pooler, tmp_path: Path
) -> None:
    """The control of the controls: the same script, with nothing left out, is clean."""
    found = move(server, standby, pooler, [tmp_path / "pooled.tsv"])

    assert found.clean, found


@pytest.mark.usefixtures("unfenced")
def test_a_fence_left_out_loses_rows(
    server: PostgresServer, standby: PostgresServer, pooler: Pooler, tmp_path: Path
) -> None:
    """Who bypasses the pooler goes on writing to the source, and the account says so."""
    records = [tmp_path / "pooled.tsv", tmp_path / "direct.tsv"]
    found = move(server, standby, pooler, records, with_fence=False, bypass=True)

    assert found.lost >= 20
    assert not found.clean


@pytest.mark.usefixtures("unfenced")
def test_a_redirect_without_the_pause_makes_client_errors(
    server: PostgresServer, standby: PostgresServer, pooler: Pooler, tmp_path: Path
) -> None:
    """Nothing is lost behind a fence, but the clients notice."""
    found = move(server, standby, pooler, [tmp_path / "pooled.tsv"], with_pause=False)

    assert found.client_errors > 0
    assert found.lost == found.duplicated == found.phantom == 0
    assert not found.clean
