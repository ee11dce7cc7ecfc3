"""Rows of tables, counted exactly, with what is too large to count left out and named."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from psycopg import sql

from workers.postgres.connect import Connection, rows

# Counting reads the whole table, on a source that has other things to do: about ten seconds of
# one disk for a table, a minute and a half for all.
LARGEST_TABLE_BYTES = 1 << 30
MOST_BYTES = 10 << 30


@dataclass(frozen=True)
class Table:
    """An ordinary table that our role may read."""

    schema: str
    name: str
    size_bytes: int

    def __str__(self) -> str:
        return f"{self.schema}.{self.name}"


@dataclass(frozen=True)
class Choice:
    """Which tables are counted, and the names of those that are too large."""

    counted: tuple[Table, ...]
    left_out: tuple[str, ...]


def choose(connection: Connection) -> Choice:
    """The smallest first, as long as they fit."""
    found = rows(
        connection,
        "SELECT n.nspname, c.relname, pg_table_size(c.oid) FROM pg_class c "
        "JOIN pg_namespace n ON n.oid = c.relnamespace "
        "WHERE c.relkind = 'r' AND c.relpersistence = 'p' "
        "AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'daybreak') "
        "AND has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT') "
        "ORDER BY pg_table_size(c.oid), 1, 2",
    )
    counted: list[Table] = []
    left_out: list[str] = []
    total = 0
    for table in (Table(*row) for row in found):
        total += table.size_bytes
        if table.size_bytes > LARGEST_TABLE_BYTES or total > MOST_BYTES:
            left_out.append(str(table))
        else:
            counted.append(table)
    return Choice(tuple(counted), tuple(left_out))


@contextmanager
def snapshot(connection: Connection) -> Iterator[None]:
    """Everything read inside is as of one moment: that of the first query."""
    with connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


def count(connection: Connection, tables: tuple[Table, ...]) -> dict[str, int]:
    """The rows of each table."""
    found: dict[str, int] = {}
    for table in tables:
        query = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table.schema, table.name))
        row = connection.execute(query).fetchone()
        found[str(table)] = int(row[0]) if row else 0
    return found
