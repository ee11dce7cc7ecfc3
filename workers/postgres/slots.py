"""Logical slots of others: who reads changes from the source, and the same slots on the target.

A physical copy has no slots. What a consumer reads next stands in a row of ours on the source for
each: it comes to the target with everything else, and whoever finishes the cut-over finds it there.
"""

from dataclasses import dataclass
from typing import LiteralString

from migration.errors import Permanent
from workers.postgres.connect import Connection, rows, value
from workers.postgres.fence import NotMine, State
from workers.postgres.way_back import NAME as WAY_BACK

TABLE = """
CREATE TABLE IF NOT EXISTS daybreak.slots (
    name text PRIMARY KEY,
    database text NOT NULL,
    plugin text NOT NULL,
    two_phase boolean NOT NULL,
    confirmed pg_lsn,
    fenced_at pg_lsn
);
COMMENT ON TABLE daybreak.slots IS
    'Kept by Daybreak: logical slots that the cut-over makes anew, and how far they were read.';
"""
_FIRST_WITH_TWO_PHASE = 140000
_MINE: LiteralString = "SELECT true FROM daybreak.fence WHERE epoch = %s AND state = %s"


class NameTaken(Permanent):
    """The target has another slot of that name."""


@dataclass(frozen=True)
class LogicalSlot:
    """A slot through which somebody reads changes; empty strings where nobody does."""

    name: str
    database: str
    plugin: str
    two_phase: bool
    #: It ends with the session that made it.
    temporary: bool
    active: bool
    user: str
    application: str
    address: str
    #: WAL that is kept for it; None where it can't be told.
    retained_bytes: int | None

    @property
    def consumer(self) -> str:
        """Who reads it, in words; empty for nobody."""
        if not self.active:
            return ""
        who = f"{self.application or 'unnamed'} ({self.user})" if self.user else "somebody"
        return f"{who} from {self.address or 'the server itself'}"


@dataclass(frozen=True)
class Moved:
    """A slot on both sides; positions never compare across engines."""

    name: str
    database: str
    plugin: str
    two_phase: bool
    #: Where the source's slot had been read to under the fence, and where the log ended there.
    confirmed: str
    fenced_at: str
    #: Log of the source between both; None where it can't be told.
    unread_bytes: int | None


def logical(connection: Connection) -> list[LogicalSlot]:
    """All but Daybreak's own, with whoever reads them now."""
    found = connection.execute(
        f"SELECT s.slot_name, s.database, s.plugin, {_two_phase(connection)}, "  # noqa: S608 - ours
        "s.temporary, s.active, coalesce(a.usename, ''), coalesce(a.application_name, ''), "
        "coalesce(host(a.client_addr), ''), CASE WHEN pg_is_in_recovery() THEN NULL ELSE "
        "pg_wal_lsn_diff(pg_current_wal_lsn(), s.restart_lsn)::bigint END "
        "FROM pg_replication_slots s LEFT JOIN pg_stat_activity a ON a.pid = s.active_pid "
        "WHERE s.slot_type = 'logical' AND NOT starts_with(s.slot_name, %s) "
        "ORDER BY s.slot_name".encode(),
        [WAY_BACK],
    ).fetchall()
    return [LogicalSlot(*row) for row in found]


def _two_phase(connection: Connection) -> str:
    """What says so of a slot `s`: asked of the connection, not of the server."""
    return "s.two_phase" if connection.info.server_version >= _FIRST_WITH_TWO_PHASE else "false"


# On the source, before and under the fence -----------------------------------------------------


def note(source: Connection, epoch: int, *, wanted: bool) -> bool:
    """Write down which there are that last, in place of what an earlier attempt wrote.

    Where they are not `wanted` nothing is left of that. Gives whether there are any.

    Raises:
        NotMine: another attempt has begun, or this one has closed the source already.
    """
    there = value(source, "SELECT to_regclass('daybreak.slots')") is not None
    if not there and not wanted:
        return False
    if not there:
        with source.transaction():
            source.execute(TABLE)
    found = [slot for slot in logical(source) if wanted and not slot.temporary]
    with source.transaction():
        if not rows(source, f"{_MINE} FOR SHARE", epoch, State.OPEN):
            raise NotMine
        source.execute("DELETE FROM daybreak.slots")
        for slot in found:
            source.execute(
                "INSERT INTO daybreak.slots (name, database, plugin, two_phase) "
                "VALUES (%s, %s, %s, %s)",
                [slot.name, slot.database, slot.plugin, slot.two_phase],
            )
    return bool(found)


def end_of_log(source: Connection) -> str:
    """Where the log ends now: everything that was committed lies before it."""
    return str(value(source, "SELECT pg_current_wal_insert_lsn()::text"))


def reading(source: Connection, end: str) -> frozenset[int]:
    """Processes that send changes of noted slots, and whose consumers have not confirmed `end`."""
    found = rows(
        source,
        "SELECT s.active_pid FROM pg_replication_slots s JOIN daybreak.slots n "
        "ON n.name = s.slot_name WHERE s.active_pid IS NOT NULL "
        "AND (s.confirmed_flush_lsn IS NULL OR s.confirmed_flush_lsn < %s::pg_lsn)",
        end,
    )
    return frozenset(pid for (pid,) in found)


def senders(source: Connection) -> frozenset[int]:
    """Processes that send changes of noted slots."""
    found = rows(
        source,
        "SELECT s.active_pid FROM pg_replication_slots s JOIN daybreak.slots n "
        "ON n.name = s.slot_name WHERE s.active_pid IS NOT NULL",
    )
    return frozenset(pid for (pid,) in found)


def note_positions(source: Connection, epoch: int, end: str) -> None:
    """Write down which there are now that nobody can write any more, and how far each was read.

    One that was made or dropped since they were noted counts as it is now. Where the source is
    not fenced under this epoch nothing is changed, and the marker that comes next is refused.
    """
    source.execute(
        f"""
        WITH mine AS ({_MINE} FOR SHARE), there AS (
            SELECT s.slot_name::text AS name, s.database::text, s.plugin::text,
                {_two_phase(source)} AS two_phase, s.confirmed_flush_lsn AS confirmed
            FROM pg_replication_slots s
            WHERE s.slot_type = 'logical' AND NOT s.temporary AND NOT starts_with(s.slot_name, %s)
                AND EXISTS (SELECT FROM mine)
        ), gone AS (
            DELETE FROM daybreak.slots n
            WHERE EXISTS (SELECT FROM mine) AND n.name NOT IN (SELECT name FROM there)
        )
        INSERT INTO daybreak.slots AS n
            (name, database, plugin, two_phase, confirmed, fenced_at)
        SELECT name, database, plugin, two_phase, confirmed, %s::pg_lsn FROM there
        ON CONFLICT (name) DO UPDATE SET database = excluded.database, plugin = excluded.plugin,
            two_phase = excluded.two_phase, confirmed = excluded.confirmed,
            fenced_at = excluded.fenced_at
        """.encode(),  # noqa: S608 - ours
        [epoch, State.FENCED, WAY_BACK, end],
    )


# On the target, claimed and closed -------------------------------------------------------------


def noted(target: Connection) -> list[Moved]:
    """What the source's rows say."""
    if value(target, "SELECT to_regclass('daybreak.slots')") is None:
        return []
    found = rows(
        target,
        "SELECT name, database, plugin, two_phase, coalesce(confirmed::text, ''), "
        "coalesce(fenced_at::text, ''), "
        # `greatest` alone would take what is not known for nothing left.
        "CASE WHEN fenced_at IS NULL OR confirmed IS NULL THEN NULL "
        "ELSE greatest(pg_wal_lsn_diff(fenced_at, confirmed), 0)::bigint END "
        "FROM daybreak.slots ORDER BY name",
    )
    return [Moved(*row) for row in found]


def positions(target: Connection) -> dict[str, str]:
    """From where each logical slot of the target would be read, by its name; lost ones aside."""
    found = rows(
        target,
        "SELECT slot_name, confirmed_flush_lsn::text FROM pg_replication_slots "
        "WHERE slot_type = 'logical' AND NOT temporary AND wal_status IS DISTINCT FROM 'lost' "
        "AND confirmed_flush_lsn IS NOT NULL",
    )
    return dict(found)


def missing(target: Connection) -> list[Moved]:
    """What was noted and is not there."""
    wanted = noted(target)
    if not wanted:
        return []
    found = rows(
        target,
        "SELECT n.name FROM daybreak.slots n WHERE NOT EXISTS (SELECT FROM pg_replication_slots s "
        "WHERE s.slot_name = n.name AND s.plugin = n.plugin AND s.database = n.database "
        "AND s.wal_status IS DISTINCT FROM 'lost')",
    )
    names = {name for (name,) in found}
    return [slot for slot in wanted if slot.name in names]


def made(target: Connection) -> tuple[dict[str, object], ...]:
    """What was noted and is there by now, with the positions on both sides; JSON.

    One of the same name with another plugin or database is no consumer's.
    """
    others = {slot.name for slot in missing(target)}
    begins = {name: lsn for name, lsn in positions(target).items() if name not in others}
    return tuple(
        {
            "name": slot.name,
            "database": slot.database,
            "plugin": slot.plugin,
            "target_position": begins[slot.name],
            "source_position": slot.confirmed,
            "fenced_at": slot.fenced_at,
            "unread_bytes": slot.unread_bytes,
        }
        for slot in noted(target)
        if slot.name in begins
    )


def make(target: Connection, slot: Moved) -> None:
    """Make it in the database of this connection; done before, it stays done.

    Raises:
        NameTaken: a slot of that name is another one.
    """
    found = rows(
        target,
        "SELECT plugin, database FROM pg_replication_slots WHERE slot_name = %s",
        slot.name,
    )
    if not found:
        more: tuple[bool, ...] = (False, True) if slot.two_phase else ()
        places = ", ".join(["%s"] * (2 + len(more)))
        target.execute(
            f"SELECT pg_create_logical_replication_slot({places})".encode(),
            [slot.name, slot.plugin, *more],
        )
    elif found != [(slot.plugin, slot.database)]:
        raise NameTaken(f"The target has another slot of the name {slot.name}.")
