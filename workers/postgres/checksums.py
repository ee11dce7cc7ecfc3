"""What tables hold, as one number each: the same on every faithful copy, in whatever order."""

from psycopg import sql

from workers.postgres.connect import Connection
from workers.postgres.counts import Table

# 60 bits of each row's MD5, added up: a row that is missing, doubled or changed changes the sum.
# The text of a row depends on the session, so both sides are read with the same settings.
_SUM = (
    "SELECT count(*), coalesce(sum(('x' || substr(md5(t::text), 1, 15))::bit(60)::bigint), 0)::text"
    " FROM {} AS t"
)
_SETTINGS = (
    "SET extra_float_digits = 3",
    "SET DateStyle = 'ISO, YMD'",
    "SET IntervalStyle = 'postgres'",
    "SET TimeZone = 'UTC'",
    "SET bytea_output = 'hex'",
)


def agree(connection: Connection) -> None:
    """Have this session write values as the other one does."""
    for setting in _SETTINGS:
        connection.execute(setting)


def checksum(connection: Connection, table: Table) -> tuple[int, str]:
    """The rows of a table, and the sum over what they hold."""
    query = sql.SQL(_SUM).format(sql.Identifier(table.schema, table.name))
    row = connection.execute(query).fetchone()
    return (int(row[0]), str(row[1])) if row else (0, "0")
