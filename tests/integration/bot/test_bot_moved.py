"""A channel that is closed under a migration: it goes on elsewhere, or unseen, and says why."""

import logging
from typing import Any

import pytest
from bot_ground import ANNOUNCEMENTS, ANNOUNCEMENTS_ID, CHANNEL, CHANNEL_ID, Ground

from bot import slack_clients
from bot.app import build_channel
from bot.cursor import Cursors
from bot.doctor import shown
from bot.relay import HIDDEN_SECONDS, Relay
from migration.events import StepDone
from migration.model import Migration
from sandbox.slack.people.reading import visible_text

CLOSED = pytest.mark.parametrize(
    ("archived", "why"), [(True, "was archived"), (False, "Daybreak is not in")]
)


def a_relay(ground: Ground, **more: str) -> Relay:
    """What a channel worker runs."""
    settings = ground.settings(**more)
    identity = slack_clients.identify(slack_clients.relaying(settings))
    return build_channel(ground.redis, settings, identity).relay


@pytest.fixture
def migration(quiet_ground: Ground) -> Migration:
    """One that is shown where it was started."""
    started = quiet_ground.started(quiet_ground.a_source())
    a_relay(quiet_ground).refresh(started.id)
    return started


def elsewhere(ground: Ground, migration: Migration) -> dict[str, Any]:
    """Its root in the channel that stands in."""
    (root,) = [
        m for m in ground.rita.messages(ANNOUNCEMENTS) if ground.mark(m) == (migration.id, 0)
    ]
    return dict(root)


def told(ground: Ground, migration: Migration) -> list[int]:
    """The events that its thread there tells of."""
    root = elsewhere(ground, migration)
    return [ground.mark(one)[1] for one in ground.rita.thread(ANNOUNCEMENTS, root["ts"])]


@CLOSED
def test_what_follows_is_shown_in_the_channel_that_stands_in(
    quiet_ground: Ground, migration: Migration, archived: bool, why: str
) -> None:
    """A new root there that says why, and every later entry and edit; each event once."""
    relay = a_relay(quiet_ground, DAYBREAK_CHANNEL=ANNOUNCEMENTS_ID)
    with quiet_ground.trouble.closed(CHANNEL_ID, archived=archived):
        halted = quiet_ground.recorder.halt(migration, "Out of addresses.")
        for _ in range(2):
            relay.refresh(migration.id)
        words = visible_text(elsewhere(quiet_ground, halted))
        assert "Out of addresses." in words
        assert f"<#{CHANNEL_ID}>" in words
        assert why in words
        assert told(quiet_ground, halted) == [2]
    retried = quiet_ground.service.retry(halted.id, quiet_ground.rita.user)
    relay.refresh(retried.id)
    assert told(quiet_ground, retried) == [2, 3]
    assert "/archives/" + ANNOUNCEMENTS_ID in Cursors(quiet_ground.redis).load(retried.id).link
    assert quiet_ground.thread(retried) == [1]


def test_an_entry_alone_finds_the_channel_closed(quiet_ground: Ground) -> None:
    """The root shows nothing new, and the event is told all the same, in the other channel."""
    gate = quiet_ground.at_the_gate(holds=False)
    relay = a_relay(quiet_ground, DAYBREAK_CHANNEL=ANNOUNCEMENTS_ID)
    relay.refresh(gate.id)
    with quiet_ground.trouble.closed(CHANNEL_ID, archived=True):
        done = StepDone(quiet_ground.clock.now(), "check_source", {"checked": True})
        quiet_ground.store.append(gate.id, [done])
        relay.refresh(gate.id)
    assert told(quiet_ground, gate) == [2]


@CLOSED
def test_without_another_channel_it_goes_on_unseen(
    quiet_ground: Ground,
    migration: Migration,
    caplog: pytest.LogCaptureFixture,
    archived: bool,
    why: str,
) -> None:
    """Said once in the log, and by the doctor; nothing is lost, and asked for seldom."""
    relay = a_relay(quiet_ground)
    reason = "is_archived" if archived else "not_in_channel"
    caplog.set_level(logging.ERROR, "bot.relay")
    with quiet_ground.trouble.closed(CHANNEL_ID, archived=archived):
        halted = quiet_ground.recorder.halt(migration, "Out of addresses.")
        for _ in range(3):
            relay.refresh(migration.id)
        (line,) = [one for one in caplog.messages if migration.id in one]
        assert reason in line
        assert "DAYBREAK_CHANNEL" in line
        found = [one for one in shown.hidden(quiet_ground.redis) if migration.id in one.name]
        assert reason in found[0].detail
        assert "/invite" in found[0].remedy
        now = quiet_ground.clock.now()
        assert migration.id not in quiet_ground.store.channel_overdue(now)
        assert migration.id in quiet_ground.store.channel_overdue(now + HIDDEN_SECONDS)
        retried = quiet_ground.service.retry(halted.id, quiet_ground.rita.user)
        assert retried.problem is None

    relay.refresh(migration.id)
    assert quiet_ground.thread(retried) == [1, 2, 3]
    assert not [one for one in shown.hidden(quiet_ground.redis) if migration.id in one.name]
    assert why not in visible_text(quiet_ground.root(retried))


def test_a_message_that_was_taken_away_is_posted_again_and_says_so(
    quiet_ground: Ground, migration: Migration
) -> None:
    """In the same channel, which takes messages as before."""
    first = quiet_ground.root(migration)
    slack_clients.relaying(quiet_ground.settings()).chat_delete(channel=CHANNEL_ID, ts=first["ts"])
    halted = quiet_ground.recorder.halt(migration, "Out of addresses.")
    a_relay(quiet_ground).refresh(migration.id)
    root = quiet_ground.root(halted, "its message was taken away")
    assert root["ts"] != first["ts"]
    assert len(quiet_ground.rita.thread(CHANNEL, root["ts"])) == 1
