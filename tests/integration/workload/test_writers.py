"""The writers write down every answer they get, whatever happens to the database."""

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from workload_ground import acknowledged, app_dsn, eventually, execute

from sandbox.servers.postgres import PostgresServer
from sandbox.workload.data import MIB, load
from sandbox.workload.ledger import account
from sandbox.workload.records import Outcome, read
from sandbox.workload.writers import Writers


@contextmanager
def at_work(dsn: str, out: Path, *, writers: int = 2) -> Iterator[Writers]:
    """Writers that have begun."""
    busy = Writers(dsn, out, writers=writers)
    eventually(lambda: acknowledged(out) > 5)
    yield busy
    busy.stop()


def test_nothing_is_lost_when_the_process_is_told_to_end(
    server: PostgresServer, database: Callable[..., str], tmp_path: Path
) -> None:
    """After SIGTERM in mid-flight the file knows every transaction that the ledger knows."""
    name, out = database(), tmp_path / "writers.tsv"
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "sandbox.workload", "--dsn", app_dsn(server, name)),
            *("--writers", "8", "--out", str(out)),
        ],
        stdout=subprocess.DEVNULL,
    )
    eventually(lambda: acknowledged(out) > 100)
    process.send_signal(signal.SIGTERM)
    code = process.wait()
    found = account([out], server.dsn(name))

    assert code == 0
    assert found.clean
    assert {r.client for r in read([out])} == set(range(1, 9))


def test_a_second_run_takes_other_numbers(
    server: PostgresServer, database: Callable[..., str], tmp_path: Path
) -> None:
    """Two runs against one ledger are accounted for together."""
    name = database()
    files = [tmp_path / "first.tsv", tmp_path / "second.tsv"]
    for first_client, file in zip((1, 3), files, strict=True):
        writers = Writers(app_dsn(server, name), file, writers=2, first_client=first_client)
        eventually(lambda file=file: acknowledged(file) > 5)
        writers.stop()
    found = account(files, server.dsn(name))

    assert found.clean
    assert found.acknowledged == acknowledged(*files)


def test_an_ended_session_is_an_error_and_the_client_goes_on(
    server: PostgresServer, database: Callable[..., str], tmp_path: Path
) -> None:
    """Each client says what it saw, once, and writes again over a new connection."""
    name, out = database(), tmp_path / "writers.tsv"
    with at_work(app_dsn(server, name), out):
        server.end_client_sessions()
        eventually(lambda: sum(r.outcome != Outcome.ACKNOWLEDGED for r in read([out])) >= 2)
        before = acknowledged(out)
        eventually(lambda: acknowledged(out) > before + 5)
    found = account([out], server.dsn(name))

    assert found.client_errors == 2
    assert "terminat" in found.errors[0]
    assert found.lost == found.duplicated == found.phantom == 0
    assert not found.clean


def test_an_error_at_commit_leaves_the_outcome_unknown(
    server: PostgresServer, database: Callable[..., str], tmp_path: Path
) -> None:
    """When the connection breaks in COMMIT the client cannot know, and the record says so."""
    name, out = database(), tmp_path / "writers.tsv"
    execute(
        server.dsn(name),
        "CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS"
        " 'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END'",
        "CREATE CONSTRAINT TRIGGER die AFTER INSERT ON ledger DEFERRABLE INITIALLY DEFERRED"
        " FOR EACH ROW WHEN (NEW.seq = 3) EXECUTE FUNCTION die()",
    )
    with at_work(app_dsn(server, name), out):
        eventually(lambda: sum(r.outcome is Outcome.UNKNOWN for r in read([out])) == 2)
    found = account([out], server.dsn(name))

    assert {r.seq for r in read([out]) if r.outcome is Outcome.UNKNOWN} == {3}
    assert (found.unknown, found.client_errors, found.lost, found.phantom) == (2, 2, 0, 0)


def test_a_statement_that_fails_has_certainly_not_committed(
    server: PostgresServer, database: Callable[..., str], tmp_path: Path
) -> None:
    """Before COMMIT is sent, a failure is a failure; it is not repeated."""
    name, out = database(), tmp_path / "writers.tsv"
    execute(server.dsn(name), "ALTER TABLE ledger ADD CHECK (seq <> 3)")
    with at_work(app_dsn(server, name), out):
        eventually(lambda: sum(r.outcome is Outcome.FAILED for r in read([out])) == 2)
    found = account([out], server.dsn(name))

    assert [r.seq for r in read([out]) if r.outcome is Outcome.FAILED] == [3, 3]
    assert (found.client_errors, found.unknown, found.phantom) == (2, 0, 0)


def test_a_client_that_hangs_at_the_stop_is_written_down(
    server: PostgresServer, database: Callable[..., str], tmp_path: Path
) -> None:
    """Who got no answer until the end counts as a client error, and as a wait."""
    name, out = database(), tmp_path / "writers.tsv"
    writers = Writers(app_dsn(server, name), out, writers=2)
    eventually(lambda: acknowledged(out) > 5)
    with psycopg.connect(server.dsn(name)) as blocker:
        blocker.execute("LOCK TABLE accounts")
        eventually(
            lambda: server.query("SELECT count(*) FROM pg_locks WHERE NOT granted") == [(2,)]
        )
        writers.stop(seconds=0.1)
    found = account([out], server.dsn(name))

    assert [r.error for r in read([out]) if r.outcome is Outcome.FAILED] == [
        "stopped while it waited for an answer"
    ] * 2
    assert found.client_errors == 2
    assert found.lost == found.phantom == 0


def test_one_of_the_writers_commits_asynchronously(
    server: PostgresServer, database: Callable[..., str], tmp_path: Path
) -> None:
    """The last client sets synchronous_commit=off, for its transactions alone."""
    name, out = database(), tmp_path / "writers.tsv"
    execute(
        server.dsn(name),
        "CREATE TABLE seen (client integer, setting text)",
        "CREATE FUNCTION look() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS 'BEGIN"
        " INSERT INTO seen VALUES (NEW.client, current_setting(''synchronous_commit''));"
        " RETURN NEW; END'",
        "CREATE TRIGGER look AFTER INSERT ON ledger FOR EACH ROW EXECUTE FUNCTION look()",
    )
    with at_work(app_dsn(server, name), out, writers=3):
        eventually(lambda: len({r.client for r in read([out])}) == 3)
    with psycopg.connect(server.dsn(name)) as connection:
        seen = set(connection.execute("SELECT DISTINCT client, setting FROM seen").fetchall())

    assert seen == {(1, "on"), (2, "on"), (3, "off")}


@pytest.mark.parametrize(("data_mb", "rows"), [(12, 1000), (25, 50_000)])
def test_the_database_is_as_large_as_asked(
    server: PostgresServer, database: Callable[..., str], data_mb: int, rows: int
) -> None:
    """Neither the size nor the number of rows falls short."""
    name = database("template1")
    size, said = load(server.dsn(name), data_mb, rows)
    with psycopg.connect(server.dsn(name)) as connection:
        count = connection.execute(
            "SELECT (SELECT count(*) FROM orders) + (SELECT count(*) FROM accounts)"
        ).fetchone()
        owners = connection.execute(
            "SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'"
        ).fetchall()

    assert data_mb * MIB <= size < 1.5 * data_mb * MIB
    assert count == (said,)
    assert said >= rows
    assert owners == [("app_owner",)]
