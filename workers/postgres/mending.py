"""What mends a source by SQL: each act is one statement that looks again before it changes."""

from dataclasses import dataclass
from typing import LiteralString

import psycopg
from psycopg import sql

from workers.postgres.connect import Connection, rows, value

# Whoever waits for a lock holds up everybody behind it: seldom is it not had by then.
LOCK_SECONDS = 2.0

FULL = "f"
DEFAULT = "d"
USING_INDEX = "i"


@dataclass(frozen=True)
class Bare:
    """A table whose updates and deletes logical replication could not name."""

    schema: str
    table: str
    #: PostgreSQL's letter: d, n, i or f.
    identity: str
    #: A unique index that could name its rows; empty: there is none.
    index: str


# What a publication of all tables would publish; what an extension made is its own business. An
# index names rows when it is unique, valid, at once, of the whole table, of columns without nulls.
_BARE: LiteralString = """
SELECT n.nspname, c.relname, c.relreplident::text, coalesce((
    SELECT x.relname FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid
    WHERE i.indrelid = c.oid AND i.indisunique AND i.indisvalid AND i.indisready
    AND i.indimmediate AND i.indpred IS NULL AND i.indexprs IS NULL
    AND NOT EXISTS (SELECT FROM generate_series(0, i.indnkeyatts - 1) k JOIN pg_attribute a
        ON a.attrelid = c.oid AND a.attnum = i.indkey[k] WHERE NOT a.attnotnull)
    ORDER BY i.indisprimary DESC, i.indnkeyatts, x.relname LIMIT 1), '')
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND c.relpersistence = 'p'
AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'daybreak') AND n.nspname !~ '^pg_toast'
AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass
    AND d.objid = c.oid AND d.deptype = 'e')
AND c.relreplident <> 'f' AND NOT EXISTS (
    SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indisvalid AND i.indimmediate
    AND ((c.relreplident = 'd' AND i.indisprimary) OR (c.relreplident = 'i' AND i.indisreplident)))
ORDER BY 1, 2
"""


def bare_tables(connection: Connection) -> list[Bare]:
    """Of one database, and what each could be named by."""
    return [Bare(*row) for row in rows(connection, _BARE)]


def identity_of(connection: Connection, schema: str, table: str) -> tuple[str, str] | None:
    """PostgreSQL's letter and, for an index, its name; None where there is no such table."""
    found = rows(
        connection,
        "SELECT c.relreplident::text, coalesce((SELECT x.relname FROM pg_index i "
        "JOIN pg_class x ON x.oid = i.indexrelid WHERE i.indrelid = c.oid AND i.indisreplident), "
        "'') FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
        "WHERE n.nspname = %s AND c.relname = %s AND c.relkind = 'r'",
        schema,
        table,
    )
    return (found[0][0], found[0][1]) if found else None


def set_identity(connection: Connection, schema: str, table: str, letter: str, index: str) -> None:
    """Give a table this replica identity; a lock that is not had soon is not waited for."""
    named = {
        FULL: sql.SQL("FULL"),
        DEFAULT: sql.SQL("DEFAULT"),
        USING_INDEX: sql.SQL("USING INDEX {}").format(sql.Identifier(index)),
    }.get(letter, sql.SQL("NOTHING"))
    change = sql.SQL("ALTER TABLE {} REPLICA IDENTITY {}")
    soon_or_not(connection)
    connection.execute(change.format(sql.Identifier(schema, table), named))


def publications_of(connection: Connection, schema: str, table: str) -> list[str]:
    """Who publishes it: without an identity, its updates would be refused.

    A partition is published by what publishes a table above it, too, and that view may name the
    root alone (`publish_via_partition_root`).
    """
    found = rows(
        connection,
        "WITH it AS (SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
        "WHERE n.nspname = %s AND c.relname = %s), "
        "above AS (SELECT oid FROM it "
        "UNION SELECT a.relid FROM it, pg_partition_ancestors(it.oid) AS a (relid)) "
        "SELECT DISTINCT p.pubname::text FROM above JOIN pg_class c USING (oid) "
        "JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_publication_tables p "
        "ON p.schemaname = n.nspname AND p.tablename = c.relname ORDER BY 1",
        schema,
        table,
    )
    return [name for (name,) in found]


def owner_of(connection: Connection, schema: str, table: str) -> str:
    """The role that may change a table; empty where there is none of that name."""
    found = value(
        connection,
        "SELECT pg_get_userbyid(c.relowner)::text FROM pg_class c "
        "JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = %s AND c.relname = %s",
        schema,
        table,
    )
    return str(found or "")


def holders(connection: Connection, schema: str, table: str) -> list[str]:
    """Sessions that hold a lock on a table, the oldest transaction first."""
    found = rows(
        connection,
        "SELECT DISTINCT ON (a.xact_start, a.pid) format('%%s (%%s, pid %%s)', a.usename, "
        "coalesce(nullif(a.application_name, ''), 'no application name'), a.pid) "
        "FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid "
        "JOIN pg_class c ON c.oid = l.relation JOIN pg_namespace n ON n.oid = c.relnamespace "
        "WHERE l.granted AND l.database = (SELECT oid FROM pg_database "
        "WHERE datname = current_database()) AND n.nspname = %s AND c.relname = %s "
        "AND a.pid <> pg_backend_pid() ORDER BY a.xact_start, a.pid",
        schema,
        table,
    )
    return [name for (name,) in found]


def soon_or_not(connection: Connection) -> None:
    """Give up a lock that is not had soon; and a statement whose client is gone, where known."""
    connection.execute(f"SET lock_timeout = {int(LOCK_SECONDS * 1000)}")
    # Came with PostgreSQL 14: a worker that is killed leaves nothing running behind it.
    connection.execute(
        "SELECT set_config(name, '1s', false) FROM pg_settings "
        "WHERE name = 'client_connection_check_interval'"
    )


# Slots ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class IdleSlot:
    """A logical slot that nobody reads, and where it stands."""

    name: str
    plugin: str
    database: str
    restart_lsn: str
    retained_bytes: int
    #: How far its consumer has confirmed, which moves though nothing else does; None: not known.
    confirmed_flush_lsn: str | None = None


def idle_slots(connection: Connection) -> list[IdleSlot]:
    """The logical ones."""
    found = rows(
        connection,
        "SELECT slot_name::text, plugin::text, database::text, coalesce(restart_lsn::text, ''), "
        "coalesce(CASE WHEN NOT pg_is_in_recovery() THEN pg_wal_lsn_diff(pg_current_wal_lsn(), "
        "restart_lsn)::bigint END, 0), coalesce(confirmed_flush_lsn::text, '') "
        "FROM pg_replication_slots "
        "WHERE slot_type = 'logical' AND NOT active AND NOT temporary ORDER BY 1",
    )
    return [IdleSlot(*row) for row in found]


def has_slot(connection: Connection, name: str) -> bool:
    """Whether a slot of that name is there, read or not."""
    return bool(
        value(
            connection,
            "SELECT EXISTS (SELECT FROM pg_replication_slots WHERE slot_name = %s)",
            name,
        )
    )


def drop_idle_slot(connection: Connection, slot: IdleSlot) -> bool:
    """Drop it if it is the same, stands where it stood, and nobody reads it; whether it did.

    PostgreSQL itself refuses one that somebody began to read in between.
    """
    try:
        dropped = rows(
            connection,
            "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots "
            "WHERE slot_name = %s AND plugin = %s AND database = %s AND slot_type = 'logical' "
            "AND NOT active AND coalesce(restart_lsn::text, '') = %s "
            "AND coalesce(confirmed_flush_lsn::text, '') = %s",
            slot.name,
            slot.plugin,
            slot.database,
            slot.restart_lsn,
            slot.confirmed_flush_lsn,
        )
    except (psycopg.errors.ObjectInUse, psycopg.errors.UndefinedObject):
        return False
    return bool(dropped)
