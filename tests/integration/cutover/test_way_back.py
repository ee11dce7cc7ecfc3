"""The way back: what clients write to the target reaches the fenced source while it is kept."""

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest
from cutover_ground import ADAM, SOURCE, Ground, assert_writes_flow, eventually
from held_cut_over import be_patient, ended, held_in_the_pause
from way_back_ground import (
    LEFT,
    SLOTS,
    TARGET_INSTANCE,
    as_daybreak,
    assert_arrive,
    follows,
    go_on,
    log_in,
    moved,
    superuser,
    watch,
)

from migration.errors import Permanent
from migration.events import DecisionWanted, WayBackLost
from migration.model import WENT_BACK, Migration, Status, WayBack
from workers.postgres import fence, way_back
from workers.postgres.fence import State

pytestmark = pytest.mark.table("way back")
# What the target needs comes from the plan, and not from what its source happens to have.
PARAMETERS = {"rds.logical_replication": "0"}
PAGE = Path(__file__).parents[3] / "docs"
BLOCK = re.compile(r"^```(?:sh|sql)\n(?:--|#) (\w)[^\n]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture(autouse=True)
def _rights(ground: Ground) -> None:
    """Of the tables' owner, who is in Daybreak's role: the first look asks for that."""
    superuser(ground, SOURCE, "ALTER TABLE seen OWNER TO app_owner")


def test_the_fenced_source_follows_until_the_term_is_over(ground: Ground) -> None:
    """No write is missing on it, it stays closed, its fence as it was; then nothing is left."""
    with log_in(ground, SOURCE) as connection:
        # An earlier migration left this, and people went back.
        fence.prepare(connection, "orders-0000")
        way_back.make_room(connection)
        connection.execute("UPDATE daybreak.way_back SET slot = 'daybreak_way_back_1'")
    migration, clients = moved(ground, WayBack.REQUIRED)
    facts = migration.facts["cut_over"]
    assert facts["way_back"] == {"prepared": True}
    assert "way back" in facts["phases_ms"]
    stray = "SELECT pg_create_logical_replication_slot('daybreak_way_back_99', 'pgoutput')"
    superuser(ground, TARGET_INSTANCE, stray)
    with log_in(ground, TARGET_INSTANCE) as connection, pytest.raises(way_back.TooLate):
        # Clients write by now: whatever is made so late is never taken for what was made in time.
        way_back.vouch(connection, facts["epoch"])
    migration = go_on(ground, migration, follows)
    assert as_daybreak(ground, TARGET_INSTANCE, SLOTS) == [(way_back.slot_of(facts["epoch"]),)]
    # A restart of the source is no reason to lose anything.
    server = ground.cloud._datacenter.servers[SOURCE]
    server.stop()
    with ground.clients() as later:
        assert_writes_flow(later)
    server.start()
    assert_arrive(ground, clients + later)

    assert ground.fence_on(SOURCE).state is State.FENCED
    assert ground.fence_on(TARGET_INSTANCE).state is State.OPENED
    with pytest.raises(psycopg.OperationalError, match="not permitted to log in"):
        psycopg.connect(ground.direct_dsn).close()

    later = replace(
        migration,
        options=replace(migration.options, way_back_hours=1e-6),
        version=migration.version + 1,
    )
    ground.store.commit(migration, later, [], quiet=True)
    migration = go_on(ground, later, lambda now: now.asked_times > 0)
    assert follows(migration)
    assert "finish or roll back" in migration.waiting.reason
    asked = [entry.event for entry in ground.store.events(migration.id)]
    assert sum(isinstance(event, DecisionWanted) for event in asked) == 1

    migration = ground.service.finish(migration.id, ADAM)
    migration = go_on(ground, migration, lambda now: now.final)
    assert migration.status is Status.COMPLETED
    assert migration.facts["keep_way_back"] == {"ended": "it was ended on request", "lost": ""}
    retired = migration.facts["retire_source"]
    source = ground.bench.tools.rds.instance(SOURCE)
    snapshot = ground.bench.tools.rds.snapshot(retired["final_snapshot"])
    assert source is not None
    assert (source.deletion_protection, source.tags["daybreak:retired-by"]) == (True, migration.id)
    assert snapshot is not None
    assert (snapshot.status, snapshot.instance) == ("available", SOURCE)
    assert ground.fence_on(SOURCE).state is State.FENCED
    assert (ground.scalar(SOURCE, LEFT), ground.scalar(TARGET_INSTANCE, LEFT)) == (0, 0)
    secret = ground.cloud.password(SOURCE, "daybreak")
    assert secret not in str(list(ground.store.events(migration.id)))


def test_a_changed_table_is_said_with_its_remedy(ground: Ground) -> None:
    """A new table on the target goes back after what the words say was done, and not before."""
    migration, _ = moved(ground, WayBack.IF_POSSIBLE)
    migration = go_on(ground, migration, follows)
    made = "CREATE TABLE made (id int PRIMARY KEY)"
    superuser(ground, TARGET_INSTANCE, made, "ALTER TABLE made OWNER TO app_owner")
    superuser(ground, TARGET_INSTANCE, "INSERT INTO made VALUES (1)")
    with pytest.raises(Permanent, match=r"differ since the target was opened: `public\.made`"):
        watch(ground, migration)

    superuser(ground, SOURCE, made, "ALTER TABLE made OWNER TO app_owner")
    with pytest.raises(Permanent, match=r"`public\.made` does not go back") as caught:
        watch(ground, migration)

    (remedy,) = re.findall(r"`(ALTER SUBSCRIPTION [^`]*)`", str(caught.value))
    as_daybreak(ground, SOURCE, remedy)
    eventually(lambda: ground.scalar(SOURCE, "SELECT count(*) FROM made") == 1, "its rows")
    superuser(ground, TARGET_INSTANCE, "INSERT INTO made VALUES (2)")
    eventually(lambda: ground.scalar(SOURCE, "SELECT count(*) FROM made") == 2, "what came later")
    watch(ground, migration)


def test_a_slot_that_is_gone_is_said_and_the_rest_taken_down(ground: Ground) -> None:
    """What the source has not applied is lost to it: there is no way back any more."""
    migration, _ = moved(ground, WayBack.REQUIRED)
    migration = go_on(ground, migration, follows)
    superuser(ground, SOURCE, "ALTER SUBSCRIPTION daybreak_way_back DISABLE")
    drop = "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE NOT active"

    def dropped() -> bool:
        superuser(ground, TARGET_INSTANCE, drop)
        return ground.scalar(TARGET_INSTANCE, "SELECT count(*) FROM pg_replication_slots") == 0

    eventually(dropped, "the end of the slot")
    migration = go_on(ground, migration, lambda now: now.final)

    lost = [entry.event for entry in ground.store.events(migration.id)]
    (event,) = (one for one in lost if isinstance(one, WayBackLost))
    assert "slot is gone" in event.reason
    assert (ground.scalar(SOURCE, LEFT), ground.scalar(TARGET_INSTANCE, LEFT)) == (0, 0)


@pytest.mark.parametrize("wanted", [WayBack.IF_POSSIBLE, WayBack.REQUIRED])
def test_what_cannot_be_prepared_ends_as_the_plan_says(
    ground: Ground, monkeypatch: pytest.MonkeyPatch, wanted: WayBack
) -> None:
    """Later than any condition was looked at: it opens without, loudly, or goes back."""
    be_patient(ground, monkeypatch)
    approved = ground.approve(ground.at_the_gate(way_back=wanted))
    with ground.clients() as clients:
        with held_in_the_pause(ground, approved) as outcome:
            superuser(ground, SOURCE, "CREATE TABLE bare (v int)")
        after = ended(ground, outcome)
        assert_writes_flow(clients)

    assert [client.errors for client in clients] == [[] for _ in clients]
    side = TARGET_INSTANCE if wanted is WayBack.IF_POSSIBLE else SOURCE
    for client in clients:
        assert ground.numbers_on(side, client) == client.acknowledged
    if wanted is WayBack.REQUIRED:
        assert after.status is Status.HALTED
        assert "way back could not be prepared: Tables without" in after.aborted
        assert ground.fence_on(SOURCE).state is State.OPEN
        return
    assert after.facts["cut_over"]["way_back"]["prepared"] is False
    after = go_on(ground, after, lambda now: now.final)
    events = [entry.event for entry in ground.store.events(after.id)]
    (event,) = (one for one in events if isinstance(one, WayBackLost))
    assert "`bare`" in event.reason
    assert (ground.scalar(SOURCE, LEFT), ground.scalar(TARGET_INSTANCE, LEFT)) == (0, 0)


def commands(page: str) -> dict[str, str]:
    """The blocks of a page by the sign at their beginning."""
    return dict(BLOCK.findall((PAGE / page).read_text()))


class ByHand:
    """Somebody with the pages, a terminal and Daybreak's login."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._blocks = commands("on-call.md") | commands("way-back.md")

    def run(self, sign: str, identifier: str) -> Any:
        """One block as it stands, its epoch filled in; gives what came of its last statement."""
        text = self._blocks[sign]
        text = re.sub(r"\bE\b", str(self._ground.fence_on(identifier).epoch), text)
        parts = [text] if text.startswith("DO") else [one for one in text.split(";\n") if one]
        for part in parts:
            found = as_daybreak(self._ground, identifier, part)
        return found

    def on_console(self, sign: str) -> None:
        """On the pooler's console."""
        with psycopg.connect(self._ground.admin_dsn, autocommit=True) as console:
            for command in self._blocks[sign].splitlines():
                console.execute(command.encode())

    def lead_to_the_source(self) -> None:
        """Beside the pooler, and on its console: S."""
        ground = self._ground
        found = (PAGE / "on-call.md").read_text()
        (line,) = re.findall(
            r"^DAYBREAK_AGENT_CONFIG=\S+ \S+ (.*SOURCE_HOST.*)$", found, re.MULTILINE
        )
        line = line.replace("SOURCE_HOST", ground.cloud.address(SOURCE))
        line = line.replace("SOURCE_PORT", str(ground.cloud.port))
        line = line.replace("--epoch N", f"--epoch {ground.fence_on(SOURCE).epoch + 2}")
        subprocess.run([sys.executable, *shlex.split(line)], check=True)
        with psycopg.connect(ground.admin_dsn, autocommit=True) as console:
            for command in ("RELOAD", "RESUME orders"):
                console.execute(command.encode())


@contextmanager
def nobody_left_waiting(ground: Ground) -> Iterator[None]:
    """A test that fails lets go whom it held: its clients could not end otherwise."""
    try:
        yield
    except BaseException:
        with psycopg.connect(ground.admin_dsn, autocommit=True) as console, suppress(psycopg.Error):
            console.execute("RESUME orders")
        raise


def test_going_back_by_hand_loses_nothing(ground: Ground) -> None:
    """The page's commands as they stand, under writers: all they were told is on the source."""
    superuser(
        ground, SOURCE, "CREATE SEQUENCE tickets", "ALTER SEQUENCE tickets OWNER TO app_owner"
    )
    migration, before = moved(ground, WayBack.REQUIRED)
    migration = go_on(ground, migration, follows)
    superuser(ground, TARGET_INSTANCE, "SELECT nextval('tickets') FROM generate_series(1, 7)")
    hand = ByHand(ground)
    with ground.clients() as clients, nobody_left_waiting(ground):
        ground.stop_agent()
        hand.on_console("1")
        hand.run("2", TARGET_INSTANCE)
        eventually(lambda: not hand.run("3", TARGET_INSTANCE), "the end of all sessions")
        # Daybreak looks on, and takes nothing away that is still needed.
        migration = go_on(ground, migration, closed_by_hand)
        hand.run("0", TARGET_INSTANCE)
        hand.run("2", TARGET_INSTANCE)
        eventually(lambda: not hand.run("3", TARGET_INSTANCE), "the end of all sessions")
        beat = hand.run("4", TARGET_INSTANCE)
        eventually(lambda: hand.run("5", SOURCE) == beat, "the last write")
        for (setval,) in hand.run("6", TARGET_INSTANCE):
            as_daybreak(ground, SOURCE, setval)
        hand.run("7", TARGET_INSTANCE)
        migration = go_on(ground, migration, closed_by_hand)
        for sign in ("A", "C"):
            hand.run(sign, SOURCE)
        hand.lead_to_the_source()
        assert_writes_flow(clients)

    assert [client.errors for client in clients] == [[] for _ in clients]
    for client in before + clients:
        assert ground.numbers_on(SOURCE, client) == client.acknowledged
    assert ground.scalar(SOURCE, "SELECT nextval('tickets')") == 8
    assert ground.fence_on(SOURCE).state is State.OPEN
    migration = go_on(ground, migration, lambda now: now.final)
    assert migration.status is Status.ROLLED_BACK
    assert migration.facts["keep_way_back"] == {"ended": WENT_BACK, "lost": ""}
    assert (ground.scalar(SOURCE, LEFT), ground.scalar(TARGET_INSTANCE, LEFT)) == (0, 0)
    with pytest.raises(psycopg.OperationalError, match="not permitted to log in"):
        psycopg.connect(ground.direct_dsn, host=ground.cloud.address(TARGET_INSTANCE)).close()


def closed_by_hand(migration: Migration) -> bool:
    """Whether the step waits for whoever goes back."""
    return migration.waiting is not None and "closed by hand" in migration.waiting.reason
