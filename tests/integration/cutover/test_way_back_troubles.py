"""The way back in trouble: what people read of it, and that it goes on once that is mended."""

from typing import Any

import psycopg
import pytest
from cutover_ground import SOURCE, Ground, assert_writes_flow, eventually
from way_back_ground import (
    LEFT,
    TARGET_INSTANCE,
    assert_arrive,
    follows,
    go_on,
    moved,
    superuser,
    watch,
)

from migration.events import WayBackLost
from migration.model import Migration, WayBack
from workers.postgres import way_back
from workers.steps.keep_way_back import NotApplied

pytestmark = pytest.mark.table("way back")
# What the target needs comes from the plan, and not from what its source happens to have.
PARAMETERS = {"rds.logical_replication": "0"}
FILL = "INSERT INTO seen (client, number) SELECT -1, g FROM generate_series(1, 40000) g"
DISABLE = f"ALTER SUBSCRIPTION {way_back.NAME} DISABLE"
ENABLE = f"ALTER SUBSCRIPTION {way_back.NAME} ENABLE"


@pytest.fixture
def followed(ground: Ground) -> Migration:
    """Over on the target, and the source follows it."""
    # of the tables' owner, who is in Daybreak's role: the first look asks for that
    superuser(ground, SOURCE, "ALTER TABLE seen OWNER TO app_owner")
    migration, _ = moved(ground, WayBack.REQUIRED)
    return go_on(ground, migration, follows)


def waits(ground: Ground, migration: Migration) -> str:
    """What the step says that it waits for."""
    after = go_on(ground, migration, lambda now: now.waiting is not None)
    assert after.waiting is not None
    return after.waiting.reason


def alone(ground: Ground, identifier: str, *statements: str) -> Any:
    """As the provider, in the session that the sandbox keeps."""
    server = ground.cloud._datacenter.servers[identifier]
    for statement in statements:
        server.query(statement)


def test_a_source_that_is_restarted_goes_on_by_itself(ground: Ground, followed: Migration) -> None:
    """What was written meanwhile arrives, and nobody is called."""
    ground.cloud._datacenter.servers[SOURCE].stop()
    with ground.clients() as clients:
        assert_writes_flow(clients)
        ground.cloud._datacenter.servers[SOURCE].start()
        assert_writes_flow(clients)

    assert_arrive(ground, clients)
    watch(ground, followed)
    assert follows(go_on(ground, followed, follows))


def test_a_row_that_does_not_fit_is_said_soon(ground: Ground, followed: Migration) -> None:
    """Somebody wrote to the closed source: the words lead to it, and it goes on when it is gone."""
    superuser(ground, SOURCE, "INSERT INTO seen (client, number) VALUES (-1, 1)")
    superuser(ground, TARGET_INSTANCE, "INSERT INTO seen (client, number) VALUES (-1, 1)")
    said: list[str] = []

    def refused() -> bool:
        try:
            watch(ground, followed)
        except NotApplied as error:
            said.append(str(error))
        return bool(said)

    eventually(refused, "somebody to say so")
    assert "applies nothing of `orders-aurora`" in said[0]
    assert "The source's log says why" in said[0]

    superuser(ground, SOURCE, "DELETE FROM seen WHERE client = -1")
    count = "SELECT count(*) FROM seen WHERE client = -1"
    eventually(lambda: ground.scalar(SOURCE, count) == 1, "the row of the target")
    eventually(lambda: _watched(ground, followed), "a look that finds nothing wrong")


def _watched(ground: Ground, migration: Migration) -> bool:
    try:
        watch(ground, migration)
    except NotApplied:
        return False
    return True


def test_a_slot_that_fills_the_target_is_said(
    ground: Ground, followed: Migration, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While it is kept: how much, and what it costs; no more once the source has caught up."""
    monkeypatch.setenv("DAYBREAK_WAY_BACK_RETAINED_MIB", "1")
    ground.compose()
    superuser(ground, SOURCE, DISABLE)
    superuser(ground, TARGET_INSTANCE, FILL)
    assert "keeps more than 1 MiB of WAL for it" in waits(ground, followed)

    superuser(ground, SOURCE, ENABLE)
    follow = ground.store.load(followed.id)
    eventually(lambda: "MiB" not in waits(ground, follow), "the source to have caught up")


def test_a_slot_that_is_full_ends_the_way_back_and_nothing_else(
    ground: Ground, followed: Migration
) -> None:
    """The target's limit removes what it kept: said, taken down, and applications write on."""
    superuser(ground, SOURCE, DISABLE)
    alone(
        ground,
        TARGET_INSTANCE,
        "ALTER SYSTEM SET max_slot_wal_keep_size = '1MB'",
        "SELECT pg_reload_conf()",
    )
    with ground.clients() as clients:

        def lost() -> bool:
            superuser(ground, TARGET_INSTANCE, FILL, "DELETE FROM seen WHERE client = -1")
            alone(ground, TARGET_INSTANCE, "SELECT pg_switch_wal()", "CHECKPOINT")
            with psycopg.connect(ground.cloud.superuser_dsn(TARGET_INSTANCE)) as connection:
                found = way_back.kept(connection)
            return found is not None and found.lost

        eventually(lost, "a slot that is lost")
        ended = go_on(ground, followed, lambda now: now.final)
        assert_writes_flow(clients)

    (event,) = (
        entry.event
        for entry in ground.store.events(ended.id)
        if isinstance(entry.event, WayBackLost)
    )
    assert "slot is gone" in event.reason
    assert (ground.scalar(SOURCE, LEFT), ground.scalar(TARGET_INSTANCE, LEFT)) == (0, 0)
