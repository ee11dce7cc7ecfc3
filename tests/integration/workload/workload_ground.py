"""What the tests of the workload say again and again."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psycopg

from sandbox.servers.postgres import PostgresServer
from sandbox.workload.records import Outcome, read

PASSWORD = "a password in clear"
LIMIT_SECONDS = 60.0


@dataclass(frozen=True)
class Written:
    """A database that writers have written to, and what they put down."""

    database: str
    records: Path


def eventually(claim: Callable[[], bool]) -> None:
    """Wait until the claim holds."""
    deadline = time.monotonic() + LIMIT_SECONDS
    while not claim():
        assert time.monotonic() < deadline, "it did not become true"
        time.sleep(0.02)


def acknowledged(*files: Path) -> int:
    """How many acknowledgements these files hold so far."""
    return sum(r.outcome is Outcome.ACKNOWLEDGED for r in read(f for f in files if f.exists()))


def app_dsn(server: PostgresServer, dbname: str) -> str:
    """The application's login, straight to the server."""
    return (
        f"host={server.address} port={server.port} dbname={dbname} user=app"
        f" password='{PASSWORD}' sslmode=require"
    )


def execute(dsn: str, *statements: str) -> None:
    """Run statements one by one."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)
