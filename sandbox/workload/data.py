"""Fills the application's database with orders and accounts, as large as asked."""

from importlib import resources

import psycopg
from psycopg import sql

MIB = 1024 * 1024
ACCOUNTS = 100_000
# What a row of `orders` takes with an empty note, its share of the indexes included (measured).
BARE_ORDER_BYTES = 245
# Tables, indexes and the catalogue before the first order, so that a small database stays small.
FIXED_BYTES = 9 * MIB
ACCOUNT_BYTES = 110
# A note longer than this would be compressed, and the database smaller than it was asked to be.
LONGEST_NOTE = 1500

ORDERS = """
    INSERT INTO orders (account, placed_at, status, amount, currency, address, gift, note)
    SELECT 1 + (n * 7919) %% %(accounts)s,
           timestamptz '2024-01-01' + n * interval '37 seconds',
           (ARRAY['placed', 'paid', 'shipped', 'returned'])[1 + n %% 4],
           (n %% 99991) / 100.0,
           (ARRAY['EUR', 'USD', 'SEK'])[1 + n %% 3],
           jsonb_build_object('street', 'Mill Lane ' || n %% 400, 'zip', n %% 99999),
           n %% 11 = 0,
           rpad(md5(n::text), %(note)s, md5((n * 31)::text))
      FROM generate_series(%(first)s::bigint, %(last)s::bigint) AS n
"""


def load(
    dsn: str, data_mb: int, rows: int = 1_000_000, *, accounts: int | None = None
) -> tuple[int, int]:
    """Make the tables and fill them.

    Args:
        dsn: a login that may become `app_owner`, straight to the server.
        data_mb: the least size of the database afterwards, in MiB.
        rows: the least number of rows over all tables.
        accounts: how many accounts the writers share (a tenth of the rows, if not said).

    Returns:
        The size reached in bytes, and the number of rows.
    """
    accounts = accounts or max(min(ACCOUNTS, rows // 10), 100)
    orders = max(rows - accounts, 1)
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("SET synchronous_commit = off")
        connection.execute("SET ROLE app_owner")
        schema = resources.files("sandbox.workload").joinpath("schema.sql").read_text()
        with connection.transaction():
            connection.execute(schema)
            connection.execute(
                "INSERT INTO accounts (id, holder)"
                " SELECT n, 'Holder ' || md5(n::text) FROM generate_series(1, %s) AS n",
                (accounts,),
            )
            note = _note_length(data_mb, orders, accounts)
            _insert_orders(connection, 1, orders, note, accounts)
            connection.execute("CREATE INDEX orders_account ON orders (account, placed_at)")
        orders = _top_up(connection, data_mb, orders, accounts)
        _grant_reading(connection)
        connection.execute("RESET ROLE")
        connection.execute("VACUUM (ANALYZE)")
        return _size(connection), orders + accounts


def _note_length(data_mb: int, orders: int, accounts: int) -> int:
    """How long the note of an order must be for the whole to be as large as asked."""
    wanted = data_mb * MIB - FIXED_BYTES - accounts * ACCOUNT_BYTES
    return min(max(wanted // orders - BARE_ORDER_BYTES, 0), LONGEST_NOTE)


def _insert_orders(
    connection: psycopg.Connection, first: int, last: int, note: int, accounts: int
) -> None:
    connection.execute(ORDERS, {"accounts": accounts, "note": note, "first": first, "last": last})


def _top_up(connection: psycopg.Connection, data_mb: int, orders: int, accounts: int) -> int:
    """Add orders until the database is as large as asked: the sizes above are only estimates."""
    while (missing := data_mb * MIB - _size(connection)) > 0:
        more = max(missing // (BARE_ORDER_BYTES + LONGEST_NOTE), 100)
        _insert_orders(connection, orders + 1, orders + more, LONGEST_NOTE, accounts)
        orders += more
    return orders


def _size(connection: psycopg.Connection) -> int:
    row = connection.execute("SELECT pg_database_size(current_database())").fetchone()
    assert row is not None  # noqa: S101 - a function without FROM always gives a row
    return int(row[0])


def _grant_reading(connection: psycopg.Connection) -> None:
    """Let the second login, where there is one, read what a report needs."""
    found = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = 'reporting'").fetchone()
    if found:
        connection.execute(
            sql.SQL("GRANT SELECT ON orders, open_orders TO {}").format(sql.Identifier("reporting"))
        )
