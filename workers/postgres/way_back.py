"""The way back in SQL: what the target publishes, what the fenced source applies, and how far.

The target publishes all of its tables, and its slot keeps every change from before the first
write of a client. The source applies them with a subscription of Daybreak's own role, the one role
that the fence lets in. Which slot was made in time stands in a row of ours on the target.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from migration.errors import Permanent
from workers.postgres import fence, inventory
from workers.postgres.connect import (
    WAY_BACK_APPLICATION_NAME,
    Connection,
    Login,
    rows,
    value,
)
from workers.traffic.port import Endpoint

# The publication on the target, and the subscription on the source.
NAME = "daybreak_way_back"
PLUGIN = "pgoutput"
_NAME = sql.Identifier(NAME)

# The source's fence says what the source is, and must not become what the target says of itself.
TABLE = """
CREATE TABLE IF NOT EXISTS daybreak.way_back (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    slot text NOT NULL DEFAULT '',
    ended text NOT NULL DEFAULT '',
    marker bigint NOT NULL DEFAULT 0,
    beat timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE daybreak.way_back IS
    'Kept by Daybreak: the slot that has every write of a client, and when it last looked.';
INSERT INTO daybreak.way_back DEFAULT VALUES ON CONFLICT DO NOTHING;
CREATE OR REPLACE FUNCTION daybreak.not_by_replication() RETURNS trigger
    LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE TRIGGER not_by_replication BEFORE INSERT OR UPDATE OR DELETE ON daybreak.fence
    FOR EACH ROW EXECUTE FUNCTION daybreak.not_by_replication();
ALTER TABLE daybreak.fence ENABLE REPLICA TRIGGER not_by_replication;
"""

# Tables of customers by name, with a digest of what a change of a row has to fit.
TABLES: LiteralString = """
SELECT format('%I.%I', n.nspname, c.relname), md5(string_agg(concat_ws(' ', a.attname,
       format_type(a.atttypid, a.atttypmod), a.attnotnull), ',' ORDER BY a.attname))
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relkind = 'r' AND c.relpersistence <> 't'
AND n.nspname NOT IN ('pg_catalog', 'information_schema')
GROUP BY c.oid, n.nspname, c.relname
"""


class TooLate(Permanent):
    """The slot was not made in time: somebody else has the target, or clients write already."""


@dataclass(frozen=True)
class Kept:
    """What the target keeps for the way back, by its own account."""

    slot: str
    #: Why it ended; empty while it is kept.
    ended: str
    #: WAL that the slot holds back on the target; None where the slot is gone.
    retained_bytes: int | None
    #: WAL of the target that the source has not confirmed.
    behind_bytes: int | None
    #: Its WAL was removed: the way back is lost.
    lost: bool
    #: Somebody reads it just now.
    read: bool


def slot_of(epoch: int) -> str:
    """Each attempt has a slot of its own: none can be taken for another's."""
    return f"{NAME}_{epoch}"


# On the source, before the cut-over ------------------------------------------------------------


def make_room(source: Connection) -> None:
    """Make our table, and have the source's fence untouched by what is applied.

    What an earlier way back left in it says nothing of the next target.
    """
    if value(source, "SELECT to_regclass('daybreak.way_back')") is None:
        with source.transaction():
            source.execute(TABLE)
    source.execute("UPDATE daybreak.way_back SET slot = '', ended = '', marker = 0")


# On the target, before the first write of a client ---------------------------------------------


def publish(target: Connection) -> None:
    """Publish every table; done before, it stays done."""
    if not is_published(target):
        target.execute(sql.SQL("CREATE PUBLICATION {} FOR ALL TABLES").format(_NAME))


def make_slot(target: Connection, epoch: int) -> None:
    """The slot of this attempt; done before, it stays done."""
    name = slot_of(epoch)
    if not value(target, "SELECT true FROM pg_replication_slots WHERE slot_name = %s", name):
        target.execute("SELECT pg_create_logical_replication_slot(%s, %s)", [name, PLUGIN])


def vouch(target: Connection, epoch: int) -> None:
    """Write down that this slot stood while the target was ours and closed.

    Raises:
        TooLate: the target is not claimed under this epoch.
    """
    changed = target.execute(
        "UPDATE daybreak.way_back SET slot = %s, ended = '' WHERE EXISTS "
        "(SELECT FROM daybreak.fence WHERE epoch = %s AND state = %s FOR SHARE) "
        "AND set_config('synchronous_commit', 'on', true) IS NOT NULL",
        [slot_of(epoch), epoch, fence.State.CLAIMED],
    ).rowcount
    if changed != 1:
        raise TooLate


def slots(target: Connection) -> list[str]:
    """Every slot of a way back, vouched for or not."""
    found = rows(
        target,
        "SELECT slot_name FROM pg_replication_slots WHERE starts_with(slot_name, %s) ORDER BY 1",
        f"{NAME}_",
    )
    return [name for (name,) in found]


def drop_slot(target: Connection, name: str) -> None:
    """Let go of the WAL; raises psycopg.errors.ObjectInUse while somebody reads it."""
    target.execute(
        "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = %s",
        [name],
    )


def unpublish(target: Connection) -> None:
    """Publish nothing any more."""
    target.execute(sql.SQL("DROP PUBLICATION IF EXISTS {}").format(_NAME))


def is_published(target: Connection) -> bool:
    """Whether the publication is there."""
    return bool(value(target, "SELECT true FROM pg_publication WHERE pubname = %s", NAME))


def end(target: Connection, why: str) -> None:
    """Write down that it ends, before anything of it is taken down."""
    target.execute("UPDATE daybreak.way_back SET ended = %s", [why])


def kept(target: Connection) -> Kept | None:
    """The slot that is vouched for; None where none was made in time."""
    if value(target, "SELECT to_regclass('daybreak.way_back')") is None:
        return None
    found = rows(
        target,
        "SELECT w.slot, w.ended, pg_wal_lsn_diff(pg_current_wal_lsn(), s.restart_lsn)::bigint, "
        "pg_wal_lsn_diff(pg_current_wal_lsn(), s.confirmed_flush_lsn)::bigint, "
        "s.slot_name IS NULL OR s.wal_status = 'lost', coalesce(s.active, false) "
        "FROM daybreak.way_back w LEFT JOIN pg_replication_slots s ON s.slot_name = w.slot "
        "WHERE w.slot <> ''",
    )
    return Kept(*found[0]) if found else None


def beat(target: Connection) -> None:
    """Write a row whose arrival on the source shows how far it is behind.

    A beat is later than the one before it, whatever was done to the server's clock in between.
    """
    target.execute(
        "UPDATE daybreak.way_back "
        "SET beat = greatest(clock_timestamp(), beat + interval '1 microsecond')"
    )


def seconds_behind(source: Connection, target: Connection) -> float:
    """How old the last beat is that the source has seen, by the target's clock; 0 for the last."""
    seen = value(source, "SELECT beat FROM daybreak.way_back")
    return float(
        value(
            target,
            "SELECT CASE WHEN beat <= %s THEN 0 ELSE "
            "greatest(extract(epoch FROM clock_timestamp() - %s), 0) END::float8 "
            "FROM daybreak.way_back",
            seen,
            seen,
        )
    )


def mark(target: Connection, epoch: int) -> None:
    """Commit the marker of a roll back, synchronously, on the target that this epoch closed.

    Changes are applied in the order of their commits, so what is committed before it has arrived
    where it has arrived.

    Raises:
        NotMine: another attempt has taken over.
    """
    changed = target.execute(
        "UPDATE daybreak.way_back SET marker = %s, "
        "beat = greatest(clock_timestamp(), beat + interval '1 microsecond') WHERE EXISTS "
        "(SELECT FROM daybreak.fence WHERE epoch = %s AND state = %s FOR SHARE) "
        "AND set_config('synchronous_commit', 'on', true) IS NOT NULL",
        [epoch, epoch, fence.State.RETURNING],
    ).rowcount
    if changed != 1:
        raise fence.NotMine


def seen(connection: Connection) -> tuple[int, datetime]:
    """The marker and the beat that this server has: two of them are equal, or one is behind."""
    marker, beat = rows(connection, "SELECT marker, beat FROM daybreak.way_back")[0]
    return int(marker), beat


def databases_apart(source: Connection, target: Connection) -> list[str]:
    """Databases that only one of them has: what is written there does not go back."""
    here, there = (
        {one.name for one in inventory.databases(connection)} for connection in (source, target)
    )
    return sorted(here ^ there)


def tables(connection: Connection) -> dict[str, str]:
    """Every table of customers, with a digest of its columns."""
    return dict(rows(connection, TABLES))


# On the fenced source --------------------------------------------------------------------------


def subscribe(source: Connection, target: Endpoint, login: Login, slot: str) -> None:
    """Have the source apply what the slot holds; the server itself dials out to the target.

    The password stands in the source's catalogue, where only superusers and the owner read it.
    """
    # The server's certificate bundle is a file of RDS's that differs by version: TLS is demanded,
    # and SCRAM shows the password to nobody.
    conninfo = make_conninfo(
        host=target.host,
        port=target.port,
        dbname=login.dbname,
        user=login.user,
        password=login.password,
        sslmode="require",
        application_name=WAY_BACK_APPLICATION_NAME,
        connect_timeout=5,
        keepalives_idle=5,
        keepalives_interval=2,
        keepalives_count=3,
    )
    source.execute(
        sql.SQL(
            "CREATE SUBSCRIPTION {} CONNECTION {} PUBLICATION {} WITH (copy_data = false, "
            "create_slot = false, slot_name = {})"
        ).format(_NAME, sql.Literal(conninfo), _NAME, sql.Literal(slot))
    )


def subscription(source: Connection) -> bool:
    """Whether the source has it."""
    return bool(value(source, "SELECT true FROM pg_subscription WHERE subname = %s", NAME))


def carried(source: Connection) -> set[str]:
    """The tables whose changes it applies; those of all others it passes over in silence."""
    found = rows(
        source,
        "SELECT format('%%I.%%I', n.nspname, c.relname) FROM pg_subscription_rel r "
        "JOIN pg_subscription s ON s.oid = r.srsubid JOIN pg_class c ON c.oid = r.srrelid "
        "JOIN pg_namespace n ON n.oid = c.relnamespace "
        "WHERE s.subname = %s AND r.srsubstate = 'r'",
        NAME,
    )
    return {name for (name,) in found}


def apply_errors(source: Connection) -> int:
    """How often applying failed so far; PostgreSQL counts that from 15 on."""
    try:
        found = value(
            source,
            "SELECT apply_error_count FROM pg_stat_subscription_stats WHERE subname = %s",
            NAME,
        )
    except psycopg.errors.UndefinedTable:
        return 0
    return int(found or 0)


def applies(source: Connection) -> bool:
    """Whether a worker of the subscription is at work."""
    return bool(
        value(
            source,
            "SELECT true FROM pg_stat_subscription WHERE subname = %s AND pid IS NOT NULL LIMIT 1",
            NAME,
        )
    )


def unsubscribe(source: Connection, migration: str) -> None:
    """Stop applying, and leave the target's slot to who drops it; once it is gone, nothing.

    Raises:
        NotMine: the source is another migration's by now, and so is what it subscribes to.
    """
    if not subscription(source):
        return
    with source.transaction():
        if not value(
            source,
            "SELECT true FROM daybreak.fence WHERE migration = %s FOR SHARE",
            migration,
        ):
            raise fence.NotMine
        source.execute(sql.SQL("ALTER SUBSCRIPTION {} DISABLE").format(_NAME))
        source.execute(sql.SQL("ALTER SUBSCRIPTION {} SET (slot_name = NONE)").format(_NAME))
        source.execute(sql.SQL("DROP SUBSCRIPTION {}").format(_NAME))
