"""Who is connected and could write: ended under the fence, and looked at until nobody is left."""

from collections.abc import Sequence
from dataclasses import dataclass

from workers.postgres.connect import OUR_APPLICATION_NAMES, Connection, rows, value
from workers.postgres.roles import PROVIDER_ROLES

# The server's own processes. Everything else may write: clients, walsenders of a role that is not
# the provider's (they may run any SQL), appliers of subscriptions,
# schedulers and whatever an extension runs, under names that nobody can list beforehand.
SERVER_BACKENDS = (
    "archiver",
    "autovacuum launcher",
    "autovacuum worker",
    "background writer",
    "checkpointer",
    "io worker",
    "logger",
    "logical replication launcher",
    "slotsync worker",
    "startup",
    "walreceiver",
    "walsummarizer",
    "walwriter",
)


@dataclass(frozen=True)
class Straggler:
    """A session that is still there under the fence."""

    pid: int
    user: str
    application: str
    address: str
    backend_type: str
    state: str
    seconds: float

    def __str__(self) -> str:
        return (
            f"{self.user} ({self.application or self.backend_type}) from "
            f"{self.address or 'the server itself'}, {self.state or 'running'} "
            f"for {self.seconds:.1f} s"
        )


def stragglers(connection: Connection) -> tuple[Straggler, ...]:
    """Who is there that could write, but ours and the provider's.

    Ours go by their names: who else uses Daybreak's role is not kept out by the fence.
    """
    found = rows(
        connection,
        "SELECT pid, coalesce(usename, ''), coalesce(application_name, ''), "
        "coalesce(host(client_addr), ''), backend_type, coalesce(state, ''), "
        "extract(epoch FROM clock_timestamp() - coalesce(xact_start, backend_start))::float8 "
        "FROM pg_stat_activity WHERE pid <> pg_backend_pid() "
        "AND backend_type <> ALL (%s) AND usename IS NOT NULL "
        "AND (usename <> current_user OR application_name <> ALL (%s)) AND usename <> ALL (%s)",
        list(SERVER_BACKENDS),
        list(OUR_APPLICATION_NAMES),
        list(PROVIDER_ROLES),
    )
    return tuple(Straggler(*row) for row in found)


def end_ours(connection: Connection, application_name: str) -> int:
    """End the other sessions of our own role that go by this name; how many there were."""
    ended = value(
        connection,
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
        "WHERE usename = current_user AND application_name = %s AND pid <> pg_backend_pid()",
        application_name,
    )
    return int(ended)


def end(connection: Connection, found: Sequence[Straggler]) -> None:
    """Tell these sessions to end; they do so a moment later."""
    connection.execute(
        "SELECT pg_terminate_backend(pid) FROM unnest(%s::int[]) AS pid",
        [[straggler.pid for straggler in found]],
    )
