"""What would keep a database's changes from finding their way back: named queries."""

from typing import LiteralString

from workers.postgres.connect import Connection, rows, value

# Every table of a customer's that a publication of all tables would publish.
_PUBLISHED: LiteralString = """
WITH published AS (
    SELECT c.* FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind = 'r' AND c.relpersistence = 'p'
    AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'daybreak')
)
"""
_WITHOUT_IDENTITY: LiteralString = """
SELECT c.oid::regclass::text FROM published c WHERE c.relreplident <> 'f' AND NOT EXISTS (
    SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indisvalid AND i.indimmediate
    AND ((c.relreplident = 'd' AND i.indisprimary) OR (c.relreplident = 'i' AND i.indisreplident))
) ORDER BY 1
"""
_FOREIGN_OWNERS: LiteralString = """
SELECT DISTINCT pg_get_userbyid(c.relowner)::text FROM published c
WHERE NOT pg_has_role(current_user, c.relowner, 'USAGE') ORDER BY 1
"""
_FORCED: LiteralString = """
SELECT c.oid::regclass::text FROM published c WHERE c.relforcerowsecurity ORDER BY 1
"""
_ANY: LiteralString = "SELECT EXISTS (SELECT FROM published)"


def tables_without_identity(connection: Connection) -> list[str]:
    """Once published, PostgreSQL refuses every UPDATE and DELETE of them."""
    found = rows(connection, _PUBLISHED + _WITHOUT_IDENTITY)
    return [name for (name,) in found]


def owners_not_ours(connection: Connection) -> list[str]:
    """Owners of tables whose rights our role does not have: it could not apply their changes."""
    found = rows(connection, _PUBLISHED + _FOREIGN_OWNERS)
    return [name for (name,) in found]


def tables_with_forced_policies(connection: Connection) -> list[str]:
    """Row security that binds even their owners: PostgreSQL applies nothing to such a table."""
    found = rows(connection, _PUBLISHED + _FORCED)
    return [name for (name,) in found]


def triggers_fired_again(connection: Connection) -> list[str]:
    """Triggers that fire for applied changes as well, whose doing has been applied already."""
    found = rows(
        connection,
        "SELECT format('%s on %s', t.tgname, c.oid::regclass) FROM pg_trigger t "
        "JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace "
        "WHERE NOT t.tgisinternal AND t.tgenabled IN ('A', 'R') AND n.nspname <> 'daybreak' "
        "ORDER BY 1",
    )
    return [name for (name,) in found]


def has_large_objects(connection: Connection) -> bool:
    """Large objects are no part of logical replication."""
    return bool(value(connection, "SELECT EXISTS (SELECT FROM pg_largeobject_metadata)"))


def holds_tables(connection: Connection) -> bool:
    """Whether the database has any table of a customer's."""
    return bool(value(connection, _PUBLISHED + _ANY))


def free_workers(connection: Connection) -> int:
    """How many more subscriptions the server could apply."""
    return int(
        value(
            connection,
            "SELECT least(current_setting('max_logical_replication_workers')::int, "
            "current_setting('max_worker_processes')::int - 1) - (SELECT count(*) "
            "FROM pg_stat_activity WHERE backend_type = 'logical replication worker')",
        )
    )


def free_origins(connection: Connection) -> int:
    """How many more subscriptions could note how far they are."""
    return int(
        value(
            connection,
            "SELECT current_setting('max_replication_slots')::int - (SELECT count(*) "
            "FROM pg_replication_origin)",
        )
    )
