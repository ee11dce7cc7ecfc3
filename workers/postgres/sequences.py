"""Sequences: where they stand, and setting those of a fenced source ahead to the target's.

Logical replication carries none of them. A number that was given out on the target must never be
given out again on the source.
"""

from typing import LiteralString

from workers.postgres.connect import Connection, rows
from workers.postgres.fence import NotMine, State

STANDING: LiteralString = """
SELECT format('%I.%I', schemaname, sequencename), last_value
FROM pg_sequences WHERE last_value IS NOT NULL
"""


def standing(connection: Connection) -> dict[str, int]:
    """The last number of each sequence that has given any, by its quoted name."""
    return dict(rows(connection, STANDING))


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


def names(connection: Connection) -> set[str]:
    """Every sequence, by its quoted name."""
    found = rows(connection, "SELECT format('%I.%I', schemaname, sequencename) FROM pg_sequences")
    return {name for (name,) in found}


def set_to(source: Connection, numbers: dict[str, int], epoch: int) -> None:
    """Set these, on the source that is fenced under this epoch and can't be opened meanwhile.

    Setting one is not undone with its transaction, and a number is the target's own last one: a
    process that wakes up late, and finds the source open, must not set any back.

    Raises:
        NotMine: another attempt has taken over.
    """
    held = source.execute(
        "WITH held AS MATERIALIZED (SELECT epoch FROM daybreak.fence "
        "WHERE epoch = %s AND state = %s FOR SHARE) "
        "SELECT count(setval(name::regclass, last)) FROM held, "
        "unnest(%s::text[], %s::bigint[]) AS wanted (name, last)",
        [epoch, State.FENCED, list(numbers), list(numbers.values())],
    ).fetchone()
    if held is None or held[0] != len(numbers):
        raise NotMine
