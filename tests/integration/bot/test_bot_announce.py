"""The plan in the thread, and other channels that are told: once, whatever Slack does."""

from dataclasses import replace
from typing import Any

import pytest
from bot_ground import (
    ANNOUNCEMENTS,
    ANNOUNCEMENTS_ID,
    CHANNEL,
    CHANNEL_ID,
    Ground,
    wait_until,
)

from bot import slack_clients
from bot.app import build_channel
from bot.relay import Relay
from migration.events import CutOverBegan, GateReached, StepDone
from migration.model import Method, Migration, Options, Status
from migration.plan import CUT_OVER, FREEZE, plan_for
from sandbox.slack.people.reading import visible_text

#: Daybreak is not in it.
GENERAL_ID = "C0GENERAL01"


@pytest.fixture(scope="module")
def relay(quiet_ground: Ground) -> Relay:
    """What a channel worker runs, in the test's own process."""
    channels = f"{GENERAL_ID}, {ANNOUNCEMENTS_ID},{CHANNEL_ID}"
    settings = quiet_ground.settings(DAYBREAK_ANNOUNCE_CHANNELS=channels)
    identity = slack_clients.identify(slack_clients.relaying(settings))
    return build_channel(quiet_ground.redis, settings, identity).relay


def announced(ground: Ground, migration: Migration) -> list[str]:
    """What the other channel was told of it, in its order."""
    found = [visible_text(message) for message in ground.rita.messages(ANNOUNCEMENTS)]
    return [text for text in found if f"`{migration.source}`" in text]


def files(ground: Ground, migration: Migration) -> list[dict[str, Any]]:
    """Those in its thread."""
    root = ground.root(migration)["ts"]
    thread = ground.rita.thread(CHANNEL, root)
    return [file for message in thread for file in message.get("files", ())]


def by_snapshot(ground: Ground) -> Migration:
    """One that waits for its freeze to be approved."""
    migration = ground.at_the_gate()
    options = Options(target=migration.target, method=Method.SNAPSHOT)
    plan = plan_for(migration.source, options)
    position = [step.name for step in plan.steps].index(FREEZE)
    return ground.commits(migration, options=options, plan=plan, position=position)


def test_a_cut_over_is_announced_once_from_its_plan_to_its_end(
    quiet_ground: Ground, relay: Relay
) -> None:
    """In the channel that Daybreak is in; the one that it is not in holds up nothing."""
    ground = quiet_ground
    migration = ground.at_the_gate()
    now = ground.clock.now()
    for events in (
        [],
        [CutOverBegan(now, 1, now + 300)],
        [StepDone(now, CUT_OVER, {"probe": {"longest_wait_ms": 84.2}, "orchestrator_ms": 70.0})],
    ):
        ground.store.append(migration.id, events)
        for _ in range(2):
            relay.refresh(migration.id)
    planned, started, done = announced(ground, migration)
    assert f"*Maintenance: `{migration.source}` moves to Aurora*" in planned
    assert "*Started at" in started
    assert "writes waited 84 ms at most" in done
    assert ground.thread(migration)[-1] == 3
    # Where its own message stands nothing is said twice.
    own = [m for m in ground.rita.messages(CHANNEL) if "Maintenance" in visible_text(m)]
    assert own == []


def test_the_plan_is_put_into_the_thread_once(quiet_ground: Ground, relay: Relay) -> None:
    """At the gate, for whoever decides."""
    ground = quiet_ground
    migration = ground.at_the_gate()
    for _ in range(2):
        relay.refresh(migration.id)
    (file,) = [one for one in files(ground, migration) if "-plan-" in one["name"]]
    assert file["name"].startswith(f"{migration.id}-plan-")
    assert file["title"] == "Plan of the cut-over"


@pytest.mark.parametrize("done", [False, True], ids=["not done", "done"])
def test_one_of_which_nobody_knows_whether_it_was_posted_is_posted_once(
    quiet_ground: Ground, relay: Relay, *, done: bool
) -> None:
    """Slack gave no answer: it is looked for before it is posted again."""
    ground = quiet_ground
    migration = by_snapshot(ground)
    relay.refresh(migration.id)
    now = ground.clock.now()
    # Of the snapshot method it makes no entry of the thread, so that the fault strikes this alone.
    ground.store.append(migration.id, [CutOverBegan(now, 1, now + 300)])
    with ground.trouble.lasting("error", "chat.postMessage", done=done) as fault:
        relay.refresh(migration.id)
        wait_until(lambda: fault.hits, "the fault to strike")
    wait_until(
        lambda: migration.id not in ground.store.channel_overdue(ground.clock.now()),
        "all of it to be posted",
    )
    assert [text.split(":")[1] for text in announced(ground, migration)] == [
        "calendar",
        "hourglass_flowing_sand",
    ]


def test_what_happened_long_ago_is_not_told_as_news(quiet_ground: Ground, relay: Relay) -> None:
    """A channel that is named while a migration waits for weeks reads of its end alone."""
    ground = quiet_ground
    migration = ground.at_the_gate()
    old = replace(migration, id=f"{migration.source}-old", source=f"{migration.source}x")
    long_ago = ground.clock.now() - 7200
    events = [GateReached(long_ago, "promote"), CutOverBegan(long_ago, 1, long_ago)]
    ground.store.create(old, events, None)
    over = [StepDone(ground.clock.now(), CUT_OVER, {"orchestrator_ms": 70.0})]
    ground.store.append(old.id, over)
    relay.refresh(old.id)
    (done,) = announced(ground, old)
    assert f"*Done: applications use `{old.target}`*" in done
    assert ground.store.load(old.id).status is Status.WAITING_FOR_APPROVAL
