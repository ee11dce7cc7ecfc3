"""What is in one database: named queries of what behaves in a way of its own when it moves."""

from workers.postgres.connect import Connection, rows, value


def tables_without_identity(connection: Connection) -> list[str]:
    """Tables whose updates and deletes logical replication could not name."""
    found = rows(
        connection,
        "SELECT c.oid::regclass::text FROM pg_class c "
        "JOIN pg_namespace n ON n.oid = c.relnamespace "
        "WHERE c.relkind = 'r' AND c.relpersistence = 'p' "
        "AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'daybreak') "
        "AND n.nspname !~ '^pg_toast' "
        # what an extension made is its own business
        "AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass "
        "AND d.objid = c.oid AND d.deptype = 'e') "
        "AND (c.relreplident = 'n' OR c.relreplident = 'd' AND NOT EXISTS "
        "(SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indisprimary)) ORDER BY 1",
    )
    return [name for (name,) in found]


def large_objects(connection: Connection) -> int:
    """How many there are."""
    return int(value(connection, "SELECT count(*) FROM pg_largeobject_metadata"))


def foreign_servers(connection: Connection) -> list[str]:
    """Servers that foreign tables, or dblink, lead to."""
    return [
        name for (name,) in rows(connection, "SELECT srvname FROM pg_foreign_server ORDER BY 1")
    ]


def changed_collations(connection: Connection) -> list[str]:
    """Collations that were made with another version of their library than the present one."""
    found = rows(
        connection,
        "SELECT collname FROM pg_collation WHERE collversion IS NOT NULL "
        "AND collversion IS DISTINCT FROM pg_collation_actual_version(oid) ORDER BY 1",
    )
    return [name for (name,) in found]


def publications(connection: Connection) -> list[str]:
    """Publications, by name."""
    return [name for (name,) in rows(connection, "SELECT pubname FROM pg_publication ORDER BY 1")]
