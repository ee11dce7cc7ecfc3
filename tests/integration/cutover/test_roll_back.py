"""The roll back, under writers: nothing is lost, whatever is in its way, and somebody can write."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from cutover_ground import SOURCE, Client, Ground, assert_writes_flow, eventually
from test_rotation import rotate
from way_back_ground import (
    LEFT,
    TARGET_INSTANCE,
    approve_roll_back,
    as_daybreak,
    follows,
    go_on,
    moved,
    superuser,
)

from migration.events import RollBackAborted
from migration.model import WENT_BACK, Migration, Status, WayBack
from migration.plan import ROLL_BACK
from workers import evidence_of_roll_back
from workers.aws.resources import MOVED_TAG
from workers.evidence_of_slots import BACK
from workers.postgres.fence import State

pytestmark = pytest.mark.table("roll back")
PARAMETERS = {"rds.logical_replication": "0"}
DRAW = "SELECT max(nextval('tickets')) FROM generate_series(1, 7)"


@pytest.fixture(autouse=True)
def _rights(ground: Ground) -> None:
    """Of the tables' owner, who is in Daybreak's role; and a sequence that clients draw from."""
    superuser(
        ground,
        SOURCE,
        "ALTER TABLE seen OWNER TO app_owner",
        "CREATE SEQUENCE tickets",
        "ALTER SEQUENCE tickets OWNER TO app_owner",
    )


def cooling_off(ground: Ground) -> tuple[Migration, list[Client]]:
    """Over on the target, the source following, with clients that wrote there and stopped."""
    migration, clients = moved(ground, WayBack.REQUIRED)
    return go_on(ground, migration, follows), clients


def assert_all_there(ground: Ground, side: str, clients: list[Client]) -> None:
    """Each write that was acknowledged, once, and no client saw an error."""
    assert [client.errors for client in clients] == [[] for _ in clients]
    for client in clients:
        assert ground.numbers_on(side, client) == client.acknowledged


def failing(ground: Ground, migration: Migration) -> dict[str, str]:
    """The conditions that do not hold now, with their words."""
    seen = evidence_of_roll_back.gather(migration, ground.bench.tools)
    return {check.name: check.detail for check in seen.checks if not check.ok}


@contextmanager
def strike(ground: Ground, monkeypatch: pytest.MonkeyPatch, point: str, act: str) -> Iterator[None]:
    """Something happens where the job reaches this point."""
    folder = ground.folder / "failpoints"
    folder.mkdir(exist_ok=True)
    monkeypatch.setenv("DAYBREAK_FAILPOINTS", str(folder))
    ground.compose()
    (folder / point).write_text(act)
    yield
    assert Path(folder / f"{point}.hit").exists()


def test_a_roll_back_under_writers_loses_nothing_and_leaves_nothing(ground: Ground) -> None:
    """All that was acknowledged on either side is on the source, and no number comes twice."""
    migration, before = cooling_off(ground)
    drawn = ground.scalar(TARGET_INSTANCE, DRAW)
    approved = approve_roll_back(ground, migration)
    with ground.clients() as clients:
        assert_writes_flow(clients)
        after = ground.cut_over(approved)
        assert_writes_flow(clients)

    assert after.status is Status.ACTIVE, after.aborted
    assert_all_there(ground, SOURCE, before + clients)
    facts = after.facts[ROLL_BACK]
    assert facts["checked"]["sequences"] >= 1
    assert {"pause", "fence", "drain", "yield", "open"} <= set(facts["phases_ms"])
    assert facts["probe"]["longest_wait_ms"] > 0
    assert ground.scalar(SOURCE, "SELECT nextval('tickets')") == drawn + 1
    assert ground.fence_on(SOURCE).state is State.OPEN
    assert ground.fence_on(TARGET_INSTANCE).state is State.ABANDONED
    with pytest.raises(psycopg.OperationalError, match="not permitted to log in"):
        psycopg.connect(ground.direct_dsn, host=ground.cloud.address(TARGET_INSTANCE)).close()

    ended = go_on(ground, after, lambda now: now.final)
    assert ended.status is Status.ROLLED_BACK
    assert ended.facts["keep_way_back"] == {"ended": WENT_BACK, "lost": ""}
    assert (ground.scalar(SOURCE, LEFT), ground.scalar(TARGET_INSTANCE, LEFT)) == (0, 0)
    source = ground.bench.tools.rds.instance(SOURCE)
    assert source is not None
    assert MOVED_TAG not in source.tags


# Until the target has yielded it is reopened; from then on the source is opened.
@pytest.mark.parametrize(
    "point",
    ["begun", "paused", "fenced", "marked", "drained", "sequences-set"],
)
def test_what_fails_before_the_target_yields_is_called_off(
    ground: Ground, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    """Writes go on with the target, the way back is kept, and it can be tried again at once."""
    migration, before = cooling_off(ground)
    with strike(ground, monkeypatch, point, "error"):
        approved = approve_roll_back(ground, migration)
        with ground.clients() as clients:
            called_off = ground.cut_over(approved)
            assert_writes_flow(clients)
    assert called_off.status is Status.ACTIVE
    assert ROLL_BACK not in called_off.facts
    event = next(
        entry.event
        for entry in reversed(ground.store.events(migration.id))
        if isinstance(entry.event, RollBackAborted)
    )
    assert "takes writes again" in event.reason
    assert_all_there(ground, TARGET_INSTANCE, before + clients)
    assert ground.fence_on(TARGET_INSTANCE).state is State.OPENED
    assert ground.fence_on(SOURCE).state is State.FENCED

    again = approve_roll_back(ground, go_on(ground, called_off, follows))
    with ground.clients() as later:
        assert ground.cut_over(again).facts[ROLL_BACK]
        assert_writes_flow(later)
    assert_all_there(ground, SOURCE, before + clients + later)


@pytest.mark.parametrize("point", ["yielded", "redirected", "lifted", "resumed"])
def test_what_fails_afterwards_ends_with_one_open_database(
    ground: Ground, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    """Before the source was opened it may be called off still; afterwards only forward."""
    migration, before = cooling_off(ground)
    with strike(ground, monkeypatch, point, "error"):
        approved = approve_roll_back(ground, migration)
        with ground.clients() as clients:
            after = ground.cut_over(approved)
            assert_writes_flow(clients)
    back = point in {"lifted", "resumed"}
    assert (ROLL_BACK in after.facts) is back
    assert_all_there(ground, SOURCE if back else TARGET_INSTANCE, before + clients)
    states = (ground.fence_on(SOURCE).state, ground.fence_on(TARGET_INSTANCE).state)
    assert states == ((State.OPEN, State.ABANDONED) if back else (State.FENCED, State.OPENED))


def test_conditions_are_said_and_keep_it_from_beginning(ground: Ground) -> None:
    """Each is seen red with words that say what to do, and green when that was done."""
    migration, _ = cooling_off(ground)
    assert not failing(ground, migration)

    superuser(ground, TARGET_INSTANCE, "CREATE ROLE newcomer LOGIN", "CREATE SEQUENCE fresh")
    superuser(ground, TARGET_INSTANCE, "SELECT nextval('fresh')", "SELECT lo_create(0)")
    wrong = failing(ground, migration)
    assert "`newcomer`: make them there" in wrong["Roles as on the target"]
    assert "`public.fresh`" in wrong["Sequences can be set ahead"]
    assert "large objects" in wrong["Nothing that does not go back"]
    superuser(ground, TARGET_INSTANCE, "DROP SEQUENCE fresh")
    superuser(ground, TARGET_INSTANCE, "SELECT lo_unlink(oid) FROM pg_largeobject_metadata")
    superuser(ground, SOURCE, "CREATE ROLE newcomer")
    assert not failing(ground, migration)

    # A consumer's slot stands against it where the plan promised that no change is missed.
    superuser(
        ground, TARGET_INSTANCE, "SELECT pg_create_logical_replication_slot('feed', 'pgoutput')"
    )
    promised = replace(migration, options=replace(migration.options, recreate_slots=True))
    assert "no slot like `feed`" in failing(ground, promised)[BACK]
    seen = evidence_of_roll_back.gather(migration, ground.bench.tools)
    (told,) = (check for check in seen.checks if check.name == BACK)
    assert told.ok
    assert told.detail.startswith("`feed` of the target stay behind")
    superuser(ground, TARGET_INSTANCE, "SELECT pg_drop_replication_slot('feed')")
    assert not failing(ground, promised)

    # The source follows no more.
    superuser(ground, SOURCE, "ALTER SUBSCRIPTION daybreak_way_back DISABLE")
    assert "has not arrived" in failing(ground, migration)["Way back follows"]
    superuser(ground, SOURCE, "ALTER SUBSCRIPTION daybreak_way_back ENABLE")
    eventually(lambda: not failing(ground, migration), "the source to follow again")

    with psycopg.connect(ground.app_dsn, prepare_threshold=None) as held:
        held.execute("SELECT 1")
        eventually(lambda: "No long transaction" in failing(ground, migration), "an old one")
    approved = approve_roll_back(ground, ground.store.load(migration.id))
    superuser(ground, SOURCE, "ALTER SUBSCRIPTION daybreak_way_back DISABLE")
    after = ground.cut_over(approved)
    assert after.status is Status.ACTIVE
    assert "did not begin" in after.aborted
    assert ground.fence_on(TARGET_INSTANCE).state is State.OPENED


def test_a_password_that_the_source_does_not_know_is_found_before_anybody_waits(
    ground: Ground,
) -> None:
    """It was changed on the target and in the secret: the source has the old one."""
    migration, _ = cooling_off(ground)
    approved = approve_roll_back(ground, migration)
    rotate(ground, "app", f"app/{SOURCE}", TARGET_INSTANCE)
    with ground.clients() as clients:
        after = ground.cut_over(approved)
        assert_writes_flow(clients)
    assert "did not begin" in after.aborted
    assert "password" in after.aborted
    assert ground.fence_on(TARGET_INSTANCE).state is State.OPENED
    assert as_daybreak(ground, SOURCE, "SELECT 1") == [(1,)]
