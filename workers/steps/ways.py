"""The applications' own way to where they will be led, through every pooler, tried beforehand."""

import time
from typing import Any

import psycopg
from psycopg.rows import TupleRow

from migration.errors import Permanent, Transient
from workers.postgres.connect import (
    Connection,
    DatabaseUnreachable,
    connect_through_pooler,
    rows,
    value,
)
from workers.settings import WorkerSettings
from workers.toolbox import Toolbox
from workers.traffic.port import Endpoint, Entry

# What PostgreSQL says to a role that has shown the right password, and is kept out by a fence.
KEPT_OUT = "is not permitted to log in"
# A pooler that was refused a moment ago does not ask the server, for `server_login_retry`.
REFUSED_BEFORE = "server_login_retry"
RETRY_SECONDS = 3.0
RETRY_PAUSE_SECONDS = 0.2

_SEEN = """
SELECT pg_is_in_recovery(), current_user::text, current_database()::text,
       host(inet_server_addr()), inet_server_port(),
       (SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid())
"""


def to_target(
    tools: Toolbox, source: str, endpoint: Endpoint, target: Connection, *, epoch: int
) -> list[dict[str, Any]]:
    """Open each pooler's second way to the replica, with the password read anew, and log in on it.

    Gives what was seen there: pooler (`host:port`), user, database, server (`host:port`), tls.

    Raises:
        Transient: a way is shut, or an agent does not answer; the pooler is named.
        Permanent: a way leads elsewhere.
    """
    there = (value(target, "SELECT host(inet_server_addr())"), endpoint.port)
    found = []
    for entry in tools.traffic.validation_entries(source, endpoint, epoch=epoch):
        in_recovery, user, dbname, host, port, encrypted = _look(entry, tools.settings)
        if not in_recovery or (host, port) != there:
            raise Permanent(
                f"The validation entry of the pooler {entry.host}:{entry.port} leads to "
                f"{host}:{port}, and not to the target at {there[0]}:{there[1]}. See "
                "`[[entries]]` in the agent's file."
            )
        found.append(
            {
                "pooler": f"{entry.host}:{entry.port}",
                "user": user,
                "database": dbname,
                "server": f"{host}:{port}",
                "tls": encrypted,
            }
        )
    return found


def to_closed(tools: Toolbox, source: str, endpoint: Endpoint, *, epoch: int) -> list[str]:
    """Try each pooler's second way to the fenced source; gives the poolers (`host:port`).

    The source keeps the application out, and asks for its password first: so a pooler that is
    kept out reaches the server and has the right one.

    Raises:
        Transient: a way is shut, or the password is not the source's; the pooler is named.
        Permanent: the application is let in, on a source that should be closed.
    """
    found = []
    for entry in tools.traffic.validation_entries(source, endpoint, epoch=epoch):
        _see_kept_out(entry, tools.settings)
        found.append(f"{entry.host}:{entry.port}")
    return found


def _see_kept_out(entry: Entry, settings: WorkerSettings) -> None:
    until = time.monotonic() + RETRY_SECONDS
    while True:
        try:
            with _connect(entry, settings) as connection:
                rows(connection, _SEEN)
        except (DatabaseUnreachable, psycopg.OperationalError) as error:
            said = str(error).strip()
            if KEPT_OUT in said:
                return
            if REFUSED_BEFORE not in said or time.monotonic() >= until:
                raise _shut(entry, "source", said) from error
            time.sleep(RETRY_PAUSE_SECONDS)
        else:
            raise Permanent(
                f"The pooler {entry.host}:{entry.port} lets the application in on the source, "
                "which should be closed to it: see who may log in there."
            )


def _look(entry: Entry, settings: WorkerSettings) -> TupleRow:
    try:
        with _connect(entry, settings) as connection:
            return rows(connection, _SEEN)[0]
    except DatabaseUnreachable as error:
        raise _shut(entry, "target", str(error)) from error


def _connect(entry: Entry, settings: WorkerSettings) -> Connection:
    return connect_through_pooler(
        Endpoint(entry.host, entry.port),
        dbname=entry.dbname,
        user=entry.user,
        cert_file=settings.cert_file,
        key_file=settings.key_file,
        ca_file=settings.ca_file,
    )


def _shut(entry: Entry, where: str, why: str) -> Transient:
    return Transient(
        f"The applications' way to the {where} is shut at the pooler {entry.host}:{entry.port}: "
        f"{why} See that its host may reach the {where} (security group), trusts its certificate, "
        "and that the application's secret holds the right password."
    )
