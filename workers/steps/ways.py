"""The applications' own way to the target, through every pooler, tried as it will be used."""

from typing import Any

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


def _look(entry: Entry, settings: WorkerSettings) -> TupleRow:
    try:
        with connect_through_pooler(
            Endpoint(entry.host, entry.port),
            dbname=entry.dbname,
            user=entry.user,
            cert_file=settings.cert_file,
            key_file=settings.key_file,
            ca_file=settings.ca_file,
        ) as connection:
            return rows(connection, _SEEN)[0]
    except DatabaseUnreachable as error:
        raise Transient(
            "The applications' way to the target is shut at the pooler "
            f"{entry.host}:{entry.port}: {error} See that its host may reach the target (security "
            "group), trusts its certificate, and that the application's secret holds the right "
            "password."
        ) from error
