"""The fence: what keeps writers off a database, and the row that says who put it up.

The row stands in the database itself, in a table of ours, so that it travels to the replica with
everything else: whoever finds a fenced database can tell by which attempt (epoch), and what to
switch on again. Every act is one transaction that first checks `epoch = mine and state = expected`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import LiteralString

from psycopg import sql

from migration.errors import Permanent
from workers.postgres.connect import Connection, rows, value
from workers.postgres.roles import login_roles


class State(StrEnum):
    """What the row says of its database."""

    #: Takes clients' writes (on the source).
    OPEN = "open"
    #: Closed by the attempt of this epoch.
    FENCED = "fenced"
    #: On the way back: this epoch may never claim the target any more.
    REOPENING = "reopening"
    #: The promoted target belongs to the attempt of this epoch, still closed.
    CLAIMED = "claimed"
    #: The target takes clients' writes.
    OPENED = "opened"
    #: The target was closed again, to roll back: it may have writes that the source has not.
    RETURNING = "returning"
    #: The promoted target never takes writes: the attempt went back, or the source has all of them.
    ABANDONED = "abandoned"


@dataclass(frozen=True)
class Fence:
    """The row, as one server shows it."""

    migration: str
    #: the cluster that is its copy
    target: str
    epoch: int
    state: State
    marker: int
    logins_off: tuple[str, ...]
    #: Of a source that is closed for its copy: when it opens again, whatever is done (unix
    #: seconds); None where it is closed for a cut-over.
    reopen_by: float | None = None


class NotMine(Permanent):
    """Another attempt has taken over, or the database is not in the state this act needs."""


class UnknownState(Permanent):
    """The row says what this version does not know."""

    def __init__(self, state: object) -> None:
        """Name it."""
        super().__init__(
            f"The fence's row says `{state}`, which this version of Daybreak does not know: was it "
            "written by a newer one, or by hand? Run the version that wrote it."
        )


class NoFence(Permanent):
    """The fence's table is not there: no attempt has begun on this database."""


TABLE = """
CREATE SCHEMA IF NOT EXISTS daybreak;
CREATE TABLE IF NOT EXISTS daybreak.fence (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    migration text NOT NULL,
    target text NOT NULL DEFAULT '',
    epoch bigint NOT NULL,
    state text NOT NULL,
    marker bigint NOT NULL DEFAULT 0,
    logins_off text[] NOT NULL DEFAULT '{}',
    changed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    reopen_by double precision
);
COMMENT ON TABLE daybreak.fence IS
    'Kept by Daybreak: which attempt closed this database, and the roles to let in again.';
"""


HAS_REOPEN_BY = """
SELECT attnum FROM pg_attribute
WHERE attrelid = 'daybreak.fence'::regclass AND attname = 'reopen_by'
"""


def prepare(connection: Connection, migration: str) -> None:
    """Make the table and its row, once."""
    if value(connection, "SELECT to_regclass('daybreak.fence')") is None:
        with connection.transaction():
            connection.execute(TABLE)
    # One that an earlier version made has no such column.
    if value(connection, HAS_REOPEN_BY) is None:
        connection.execute("ALTER TABLE daybreak.fence ADD COLUMN reopen_by double precision")
    connection.execute(
        "INSERT INTO daybreak.fence (migration, epoch, state) VALUES (%s, 0, %s) "
        "ON CONFLICT DO NOTHING",
        [migration, State.OPEN],
    )


def read(connection: Connection) -> Fence:
    """The row as this server has it.

    Raises:
        NoFence: there is none.
    """
    if value(connection, "SELECT to_regclass('daybreak.fence')") is None:
        raise NoFence
    found = rows(
        connection,
        # By way of JSON, because a row that an earlier version made has no `reopen_by`.
        "SELECT migration, target, epoch, state, marker, logins_off, "
        "(to_jsonb(fence) ->> 'reopen_by')::double precision FROM daybreak.fence",
    )
    if not found:
        raise NoFence
    migration, target, epoch, state, marker, logins_off, reopen_by = found[0]
    if state not in set(State):
        raise UnknownState(state)
    return Fence(migration, target, epoch, State(state), marker, tuple(logins_off), reopen_by)


def marker(connection: Connection) -> int:
    """The epoch whose marker has arrived on this server: one quick look."""
    found = value(connection, "SELECT marker FROM daybreak.fence")
    return int(found) if found is not None else 0


def raise_epoch(
    connection: Connection,
    migration: str,
    target: str,
    at_least: int,
    state: State = State.OPEN,
) -> int:
    """Begin a new attempt on an open database: nothing of an earlier one is obeyed any more.

    Raises:
        NotMine: the database is closed already.
    """
    with connection.transaction():
        row = connection.execute(
            "UPDATE daybreak.fence SET epoch = greatest(epoch, %s) + 1, migration = %s, "
            "target = %s, changed_at = clock_timestamp() WHERE state = %s RETURNING epoch",
            [at_least, migration, target, state],
        ).fetchone()
    if row is None:
        found = read(connection)
        raise NotMine(
            f"The database is {found.state} already, by {found.migration} under epoch "
            f"{found.epoch}."
        )
    return int(row[0])


def _step(
    connection: Connection, epoch: int, before: Sequence[State], after: State, new_epoch: int
) -> tuple[str, ...]:
    """The check and the change in one statement; gives the roles that the row says are off.

    Those that were dropped since are not among them: they can't be let in, and must not keep a
    database closed.

    On its own it is a whole transaction in one round trip. The row that passes the check also
    makes its transaction commit synchronously, whatever the session's default is.
    """
    row = connection.execute(
        "UPDATE daybreak.fence SET state = %s, epoch = %s, changed_at = clock_timestamp() "
        "WHERE epoch = %s AND state = ANY (%s) "
        "AND set_config('synchronous_commit', 'on', true) IS NOT NULL RETURNING ARRAY("
        "SELECT rolname::text FROM pg_roles WHERE rolname = ANY (logins_off) ORDER BY rolname)",
        [after, new_epoch, epoch, list(before)],
    ).fetchone()
    if row is None:
        raise NotMine
    return tuple(row[0])


def _logins(connection: Connection, roles: Sequence[str], word: LiteralString) -> None:
    # One round trip for all of them: an account can have hundreds.
    with connection.pipeline():
        for role in roles:
            connection.execute(
                sql.SQL("ALTER ROLE {} {}").format(sql.Identifier(role), sql.SQL(word))
            )


def close(
    connection: Connection,
    epoch: int,
    *,
    rehearse: bool,
    before: State = State.OPEN,
    after: State = State.FENCED,
    reopen_by: float | None = None,
) -> tuple[str, ...]:
    """Logins off for every role but ours and the provider's, and the row that names them.

    The roles are read in the very transaction: one that was made a moment ago is among them. A
    rehearsal is rolled back. `reopen_by` says that it is closed for its copy, and until when.

    Raises:
        NotMine: another attempt has taken over.
    """
    with connection.transaction(force_rollback=rehearse):
        _step(connection, epoch, [before], after, epoch)
        roles = login_roles(connection)
        # No marker yet: one that is found under this fence was written under it.
        connection.execute("UPDATE daybreak.fence SET logins_off = %s, marker = 0", [list(roles)])
        if reopen_by is not None or value(connection, HAS_REOPEN_BY) is not None:
            connection.execute("UPDATE daybreak.fence SET reopen_by = %s", [reopen_by])
        _logins(connection, roles, "NOLOGIN")
    return roles


def mark(connection: Connection, epoch: int) -> None:
    """Commit the marker under the fence, synchronously.

    Only a position read *after* a synchronous commit covers what others committed asynchronously
    (measured: an acknowledged commit lay 112 bytes behind `pg_current_wal_lsn()`).
    """
    changed = connection.execute(
        "UPDATE daybreak.fence SET marker = epoch WHERE epoch = %s AND state = %s "
        "AND set_config('synchronous_commit', 'on', true) IS NOT NULL",
        [epoch, State.FENCED],
    ).rowcount
    if changed != 1:
        raise NotMine


def claim(connection: Connection, epoch: int) -> None:
    """Take the promoted target for this attempt; raises NotMine if the attempt went back."""
    _step(connection, epoch, [State.FENCED], State.CLAIMED, epoch)


def lift(connection: Connection, epoch: int) -> None:
    """Let clients in on the claimed target: the pivot."""
    with connection.transaction():
        roles = _step(connection, epoch, [State.CLAIMED], State.OPENED, epoch)
        _logins(connection, roles, "LOGIN")


def abandon(connection: Connection, epoch: int) -> None:
    """On a promoted target: it never takes clients' writes. Said twice, it stays said."""
    with connection.transaction():
        connection.execute("SET LOCAL synchronous_commit = on")
        _step(
            connection,
            epoch,
            [State.OPEN, State.FENCED, State.CLAIMED, State.REOPENING, State.ABANDONED],
            State.ABANDONED,
            epoch,
        )


def supersede(connection: Connection, seen: Fence, epoch: int) -> Fence:
    """Take over from whoever left the row like this: from here on it obeys this epoch alone.

    A source that was about to reopen counts as fenced again: it is closed, and whoever was
    reopening it can't go on.

    Raises:
        NotMine: the row has changed since; look again.
    """
    state = State.FENCED if seen.state is State.REOPENING else seen.state
    with connection.transaction():
        connection.execute("SET LOCAL synchronous_commit = on")
        changed = connection.execute(
            "UPDATE daybreak.fence SET epoch = %s, state = %s, changed_at = clock_timestamp() "
            "WHERE epoch = %s AND state = %s",
            [epoch, state, seen.epoch, seen.state],
        ).rowcount
        if changed != 1:
            raise NotMine
    return replace(seen, epoch=epoch, state=state)


def withdraw(connection: Connection, epoch: int, state: State = State.OPEN) -> bool:
    """Whether it is still in this state under this epoch, and from now on stays so.

    Of an open source: whether it was never fenced by this epoch, and from now on can't be. A plain
    look would not do: a commit whose answer was lost may still be on its way. This waits for it (or
    fails by `lock_timeout`, and is tried again).
    """
    with connection.transaction():
        connection.execute("SET LOCAL synchronous_commit = on")
        changed = connection.execute(
            "UPDATE daybreak.fence SET epoch = %s, changed_at = clock_timestamp() "
            "WHERE epoch = %s AND state = %s",
            [epoch + 1, epoch, state],
        ).rowcount
    return changed == 1


def announce_reopening(connection: Connection, epoch: int) -> None:
    """On the source, still closed: raise the epoch, so that this one can never claim the target."""
    with connection.transaction():
        connection.execute("SET LOCAL synchronous_commit = on")
        _step(connection, epoch, [State.FENCED], State.REOPENING, epoch + 1)


def _forget_outage(connection: Connection) -> None:
    """An open source has no time at which it reopens; a row of an earlier version never had one."""
    if value(connection, HAS_REOPEN_BY) is not None:
        connection.execute("UPDATE daybreak.fence SET reopen_by = NULL")


def reopen(connection: Connection, epoch: int) -> None:
    """On the source: let back in exactly those that the fence kept out."""
    with connection.transaction():
        connection.execute("SET LOCAL synchronous_commit = on")
        roles = _step(connection, epoch, [State.REOPENING], State.OPEN, epoch)
        _logins(connection, roles, "LOGIN")
        connection.execute("UPDATE daybreak.fence SET logins_off = '{}'")
        _forget_outage(connection)


# To roll back: the opened target closes, and the fenced source opens -----------------------------


def expect(connection: Connection, epoch: int, roles: Sequence[str]) -> None:
    """On the fenced source: who is let in when it opens, namely whom the target kept out.

    Who was dropped on the target since is not let in again. Its commit is a synchronous one: what
    the way back has applied before it, which commits as the server's default has it, is on disk.
    """
    changed = connection.execute(
        "UPDATE daybreak.fence SET logins_off = %s WHERE epoch = %s AND state = %s "
        "AND set_config('synchronous_commit', 'on', true) IS NOT NULL",
        [list(roles), epoch, State.FENCED],
    ).rowcount
    if changed != 1:
        raise NotMine


def yield_target(connection: Connection, epoch: int) -> None:
    """On the target: the source has everything; from here on this one never takes writes.

    The one decision between both: whoever reopens the target needs the state that this ends.
    """
    _step(connection, epoch, [State.RETURNING], State.ABANDONED, epoch)


def reopen_target(connection: Connection, epoch: int) -> None:
    """On the target: let back in exactly those that `close` kept out, under the next epoch."""
    with connection.transaction():
        connection.execute("SET LOCAL synchronous_commit = on")
        roles = _step(
            connection, epoch, [State.RETURNING, State.ABANDONED], State.OPENED, epoch + 1
        )
        _logins(connection, roles, "LOGIN")


def open_source(connection: Connection, epoch: int, *, rehearse: bool = False) -> None:
    """On the fenced source: let clients in; the target must have been given up before.

    A rehearsal is rolled back.
    """
    with connection.transaction(force_rollback=rehearse):
        roles = _step(connection, epoch, [State.FENCED], State.OPEN, epoch)
        _logins(connection, roles, "LOGIN")
        connection.execute("UPDATE daybreak.fence SET logins_off = '{}'")
        _forget_outage(connection)


# When a migration was cancelled ------------------------------------------------------------------


def is_forgettable(connection: Connection, migration: str) -> bool:
    """Whether attempts of this migration have left something on a source that is open."""
    try:
        found = read(connection)
    except NoFence:
        return False
    return found.migration == migration and found.state is State.OPEN


def forget(connection: Connection, migration: str) -> None:
    """Drop it. Epochs go on growing, for the poolers' agents know the last one.

    A schema in which somebody else has made something stays.

    Raises:
        NotMine: the source is not open, or another migration's.
    """
    with connection.transaction():
        held = value(
            connection,
            "SELECT true FROM daybreak.fence WHERE migration = %s AND state = %s FOR UPDATE",
            migration,
            State.OPEN,
        )
        if not held:
            raise NotMine
        connection.execute("DROP TABLE IF EXISTS daybreak.way_back, daybreak.slots")
        connection.execute("DROP TABLE daybreak.fence")
        connection.execute("DROP FUNCTION IF EXISTS daybreak.not_by_replication()")
        others = value(
            connection,
            "SELECT count(*) FROM pg_depend WHERE refclassid = 'pg_namespace'::regclass "
            "AND refobjid = 'daybreak'::regnamespace AND deptype = 'n'",
        )
        if not others:
            connection.execute("DROP SCHEMA daybreak")
