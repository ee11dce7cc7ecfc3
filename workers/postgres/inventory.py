"""What is in a server and its databases: named queries, each with the reason it is asked."""

from dataclasses import dataclass

from workers.postgres.connect import Connection, rows, value
from workers.postgres.roles import PROVIDER_ROLES

# Databases that belong to the provider or hold nothing; nobody can log in to `rdsadmin`.
_NOT_OURS = ("rdsadmin", "template0", "template1")

# PostgreSQL stops replay on a standby that has less of these than its source.
STANDBY_SETTINGS = (
    "max_connections",
    "max_locks_per_transaction",
    "max_prepared_transactions",
    "max_wal_senders",
    "max_worker_processes",
)


@dataclass(frozen=True)
class Setting:
    """A setting in force; the unit is that of the value (`8kB`, `ms`, ...)."""

    value: str
    unit: str


@dataclass(frozen=True)
class Database:
    """A database of the server."""

    name: str
    owner: str
    connectable: bool
    size_bytes: int
    #: The version of the collation library it was made with differs from the present one.
    collation_changed: bool


@dataclass(frozen=True)
class Slot:
    """A replication slot: while it stands, the server keeps WAL for it."""

    name: str
    kind: str
    plugin: str
    database: str
    active: bool
    wal_status: str
    retained_bytes: int | None


@dataclass(frozen=True)
class PreparedTransaction:
    """A transaction that waits for its COMMIT PREPARED, and holds its locks meanwhile."""

    gid: str
    owner: str
    database: str
    seconds: float

    def __str__(self) -> str:
        return f"the prepared transaction {self.gid} of {self.owner}, {self.seconds:.1f} s old"


@dataclass(frozen=True)
class LongTransaction:
    """An open transaction of a client."""

    pid: int
    user: str
    database: str
    application: str
    address: str
    state: str
    seconds: float


@dataclass(frozen=True)
class Session:
    """A client's session."""

    user: str
    application: str
    address: str


def settings(connection: Connection) -> dict[str, Setting]:
    """Every setting in force, by name."""
    found = rows(connection, "SELECT name, setting, coalesce(unit, '') FROM pg_settings")
    return {name: Setting(setting, unit) for name, setting, unit in found}


def server_version(connection: Connection) -> int:
    """Like 150020 for 15.20."""
    return int(value(connection, "SELECT current_setting('server_version_num')::int"))


def databases(connection: Connection) -> list[Database]:
    """The customer's databases."""
    # `datcollversion` came with PostgreSQL 15.
    if server_version(connection) >= 150000:
        found = rows(
            connection,
            "SELECT datname, pg_get_userbyid(datdba), datallowconn, "
            "pg_database_size(oid), datcollversion IS NOT NULL AND datcollversion "
            "IS DISTINCT FROM pg_database_collation_actual_version(oid) "
            "FROM pg_database WHERE datname <> ALL (%s) ORDER BY datname",
            list(_NOT_OURS),
        )
    else:
        found = rows(
            connection,
            "SELECT datname, pg_get_userbyid(datdba), datallowconn, pg_database_size(oid), false "
            "FROM pg_database WHERE datname <> ALL (%s) ORDER BY datname",
            list(_NOT_OURS),
        )
    return [Database(*row) for row in found]


def invalid_databases(connection: Connection) -> list[str]:
    """Databases whose DROP was broken off: nobody can log in to them."""
    found = rows(
        connection, "SELECT datname FROM pg_database WHERE datconnlimit = -2 ORDER BY datname"
    )
    return [name for (name,) in found]


def oldest_databases(connection: Connection, age: int) -> list[tuple[str, int]]:
    """Databases with transaction ids older than this, and how old the oldest is."""
    found = rows(
        connection,
        "SELECT datname, age(datfrozenxid) FROM pg_database WHERE age(datfrozenxid) > %s "
        "ORDER BY 2 DESC, 1",
        age,
    )
    return [(name, old) for name, old in found]


def tablespaces(connection: Connection) -> list[str]:
    """Those that somebody made."""
    found = rows(
        connection,
        "SELECT spcname FROM pg_tablespace "
        "WHERE spcname NOT IN ('pg_default', 'pg_global', 'rdsadmin') ORDER BY 1",
    )
    return [name for (name,) in found]


def preloaded(connection: Connection) -> list[str]:
    """The libraries that every server process has loaded."""
    said = str(value(connection, "SELECT current_setting('shared_preload_libraries')"))
    return [name for part in said.split(",") if (name := part.strip().strip('"'))]


def slots(connection: Connection) -> list[Slot]:
    """Every replication slot."""
    found = rows(
        connection,
        "SELECT slot_name, slot_type, coalesce(plugin, ''), coalesce(database, ''), active, "
        "coalesce(wal_status, ''), CASE WHEN pg_is_in_recovery() THEN NULL ELSE "
        "pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn)::bigint END "
        "FROM pg_replication_slots ORDER BY slot_name",
    )
    return [Slot(*row) for row in found]


def prepared_transactions(connection: Connection) -> list[PreparedTransaction]:
    """Every prepared transaction of every database."""
    found = rows(
        connection,
        "SELECT gid, owner, database, "
        "extract(epoch FROM clock_timestamp() - prepared)::float8 "
        "FROM pg_prepared_xacts ORDER BY prepared",
    )
    return [PreparedTransaction(*row) for row in found]


def long_transactions(connection: Connection, seconds: float) -> list[LongTransaction]:
    """Clients' transactions open for longer, in every database, the oldest first."""
    found = rows(
        connection,
        "SELECT pid, coalesce(usename, ''), coalesce(datname, ''), "
        "coalesce(application_name, ''), coalesce(host(client_addr), ''), coalesce(state, ''), "
        "extract(epoch FROM clock_timestamp() - xact_start)::float8 "
        "FROM pg_stat_activity WHERE xact_start IS NOT NULL AND pid <> pg_backend_pid() "
        "AND backend_type = 'client backend' AND coalesce(usename, '') <> ALL (%s) "
        "AND xact_start < clock_timestamp() - make_interval(secs => %s) ORDER BY xact_start",
        list(PROVIDER_ROLES),
        seconds,
    )
    return [LongTransaction(*row) for row in found]


def subscriptions(connection: Connection) -> list[str]:
    """Subscriptions of every database: after promotion both copies would consume their slots."""
    found = rows(
        connection,
        "SELECT d.datname || '.' || s.subname FROM pg_subscription s "
        "JOIN pg_database d ON d.oid = s.subdbid ORDER BY 1",
    )
    return [name for (name,) in found]


def sessions_of_own_role(connection: Connection, application: str) -> list[Session]:
    """Sessions of our own role that are not ours, by the name that ours give themselves."""
    found = rows(
        connection,
        "SELECT DISTINCT usename, coalesce(application_name, ''), coalesce(host(client_addr), '') "
        "FROM pg_stat_activity WHERE usename = current_user AND pid <> pg_backend_pid() "
        "AND backend_type = 'client backend' AND application_name IS DISTINCT FROM %s",
        application,
    )
    return [Session(*row) for row in found]


# Of one database ------------------------------------------------------------------------------


def unlogged_tables(connection: Connection) -> list[str]:
    """Unlogged tables: a physical copy has them empty."""
    found = rows(
        connection,
        "SELECT oid::regclass::text FROM pg_class "
        "WHERE relpersistence = 'u' AND relkind IN ('r', 'p') ORDER BY 1",
    )
    return [name for (name,) in found]


def extensions(connection: Connection) -> dict[str, str]:
    """Installed extensions and their versions."""
    return dict(rows(connection, "SELECT extname, extversion FROM pg_extension ORDER BY 1"))


def available_extensions(connection: Connection) -> set[tuple[str, str]]:
    """Every name and version of an extension that the server's files could install."""
    found = rows(connection, "SELECT name, version FROM pg_available_extension_versions")
    return {(name, version) for name, version in found}


def default_extensions(connection: Connection) -> dict[str, str]:
    """The version of each extension that CREATE EXTENSION would take."""
    return dict(rows(connection, "SELECT name, default_version FROM pg_available_extensions"))


def invalid_indexes(connection: Connection) -> list[str]:
    """Indexes that a failed build left behind."""
    found = rows(
        connection,
        "SELECT indexrelid::regclass::text FROM pg_index WHERE NOT indisvalid ORDER BY 1",
    )
    return [name for (name,) in found]


def unreadable_tables(connection: Connection) -> list[str]:
    """Tables that our role may not read, so that their rows could not be counted."""
    found = rows(
        connection,
        "SELECT c.oid::regclass::text FROM pg_class c "
        "JOIN pg_namespace n ON n.oid = c.relnamespace "
        "WHERE c.relkind = 'r' AND c.relpersistence = 'p' "
        "AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_toast' "
        "AND NOT (has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT')) "
        "ORDER BY 1",
    )
    return [name for (name,) in found]
