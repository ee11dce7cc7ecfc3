"""Remedies at work: red before, green after; once, recorded, said when they fail, set back."""

import json
import os
import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import psycopg
import pytest
from preflight_states import GIB, Altered, client, metrics, session, sql
from psycopg.conninfo import make_conninfo
from psycopg.pq import ConnStatus, PGconn
from remedy_ground import ADAM, RITA, RemedyGround
from steps_ground import Ground, eventually

from migration.errors import Conflict, NotPossibleNow
from migration.events import ActDone, ActIntended, RemedyEnded, RemedyRequested
from migration.preflight import State
from migration.remedies import (
    BACKUPS,
    BY_NAME,
    DROP_SLOTS,
    ENLARGE_STORAGE,
    REBOOT_IN_WINDOW,
    REBOOT_NOW,
    REPLICA_IDENTITY,
    SET_LOGGED,
    Change,
    RunState,
)
from migration.remedying import offered
from workers.__main__ import main
from workers.postgres import rewriting
from workers.remedies import job
from workers.remedies.registry import MENDERS

SOURCES = ("orders",)
pytestmark = pytest.mark.table("remedies", slices=9)
OWNED = "SET ROLE app_owner;; {};; RESET ROLE"
HEAP = sql(OWNED.format("CREATE TABLE heap (id int)"), "DROP TABLE IF EXISTS heap")
SLOT = sql(
    "SELECT pg_create_logical_replication_slot('feed', 'pgoutput')",
    "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots "
    "WHERE slot_name = 'feed' AND NOT active",
)


@contextmanager
def backups_off(ground: Ground) -> Iterator[None]:
    """Its owner has turned automated backups off."""
    with client(ground, "rds") as rds:
        rds.modify_db_instance(
            DBInstanceIdentifier="orders", BackupRetentionPeriod=0, ApplyImmediately=True
        )

    def are_off() -> bool:
        seen = ground.tools.rds.instance("orders")
        return seen is not None and (seen.status, seen.backup_retention_days) == ("available", 0)

    eventually(are_off, "backups that are off")
    yield


#: So much WAL is written during a copy that 100 GiB do not hold it, and a fifth more does.
MUCH = metrics(TransactionLogsGeneration=105.0 * GIB / (0.5 * 3600 * 1.5))


def pending(*, opens_in_minutes: int) -> Altered:
    """A parameter of its group waits for a reboot; its maintenance window lasts half an hour."""

    @contextmanager
    def altered(ground: Ground) -> Iterator[None]:
        begins = datetime.now(UTC) + timedelta(minutes=opens_in_minutes)
        ends = begins + timedelta(minutes=30)
        known = ground.tools.rds.instance("orders")
        assert known is not None
        with client(ground, "rds") as rds:
            rds.modify_db_instance(
                DBInstanceIdentifier="orders",
                PreferredMaintenanceWindow=f"{begins:%a:%H:%M}-{ends:%a:%H:%M}".lower(),
            )
            rds.modify_db_parameter_group(
                DBParameterGroupName=known.parameter_group,
                Parameters=[
                    {
                        "ParameterName": "max_locks_per_transaction",
                        "ParameterValue": str(next(VALUES)),
                        "ApplyMethod": "pending-reboot",
                    }
                ],
            )
        eventually(lambda: _parameters(ground) == "pending-reboot", "a parameter that waits")
        yield

    return altered


#: Each of them is a change.
VALUES = count(65)


def _parameters(ground: Ground) -> str:
    seen = ground.tools.rds.instance("orders")
    return seen.parameter_status if seen and seen.status == "available" else ""


@dataclass(frozen=True)
class Row:
    """A state that turns a check red, its remedy, and what is written down of the change."""

    remedy: str
    check: str
    altered: Altered
    change: str


ROWS = (
    Row(REPLICA_IDENTITY, "replica-identity", HEAP, "app: public.heap: DEFAULT → FULL"),
    Row(
        REPLICA_IDENTITY,
        "replica-identity",
        sql(
            # only the last of these can name rows
            OWNED.format(
                "CREATE TABLE heap (a int, b int NOT NULL, c int NOT NULL);; "
                "CREATE UNIQUE INDEX nulls ON heap (a);; "
                "CREATE UNIQUE INDEX partial ON heap (b) WHERE c > 0;; "
                "CREATE UNIQUE INDEX computed ON heap ((b + 1));; "
                "CREATE INDEX plain ON heap (b);; "
                "CREATE UNIQUE INDEX fits ON heap (c, b) INCLUDE (a);; "
                "ALTER TABLE heap REPLICA IDENTITY NOTHING"
            ),
            "DROP TABLE heap",
        ),
        "app: public.heap: NOTHING → index fits",
    ),
    Row(
        REPLICA_IDENTITY,
        "replica-identity",
        sql(OWNED.format('CREATE TABLE "He""ap; DROP" (id int)'), 'DROP TABLE "He""ap; DROP"'),
        'app: public.He"ap; DROP: DEFAULT → FULL',
    ),
    Row(DROP_SLOTS, "unread-logical-slots", SLOT, "→ dropped"),
    Row(
        SET_LOGGED,
        "unlogged-tables",
        sql(OWNED.format("CREATE UNLOGGED TABLE cache (id int PRIMARY KEY)"), "DROP TABLE cache"),
        "app: public.cache: unlogged → logged",
    ),
    Row(
        BACKUPS,
        "backups",
        backups_off,
        "orders: backups kept for 0 days → for 7 days",
    ),
    Row(
        ENLARGE_STORAGE,
        "storage-headroom",
        MUCH,
        "orders: 100 GiB → 1",
    ),
    Row(
        REBOOT_IN_WINDOW,
        "parameters-in-force",
        pending(opens_in_minutes=-10),
        "orders: parameters pending-reboot → rebooted, in force",
    ),
    Row(
        REBOOT_NOW,
        "parameters-in-force",
        pending(opens_in_minutes=120),
        "orders: parameters pending-reboot → rebooted, in force",
    ),
)


@pytest.mark.parametrize("row", ROWS, ids=[f"{n}-{row.remedy}" for n, row in enumerate(ROWS)])
def test_a_remedy_turns_its_check_green(ground: RemedyGround, row: Row) -> None:
    """The look that offered it says so afterwards, offers nothing more, and all is recorded."""
    with row.altered(ground.steps):
        look = ground.look("orders")
        red = ground.result(look, row.check)
        run = ground.carried_out(ground.press(look, row.remedy))
        green = ground.result(look, row.check)

    assert red.state is State.FOUND
    assert row.remedy in {offer.remedy for offer in red.offers}
    assert run.state is RunState.DONE, run.problem
    assert [str(change) for change in run.done_changes] == [
        next(str(change) for change in run.changes if row.change in str(change))
    ]
    assert run.by == ADAM
    assert (green.state, green.offers) == (State.PASSED, ())


def test_every_remedy_has_a_mender_and_a_row() -> None:
    """Nobody adds one that was never seen to work."""
    assert set(MENDERS) == set(BY_NAME) == {row.remedy for row in ROWS}


def test_pressed_twice_it_is_done_once(ground: RemedyGround) -> None:
    """The second press is told of the first; afterwards there is nothing to be pressed."""
    with HEAP(ground.steps):
        look = ground.look("orders")
        mark = offered(look, REPLICA_IDENTITY)[1].mark
        first, asked = ground.remedying.ask(look.id, REPLICA_IDENTITY, ADAM, mark)
        second, asked_again = ground.remedying.ask(look.id, REPLICA_IDENTITY, "U0ANNA", mark)
        run = ground.carried_out(first)
        ground.carried_out(second)
        with pytest.raises(NotPossibleNow, match="nothing to mend"):
            ground.remedying.ask(look.id, REPLICA_IDENTITY, ADAM, mark)

    assert (asked, asked_again, second.id) == (True, False, first.id)
    assert len(run.changes) == 1
    assert [one.id for one in ground.bench.remedies.of_source("orders")] == [run.id]


def test_what_was_mended_by_others_meanwhile_is_left_alone(ground: RemedyGround) -> None:
    """It is done, and nothing was changed by it."""
    with HEAP(ground.steps):
        run = ground.press(ground.look("orders"), REPLICA_IDENTITY)
        with ground.steps.superuser("orders") as connection:
            connection.execute("ALTER TABLE heap REPLICA IDENTITY FULL")
        ended = ground.carried_out(run)

    assert (ended.state, ended.changes) == (RunState.DONE, ())


def test_a_table_that_was_not_shown_is_not_touched(ground: RemedyGround) -> None:
    """It appeared after the look: the check goes on finding it, and offers it anew."""
    with HEAP(ground.steps):
        look = ground.look("orders")
        run = ground.press(look, REPLICA_IDENTITY)
        with sql(OWNED.format("CREATE TABLE later (id int)"), "DROP TABLE later")(ground.steps):
            ended = ground.carried_out(run)
            after = ground.result(look, "replica-identity")

    assert [change.what for change in ended.done_changes] == ["app: public.heap"]
    assert after.state is State.FOUND
    assert after.offers[0].on == ("app: public.later (FULL)",)


def test_a_table_gets_no_other_identity_than_was_shown(ground: RemedyGround) -> None:
    """An index that names its rows was made since: nobody has agreed to that one."""
    with HEAP(ground.steps):
        look = ground.look("orders")
        with ground.steps.superuser("orders") as connection:
            connection.execute("ALTER TABLE heap ALTER id SET NOT NULL")
            connection.execute("CREATE UNIQUE INDEX later ON heap (id)")
        run = ground.carried_out(ground.press(look, REPLICA_IDENTITY))
        letter = _identity(ground, "heap")

    assert run.state is RunState.FAILED
    assert "app: public.heap would get index later by now, and FULL was shown" in run.problem
    assert letter == "d"


def test_a_terminal_shows_who_had_what_mended(
    ground: RemedyGround, capsys: pytest.CaptureFixture[str]
) -> None:
    """Before and after, for people and for programs; it does not lapse."""
    with HEAP(ground.steps):
        run = ground.mend("orders", REPLICA_IDENTITY)
    assert main(["remedies", "orders"]) == 0
    said = capsys.readouterr().out
    assert main(["remedies", "orders", "--json"]) == 0
    (told,) = json.loads(capsys.readouterr().out)

    assert f"replica-identity, asked for by {ADAM}: done" in said
    assert "app: public.heap: DEFAULT → FULL" in said
    assert (told["id"], told["changes"][0]["before"]) == (run.id, "DEFAULT")
    assert ground.bench.redis.ttl(f"daybreak:remedy:{run.id}") == -1


# Failures ---------------------------------------------------------------------------------------


def test_a_lock_that_is_not_had_is_said_with_who_holds_it(ground: RemedyGround) -> None:
    """What came before it stays done and is recorded; the locked table is left as it is."""
    both = sql(
        OWNED.format("CREATE TABLE a_heap (id int);; CREATE TABLE heap (id int)"),
        "DROP TABLE a_heap, heap",
    )
    with both(ground.steps):
        look = ground.look("orders")
        with session(ground.steps, "app", application_name="nightly") as other:
            other.execute("LOCK TABLE heap IN ACCESS SHARE MODE")
            run = ground.carried_out(ground.press(look, REPLICA_IDENTITY))
        after = ground.result(look, "replica-identity")

    assert run.state is RunState.FAILED
    assert "lock on `public.heap` was not had within 2 s" in run.problem
    assert "app (nightly, pid " in run.problem
    assert [change.what for change in run.done_changes] == ["app: public.a_heap"]
    assert "`heap`" in after.found[0]
    assert "a_heap" not in after.found[0]


def test_a_right_that_is_missing_is_named(ground: RemedyGround) -> None:
    """Whose the table is, and what the master user has to grant."""
    with (
        HEAP(ground.steps),
        sql("REVOKE app_owner FROM daybreak", "GRANT app_owner TO daybreak")(ground.steps),
    ):
        run = ground.mend("orders", REPLICA_IDENTITY)

    assert run.state is RunState.FAILED
    assert "`GRANT app_owner TO`" in run.problem
    assert run.done_changes == ()


def test_a_slot_that_is_another_one_by_now_is_kept(ground: RemedyGround) -> None:
    """The same name and plugin, made anew since it was shown: it stands elsewhere."""
    with SLOT(ground.steps), ground.steps.superuser("orders") as connection:
        look = ground.look("orders")
        connection.execute("SELECT pg_drop_replication_slot('feed')")
        connection.execute("CREATE TABLE moves_the_log (id int PRIMARY KEY)")
        connection.execute("DROP TABLE moves_the_log")
        connection.execute("SELECT pg_create_logical_replication_slot('feed', 'pgoutput')")
        run = ground.carried_out(ground.press(look, DROP_SLOTS))
        kept = connection.execute("SELECT slot_name FROM pg_replication_slots").fetchall()

    assert run.state is RunState.FAILED
    assert "`feed` is not as it was shown any more" in run.problem
    assert ("feed",) in kept


@contextmanager
def _read(ground: RemedyGround) -> Iterator[None]:
    """Somebody streams from the slot; psycopg itself knows no such thing."""
    dsn = ground.steps.cloud.superuser_dsn("orders")
    reader = PGconn.connect(make_conninfo(dsn, replication="database").encode())
    assert reader.status == ConnStatus.OK, reader.error_message
    reader.send_query(
        b"START_REPLICATION SLOT feed LOGICAL 0/0 (proto_version '1', publication_names 'none')"
    )
    try:
        eventually(lambda: _slot_is(ground, "active"), "a slot that is read")
        yield
    finally:
        reader.finish()
        eventually(lambda: _slot_is(ground, "NOT active"), "a slot that nobody reads")


def _slot_is(ground: RemedyGround, state: str) -> bool:
    query = f"SELECT 1 FROM pg_replication_slots WHERE slot_name = 'feed' AND {state}"
    with ground.steps.superuser("orders") as connection:
        return bool(connection.execute(query.encode()).fetchone())


def test_a_slot_that_is_read_again_is_kept(ground: RemedyGround) -> None:
    """Its consumer came back between the look and the press."""
    with SLOT(ground.steps):
        look = ground.look("orders")
        with _read(ground):
            run = ground.carried_out(ground.press(look, DROP_SLOTS))
        kept = _slot_is(ground, "NOT active")

    assert kept
    assert run.state is RunState.FAILED
    assert "somebody reads it" in run.problem


def test_a_slot_that_was_read_in_between_is_kept(ground: RemedyGround) -> None:
    """A consumer that polls: it is gone again, and only what it has confirmed has moved."""
    with SLOT(ground.steps), ground.steps.superuser("orders") as connection:
        connection.execute("CREATE TABLE fills_the_log (id int)")
        with psycopg.connect(ground.steps.cloud.superuser_dsn("orders")) as writer:
            writer.execute("INSERT INTO fills_the_log VALUES (1)")
            look = ground.look("orders")
            connection.execute("INSERT INTO fills_the_log VALUES (2)")
            connection.execute("SELECT pg_replication_slot_advance('feed', pg_current_wal_lsn())")
            run = ground.carried_out(ground.press(look, DROP_SLOTS))
        connection.execute("DROP TABLE fills_the_log")
        kept = _slot_is(ground, "NOT active")

    assert kept
    assert run.state is RunState.FAILED
    assert "has read from it" in run.problem


def test_a_rewrite_that_would_take_too_long_is_not_begun(ground: RemedyGround) -> None:
    """By its size and by the disk's room: the table is as it was, and what to do is said."""
    cache = sql(
        OWNED.format("CREATE UNLOGGED TABLE cache AS SELECT repeat('x', 1000) AS t"),
        "DROP TABLE cache",
    )
    with cache(ground.steps):
        with ground.settings(rewrite_seconds=0.5):
            large = ground.mend("orders", SET_LOGGED)
        with metrics(FreeStorageSpace=1.0)(ground.steps):
            full = ground.carried_out(ground.press(ground.look("orders"), SET_LOGGED))
        with ground.steps.superuser("orders") as connection:
            found = connection.execute(
                "SELECT relpersistence::text FROM pg_class WHERE relname = 'cache'"
            ).fetchone()

    assert found == ("u",)
    assert (large.state, large.changes) == (RunState.FAILED, ())
    assert "0.5 s (`DAYBREAK_REWRITE_SECONDS`)" in large.problem
    assert (full.state, full.changes) == (RunState.FAILED, ())
    assert "the free storage of `orders` is 0 MiB" in full.problem


def test_a_rewrite_that_takes_longer_than_it_should_is_given_up(ground: RemedyGround) -> None:
    """By the server's own time-out; the table is as it was."""
    cache = sql(
        OWNED.format(
            "CREATE UNLOGGED TABLE cache AS SELECT repeat(md5(n::text), 30) AS t "
            "FROM generate_series(1, 60000) n;; CREATE INDEX ON cache (t)"
        ),
        "DROP TABLE cache",
    )
    with cache(ground.steps), ground.steps.superuser("orders") as connection:
        with ground.steps.tools.databases.source("orders") as ours:
            (table,) = rewriting.unlogged(ours)
            with pytest.raises(psycopg.errors.QueryCanceled):
                rewriting.set_logged(ours, table, 0.01)
        found = connection.execute(
            "SELECT relpersistence::text FROM pg_class WHERE relname = 'cache'"
        ).fetchone()

    assert found == ("u",)


def test_a_table_that_others_refer_to_comes_first(ground: RemedyGround) -> None:
    """PostgreSQL lets no logged table refer to an unlogged one."""
    two = sql(
        OWNED.format(
            "CREATE UNLOGGED TABLE z_kinds (id int PRIMARY KEY);; "
            "CREATE UNLOGGED TABLE cache (id int PRIMARY KEY, kind int REFERENCES z_kinds)"
        ),
        "DROP TABLE cache, z_kinds",
    )
    with two(ground.steps):
        run = ground.mend("orders", SET_LOGGED)

    assert [change.what for change in run.done_changes] == [
        "app: public.z_kinds",
        "app: public.cache",
    ]


def test_what_waits_for_the_window_is_not_hurried_on(ground: RemedyGround) -> None:
    """A change at once would take it along: it is refused by name, and nothing was sent."""
    with backups_off(ground.steps), client(ground.steps, "rds") as rds:
        look = ground.look("orders")
        rds.modify_db_instance(DBInstanceIdentifier="orders", DBInstanceClass="db.r6g.xlarge")
        failed = ground.carried_out(ground.press(look, BACKUPS))
        rds.modify_db_instance(DBInstanceIdentifier="orders", DBInstanceClass="db.r6g.large")
        rds.modify_db_instance(
            DBInstanceIdentifier="orders", BackupRetentionPeriod=7, ApplyImmediately=True
        )
        eventually(lambda: _backed_up(ground), "backups that are on")

    assert (failed.state, failed.changes) == (RunState.FAILED, ())
    assert "`DBInstanceClass`" in failed.problem


def _backed_up(ground: RemedyGround) -> bool:
    seen = ground.steps.tools.rds.instance("orders")
    return seen is not None and seen.status == "available" and seen.backup_retention_days == 7


def test_what_aws_denies_is_said_with_its_action(ground: RemedyGround) -> None:
    """And why; nothing was changed, and the same press works once it is allowed."""
    with backups_off(ground.steps):
        look = ground.look("orders")
        ground.steps.cloud.scenario.denied.add("ModifyDBInstance")
        try:
            failed = ground.carried_out(ground.press(look, BACKUPS))
        finally:
            ground.steps.cloud.scenario.denied.clear()
        mended = ground.carried_out(ground.press(look, BACKUPS))

    assert failed.state is RunState.FAILED
    assert failed.done_changes == ()
    assert "`rds:ModifyDBInstance`" in failed.problem
    assert mended.state is RunState.DONE


def test_a_reboot_waits_for_its_window_and_can_be_called_off(ground: RemedyGround) -> None:
    """Nothing is done before; called off, nothing is done at all, and it can be asked anew."""
    with pending(opens_in_minutes=120)(ground.steps):
        look = ground.look("orders")
        run = ground.press(look, REBOOT_IN_WINDOW)
        job.carry_out(ground.bench, run.id)
        waits = ground.now(run)
        ground.remedying.call_off(run.id, RITA)
        with pytest.raises(NotPossibleNow, match="nothing to call off"):
            ground.remedying.call_off(run.id, RITA)
        off = ground.carried_out(run)
        left = _parameters(ground.steps)
        now = ground.carried_out(ground.press(look, REBOOT_NOW))
        other = ground.now(run)

    assert "is rebooted in its window" in waits.waiting
    assert (waits.state, waits.changes) == (RunState.ASKED, ())
    assert (off.state, off.called_off_by, off.changes) == (RunState.CALLED_OFF, RITA, ())
    assert left == "pending-reboot"
    assert now.state is RunState.DONE
    assert other.state is RunState.CALLED_OFF


def test_a_reboot_is_never_sent_twice(ground: RemedyGround) -> None:
    """Its intent stands, and nobody knows whether it was sent: that is said, and nothing sent."""
    with pending(opens_in_minutes=120)(ground.steps):
        run = ground.press(ground.look("orders"), REBOOT_NOW)
        intent = Change("orders", "before", "after", ground.bench.clock.now() - 3600)
        ground.bench.remedies.save(replace(run, changes=(intent,)))
        failed = ground.carried_out(run)
        left = _parameters(ground.steps)
        ground.mend("orders", REBOOT_NOW)

    assert failed.state is RunState.FAILED
    assert "It is not sent twice" in failed.problem
    assert left == "pending-reboot"


def test_a_cancel_calls_a_reboot_off_that_waits(ground: RemedyGround) -> None:
    """In the name of whoever cancelled."""
    with pending(opens_in_minutes=120)(ground.steps):
        migration = ground.begun("orders")
        run = ground.press(ground.look("orders"), REBOOT_IN_WINDOW)
        job.carry_out(ground.bench, run.id)
        said = ground.cancelled(migration)
        off = ground.carried_out(run)
        left = _parameters(ground.steps)
        ground.mend("orders", REBOOT_NOW)

    assert (off.state, off.called_off_by) == (RunState.CALLED_OFF, RITA)
    assert said["gone"] == ["the remedy reboot-in-window, called off"]
    assert left == "pending-reboot"


# With a migration ---------------------------------------------------------------------------------


def _identity(ground: RemedyGround, table: str) -> str:
    with ground.steps.superuser("orders") as connection:
        found = connection.execute(
            "SELECT relreplident::text FROM pg_class WHERE oid = %s::regclass", [table]
        ).fetchone()
    assert found is not None
    return str(found[0])


def test_a_cancel_sets_identities_back_but_for_what_is_published(ground: RemedyGround) -> None:
    """Those of a remedy before the migration as well; what others chose since is theirs."""
    tables = sql(
        OWNED.format(
            "CREATE TABLE one (id int);; CREATE TABLE two (id int);; CREATE TABLE three (id int)"
        ),
        "DROP TABLE one, two, three;; DROP PUBLICATION IF EXISTS feed",
    )
    with tables(ground.steps):
        before = ground.mend("orders", REPLICA_IDENTITY)
        migration = ground.begun("orders")
        with ground.steps.superuser("orders") as connection:
            connection.execute("CREATE PUBLICATION feed FOR TABLE two")
            connection.execute("ALTER TABLE three REPLICA IDENTITY NOTHING")
        said = ground.cancelled(migration)
        letters = [_identity(ground, table) for table in ("one", "two", "three")]
        said_again = ground.cancelled(ground.begun("orders"))

    assert before.state is RunState.DONE
    assert letters == ["d", "f", "n"]
    assert ground.now(before).state is RunState.SET_BACK
    assert "`app: public.one`" in said["gone"][0]
    assert "`feed` publishes it" in said["kept"]
    assert "another replica identity" in said["kept"]
    assert "gone" not in said_again


def test_a_partition_keeps_the_identity_that_its_root_is_published_with(
    ground: RemedyGround,
) -> None:
    """The publication names the root alone, and updates of the partition need an identity."""
    tables = sql(
        OWNED.format(
            "CREATE TABLE parts (id int) PARTITION BY RANGE (id);; "
            "CREATE TABLE part PARTITION OF parts DEFAULT"
        ),
        "DROP TABLE parts;; DROP PUBLICATION IF EXISTS feed",
    )
    with tables(ground.steps):
        ground.mend("orders", REPLICA_IDENTITY)
        migration = ground.begun("orders")
        with ground.steps.superuser("orders") as connection:
            connection.execute(
                "CREATE PUBLICATION feed FOR TABLE parts WITH (publish_via_partition_root)"
            )
        said = ground.cancelled(migration)
        letter = _identity(ground, "part")

    assert letter == "f"
    assert "`feed` publishes it" in said["kept"]


def test_a_migration_s_history_tells_of_it(ground: RemedyGround) -> None:
    """Who asked, for what; every act before it and after it; how it ended."""
    with HEAP(ground.steps):
        migration = ground.begun("orders")
        run = ground.mend("orders", REPLICA_IDENTITY)
        history = [one.event for one in ground.bench.store.events(migration.id)]
        ground.cancelled(migration)

    assert run.migration == migration.id
    (asked,) = [one for one in history if isinstance(one, RemedyRequested)]
    assert (asked.by, asked.on) == (ADAM, ("app: public.heap (FULL)",))
    acts = [one for one in history if isinstance(one, ActIntended | ActDone)]
    assert [one.kind for one in acts] == ["act_intended", "act_done"]
    assert acts[0].details["before"] == "DEFAULT"
    (ended,) = [one for one in history if isinstance(one, RemedyEnded)]
    assert (ended.changes, ended.problem) == (("app: public.heap: DEFAULT → FULL",), "")


def test_nothing_is_mended_while_a_step_works_on_the_source(ground: RemedyGround) -> None:
    """It waits for the migration's lease, and is done after that."""
    with HEAP(ground.steps):
        migration = ground.begun("orders")
        run = ground.press(ground.look("orders"), REPLICA_IDENTITY)
        lease = ground.bench.store.lease(migration.id, 30)
        assert lease is not None
        job.carry_out(ground.bench, run.id)
        meanwhile = ground.now(run)
        lease.release()
        ended = ground.carried_out(run)
        ground.cancelled(migration)

    assert (meanwhile.state, meanwhile.changes) == (RunState.ASKED, ())
    assert ended.state is RunState.DONE


def test_who_comes_too_late_writes_nothing(ground: RemedyGround) -> None:
    """A record is saved upon the version that was read, and no other."""
    with HEAP(ground.steps):
        run = ground.press(ground.look("orders"), REPLICA_IDENTITY)
        ground.bench.remedies.save(replace(run, waiting="for somebody"))
        with pytest.raises(Conflict):
            ground.bench.remedies.save(replace(run, state=RunState.FAILED))
        ended = ground.carried_out(run)

    assert ended.state is RunState.DONE


# Crashes ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "point",
    [
        f"remedy.{name}.{place}"
        for name in (REPLICA_IDENTITY, DROP_SLOTS)
        for place in ("intended", "acted")
    ],
)
def test_a_killed_worker_s_remedy_is_taken_up(ground: RemedyGround, point: str) -> None:
    """Between the intent and the act, or between the act and its record: done once in the end."""
    remedy = point.split(".")[1]
    row = next(one for one in ROWS if one.remedy == remedy)
    (ground.points / point).write_text("kill")
    with ExitStack() as stack:
        stack.enter_context(row.altered(ground.steps))
        look = ground.look("orders")
        ground.bench.redis.delete("rq:queue:migrations")
        ground.worker(stack)
        run = ground.press(look, remedy)
        eventually((ground.points / f"{point}.hit").exists, "a worker that was struck")
        struck = ground.now(run)

        def taken_up() -> bool:
            # what the reconciler does, and later than it would
            ground.bench.remedies.drive(ground.bench.clock.now() + 3600)
            return ground.now(run).looked_again

        eventually(taken_up, "a remedy that another worker ended")
        ended = ground.now(run)
        after = ground.result(look, row.check)
    (ground.points / f"{point}.hit").unlink()

    assert [change.done for change in struck.changes] == [False]
    assert ended.state is RunState.DONE, ended.problem
    assert [str(change) for change in ended.done_changes] == [str(struck.changes[0])]
    assert row.change in str(ended.done_changes[0])
    assert after.state is State.PASSED


def test_a_worker_that_was_stopped_and_wakes_does_nothing(ground: RemedyGround) -> None:
    """Another one has done it meanwhile, and a person has changed their mind since."""
    point = f"remedy.{REPLICA_IDENTITY}.intended"
    hit = ground.points / f"{point}.hit"
    (ground.points / point).write_text("stop")
    with ExitStack() as stack:
        stack.enter_context(HEAP(ground.steps))
        look = ground.look("orders")
        ground.bench.redis.delete("rq:queue:migrations")
        ground.worker(stack)
        run = ground.press(look, REPLICA_IDENTITY)
        eventually(lambda: hit.exists() and " by " in hit.read_text(), "a worker that was struck")
        stopped = int(hit.read_text().rpartition(" ")[2])
        stack.callback(hit.unlink)
        ended = ground.carried_out(run)
        with ground.steps.superuser("orders") as connection:
            connection.execute("ALTER TABLE heap REPLICA IDENTITY NOTHING")
        ground.bench.remedies.close(run.id)
        before = ground.now(run)
        os.kill(stopped, signal.SIGCONT)
        eventually(lambda: not Path(f"/proc/{stopped}").exists(), "the end of its job")
        letter, after = _identity(ground, "heap"), ground.now(run)

    assert ended.state is RunState.DONE
    assert letter == "n"
    assert after == before
