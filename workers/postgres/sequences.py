"""Sequences: where they stand, and setting those of a fenced source ahead to the target's.

Logical replication carries none of them. A number that was given out on the target must never be
given out again on the source.
"""

from dataclasses import dataclass
from typing import LiteralString

from psycopg import sql

from workers.postgres.connect import Connection, rows
from workers.postgres.fence import NotMine, State

STANDING: LiteralString = """
SELECT format('%I.%I', schemaname, sequencename), last_value
FROM pg_sequences WHERE last_value IS NOT NULL
"""


def standing(connection: Connection) -> dict[str, int]:
    """The last number of each sequence that has given any, by its quoted name."""
    return dict(rows(connection, STANDING))


@dataclass(frozen=True)
class Position:
    """Where a sequence stands: its last number, or the one that it gives first."""

    number: int
    called: bool


def positions(connection: Connection) -> dict[str, Position]:
    """Of every sequence, by its quoted name, read from itself.

    The view `pg_sequences` tells of none that has given nothing since it was set, nor of one that
    our role may not read; here that is an error.
    """
    found = rows(connection, "SELECT schemaname, sequencename FROM pg_sequences ORDER BY 1, 2")
    if not found:
        return {}
    queries = [
        sql.SQL("SELECT format('%I.%I', {}, {}), last_value, is_called FROM {}").format(
            sql.Literal(schema), sql.Literal(name), sql.Identifier(schema, name)
        )
        for schema, name in found
    ]
    told = connection.execute(sql.SQL(" UNION ALL ").join(queries)).fetchall()
    return {name: Position(int(number), bool(called)) for name, number, called in told}


def not_settable(connection: Connection) -> list[str]:
    """Sequences that our role may not set."""
    found = rows(
        connection,
        # The right is asked of sequences alone: of anything else the question is an error.
        "SELECT format('%I.%I', n.nspname, c.relname) FROM pg_class c "
        "JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relpersistence <> 't' "
        "AND CASE WHEN c.relkind = 'S' THEN NOT has_sequence_privilege(c.oid, 'UPDATE') "
        "ELSE false END ORDER BY 1",
    )
    return [name for (name,) in found]


def set_to(source: Connection, wanted: dict[str, Position], epoch: int) -> None:
    """Set these, on the source that is fenced under this epoch and can't be opened meanwhile.

    Setting one is not undone with its transaction, and a number is the target's own last one: a
    process that wakes up late, and finds the source open, must not set any back.

    Raises:
        NotMine: another attempt has taken over.
    """
    held = source.execute(
        "WITH held AS MATERIALIZED (SELECT set_config('synchronous_commit', 'on', true) "
        "FROM daybreak.fence WHERE epoch = %s AND state = %s FOR SHARE) "
        "SELECT count(setval(name::regclass, number, called)) FROM held, "
        "unnest(%s::text[], %s::bigint[], %s::boolean[]) AS wanted (name, number, called)",
        [
            epoch,
            State.FENCED,
            list(wanted),
            [one.number for one in wanted.values()],
            [one.called for one in wanted.values()],
        ],
    ).fetchone()
    if held is None or held[0] != len(wanted):
        raise NotMine
