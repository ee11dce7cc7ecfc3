"""A Redis that hangs or takes no writes: whoever acts is told in time, and may try again."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from bot_ground import CHANNEL, Ground, wait_until
from filling_in import METHOD, SECOND, THIRD, following, opened, to_the_summary
from redis_trouble import full, hanging, read_only

from migration.model import Status
from sandbox.servers.redis import Redis
from sandbox.slack.people.reading import visible_text

NAME = "Type the source instance's name"
AWAY = "Redis does not answer"

Trouble = Callable[[Redis], AbstractContextManager[None]]


@pytest.mark.parametrize(
    "trouble",
    [
        pytest.param(trouble, marks=pytest.mark.table("Redis trouble at the edge"))
        for trouble in (hanging, read_only, full)
    ],
)
def test_nothing_is_recorded_and_everybody_is_told(ground: Ground, trouble: Trouble) -> None:
    """Button, command, both forms: acknowledged, told, nothing changed; afterwards they work."""
    migration, source = ground.at_the_gate(), ground.a_source()
    root = ground.promotable(migration)
    ground.adam.click(root, "Promote")
    ground.answers_observation(migration)
    ground.adam.wait_for_modal(saying=NAME)
    ground.adam.fill({NAME: migration.source})
    opened(ground.rita, source, saying=SECOND)
    to_the_summary(ground.rita)
    opened(ground.anna, ground.a_source(), saying=SECOND)
    wait_until(lambda: ground.up_to_date(migration), "the channel to show all")

    with trouble(ground.server):
        # a late acknowledgement would be another error than `errors`
        approval, start = ground.adam.submit(), ground.rita.submit()
        step = ground.anna.submit()
        button = ground.anna.click_stale(root, "Cancel", "Cancel it")
        command = ground.oscar.type(CHANNEL, f"/migrate cancel {migration.id}")
        ground.anna.wait_for_ephemeral(CHANNEL, AWAY)
        if trouble is hanging:
            ground.oscar.wait_for_ephemeral(CHANNEL, AWAY)
    wait_until(ground.answers, "Redis to answer")

    assert AWAY in approval.errors[NAME]
    assert AWAY in visible_text(start.view or {})
    assert AWAY in step.errors[METHOD]
    assert (button.error, command.error) == (None, None)
    assert ground.store.load(migration.id) == migration
    assert source not in {one.source for one in ground.store.under_way()}
    assert ground.adam.submit().closed
    assert ground.store.load(migration.id).status is Status.CUTTING_OVER
    assert ground.rita.submit().closed
    following(ground.anna, THIRD)
    ground.anna.close()
    assert source in {one.source for one in ground.store.under_way()}
