"""Rewriting a table under a lock that lets nobody else at it: bounded by the server itself."""

from dataclasses import dataclass

from psycopg import sql

from workers.postgres import mending
from workers.postgres.connect import Connection, allow, rows


@dataclass(frozen=True)
class Unlogged:
    """A table whose rows a physical copy does not have."""

    schema: str
    table: str
    #: With its indexes and what is stored beside it.
    bytes: int
    #: Whether a foreign key of its own leads to another unlogged table: that one comes first.
    refers: bool

    @property
    def name(self) -> str:
        """As people write it."""
        return f"{self.schema}.{self.table}"


def unlogged(connection: Connection) -> list[Unlogged]:
    """Those of one database."""
    found = rows(
        connection,
        "SELECT n.nspname, c.relname, pg_total_relation_size(c.oid), EXISTS (SELECT "
        "FROM pg_constraint k JOIN pg_class o ON o.oid = k.confrelid WHERE k.contype = 'f' "
        "AND k.conrelid = c.oid AND o.oid <> c.oid AND o.relpersistence = 'u') "
        "FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
        "WHERE c.relpersistence = 'u' AND c.relkind = 'r' ORDER BY 1, 2",
    )
    return [Unlogged(*row) for row in found]


def set_logged(connection: Connection, table: Unlogged, seconds: float) -> None:
    """Rewrite it; a lock that is not had soon is not waited for, and no rewrite lasts longer."""
    mending.soon_or_not(connection)
    allow(connection, seconds)
    change = sql.SQL("ALTER TABLE {} SET LOGGED")
    connection.execute(change.format(sql.Identifier(table.schema, table.table)))
