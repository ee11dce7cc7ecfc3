"""Charts in a workspace that takes them, and in one that does not: seen, left out, tried again."""

from collections.abc import Iterator
from typing import Any

import pytest
from bot_ground import Ground

from bot import slack_clients
from bot.app import build_channel
from bot.charts import TRIED_AGAIN_SECONDS
from bot.relay import Relay
from migration.model import Migration, Reading
from sandbox.slack.people.reading import visible_text

CHART = "data_visualization"


def a_relay(ground: Ground) -> Relay:
    """What a channel worker runs; a new one is a process that was started again."""
    settings = ground.settings()
    identity = slack_clients.identify(slack_clients.relaying(settings))
    return build_channel(ground.redis, settings, identity).relay


@pytest.fixture
def migration(quiet_ground: Ground) -> Iterator[Migration]:
    """One whose lag has been looked at twice; the workspace's habits are unknown again after it."""
    gate = quiet_ground.at_the_gate()
    add(quiet_ground, gate, 3.0, 10)
    add(quiet_ground, gate, 0.4, 20)
    yield gate
    for key in no_charts(quiet_ground):
        quiet_ground.redis.delete(key)


def add(ground: Ground, migration: Migration, lag: float, at: float) -> None:
    """A reading so many seconds from now."""
    known = Reading("lag", lag, "s", "pg_stat_replication", ground.clock.now() + at)
    ground.store.add_reading(migration.id, known)


def no_charts(ground: Ground) -> list[bytes]:
    """What is remembered."""
    return list(ground.redis.scan_iter("daybreak:slack:*:no-charts"))


def refusals(ground: Ground) -> int:
    """How often the workspace said that it takes no such blocks."""
    return sum("unsupported type" in str(entry) for entry in ground.workspace.traffic())


def kinds(message: dict[str, Any]) -> list[str]:
    """What it is made of."""
    return [block["type"] for block in message["blocks"]]


def test_a_workspace_that_takes_charts_shows_them(
    quiet_ground: Ground, migration: Migration
) -> None:
    """The line in the root, and its numbers in words."""
    a_relay(quiet_ground).refresh(migration.id)
    root = quiet_ground.root(migration, "between 0.4 and 3 s")
    assert kinds(root).count(CHART) == 1
    assert no_charts(quiet_ground) == []


def test_a_workspace_that_takes_none_is_asked_once_a_day(
    quiet_ground: Ground, migration: Migration
) -> None:
    """The message is whole but for the chart; who posts, who edits and who starts anew remember."""
    other = quiet_ground.at_the_gate()
    add(quiet_ground, other, 2.0, 10)
    add(quiet_ground, other, 1.0, 20)
    relay = a_relay(quiet_ground)
    with quiet_ground.trouble.without_blocks(CHART):
        before = refusals(quiet_ground)
        relay.refresh(migration.id)
        root = quiet_ground.root(migration, "between 0.4 and 3 s")
        assert CHART not in kinds(root)
        assert {"header", "rich_text", "actions"} <= set(kinds(root))
        quiet_ground.sees(migration, holds=False, lag=9)
        relay.refresh(migration.id)
        quiet_ground.root(migration, "Lag *9 s*")
        a_relay(quiet_ground).refresh(other.id)
        assert "between 0.4 and 2 s" in visible_text(quiet_ground.root(other))
        assert refusals(quiet_ground) == before + 1

    (key,) = no_charts(quiet_ground)
    assert 0 < quiet_ground.redis.ttl(key) <= TRIED_AGAIN_SECONDS
    quiet_ground.redis.delete(key)  # the day is over
    quiet_ground.sees(migration, lag=0.2)
    relay.refresh(migration.id)
    assert CHART in kinds(quiet_ground.root(migration, "Ready to promote"))


def test_an_edit_that_is_refused_for_its_chart_is_made_without(
    quiet_ground: Ground, migration: Migration
) -> None:
    """Slack may take the block today and not tomorrow."""
    relay = a_relay(quiet_ground)
    relay.refresh(migration.id)
    with quiet_ground.trouble.without_blocks(CHART):
        quiet_ground.sees(migration, holds=False, lag=9)
        relay.refresh(migration.id)
        root = quiet_ground.root(migration, "Lag *9 s*")
    assert CHART not in kinds(root)
    assert {"header", "rich_text", "actions"} <= set(kinds(root))


def test_blocks_refused_for_another_reason_say_nothing_of_charts(
    quiet_ground: Ground, migration: Migration
) -> None:
    """Only a message that is taken without its chart shows that it was the chart."""
    with quiet_ground.trouble.without_blocks("header"):
        a_relay(quiet_ground).refresh(migration.id)
        root = quiet_ground.root(migration, "Ready to promote")
    assert kinds(root) == ["section"]
    assert no_charts(quiet_ground) == []
