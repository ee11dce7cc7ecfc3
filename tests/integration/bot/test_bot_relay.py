"""The relay: every event once, the last state always, whatever Slack and the network do."""

import threading

import pytest
from bot_ground import CHANNEL_ID, Ground, wait_until

from bot import slack_clients
from bot.app import build_channel
from bot.cursor import Cursors
from bot.relay import Relay
from migration.events import Event, StepDone
from migration.model import Migration, Options
from sandbox.slack.people.reading import buttons, visible_text


def a_relay(ground: Ground, **more: str) -> Relay:
    """What a channel worker runs, in the test's own process."""
    settings = ground.settings(**more)
    identity = slack_clients.identify(slack_clients.relaying(settings))
    return build_channel(ground.redis, settings, identity).relay


@pytest.fixture(scope="module")
def relay(quiet_ground: Ground) -> Relay:
    """One relay."""
    return a_relay(quiet_ground)


@pytest.fixture
def migration(quiet_ground: Ground) -> Migration:
    """One with nothing shown yet."""
    return quiet_ground.started(quiet_ground.a_source())


def done(ground: Ground, step: str) -> Event:
    """A step that ended."""
    return StepDone(ground.clock.now(), step, {"checked": True})


def is_due(ground: Ground, migration: Migration) -> bool:
    """Whether the reconciler would ask for its channel again."""
    return migration.id in ground.store.channel_overdue(ground.clock.now())


def test_events_become_entries_once(
    quiet_ground: Ground, relay: Relay, migration: Migration
) -> None:
    """Asked for again and again, nothing is posted twice, and in the end nothing is due."""
    relay.refresh(migration.id)
    steps = [done(quiet_ground, "check_source"), done(quiet_ground, "check_network")]
    quiet_ground.store.append(migration.id, steps)
    for _ in range(3):
        relay.refresh(migration.id)
    assert quiet_ground.thread(migration) == [1, 2, 3]
    assert not is_due(quiet_ground, migration)


def edits(ground: Ground) -> int:
    """How many there were so far."""
    return ground.workspace.counts()["updated"]


def test_an_outage_loses_and_doubles_nothing(
    quiet_ground: Ground, relay: Relay, migration: Migration
) -> None:
    """What Slack did not take stays due, the migration goes on, and then all of it is shown."""
    relay.refresh(migration.id)
    with quiet_ground.trouble.refusing():
        for step in ("check_source", "enable_backups"):
            quiet_ground.store.append(migration.id, [done(quiet_ground, step)])
            relay.refresh(migration.id)
        halted = quiet_ground.recorder.halt(migration, "The account is closed.")
        relay.refresh(migration.id)
        assert is_due(quiet_ground, migration)
    wait_until(lambda: not is_due(quiet_ground, migration), "the channel to be up to date")
    assert quiet_ground.thread(migration) == [1, 2, 3, 4]
    assert "The account is closed." in visible_text(quiet_ground.root(halted))


def test_an_edit_that_must_wait_holds_up_nobody(quiet_ground: Ground, migration: Migration) -> None:
    """Slack limits edits for an hour: entries come, other migrations too, and nobody asks again."""
    relay = a_relay(quiet_ground)
    relay.refresh(migration.id)
    other = quiet_ground.started(quiet_ground.a_source())
    with quiet_ground.trouble.lasting("ratelimited", "chat.update", retry_after=3600) as limit:
        halted = quiet_ground.recorder.halt(migration, "Out of addresses.")
        for _ in range(3):
            relay.refresh(migration.id)
        relay.refresh(other.id)
        assert quiet_ground.thread(migration) == [1, 2]
        assert "Out of addresses." in quiet_ground.entries(migration)[1]
        assert quiet_ground.thread(other) == [1]
        assert limit.hits == 1
        assert is_due(quiet_ground, migration)
    a_relay(quiet_ground).refresh(migration.id)
    assert "Out of addresses." in visible_text(quiet_ground.root(halted))


def test_posts_keep_to_slacks_limit(quiet_ground: Ground, relay: Relay) -> None:
    """One a second and channel: two migrations' entries come late, whole and in order."""
    both = [quiet_ground.started(quiet_ground.a_source()) for _ in range(2)]
    with quiet_ground.trouble.rate_limited():
        for one in both:
            quiet_ground.store.append(one.id, [done(quiet_ground, "check_source")])
            relay.refresh(one.id)
        for one in both:
            wait_until(lambda one=one: not is_due(quiet_ground, one), "its channel to be shown")
    for one in both:
        assert len(quiet_ground.roots(one)) == 1
        assert quiet_ground.thread(one) == [1, 2]


def test_a_link_that_slack_did_not_give_is_asked_for_again(
    quiet_ground: Ground, relay: Relay, migration: Migration
) -> None:
    """Answers lead to the live message, if not from the first moment then soon."""
    quiet_ground.trouble.fault("error", "chat.getPermalink")
    relay.refresh(migration.id)
    cursors = Cursors(quiet_ground.redis)
    assert cursors.load(migration.id).link == ""

    def linked() -> str:
        relay.refresh(migration.id)
        return cursors.load(migration.id).link

    assert "/archives/" in wait_until(linked, "the link")


def test_a_deleted_root_is_posted_again(
    quiet_ground: Ground, relay: Relay, migration: Migration
) -> None:
    """Somebody took it away: what follows is shown under a new one."""
    relay.refresh(migration.id)
    root = quiet_ground.root(migration)
    slack_clients.relaying(quiet_ground.settings()).chat_delete(channel=CHANNEL_ID, ts=root["ts"])
    halted = quiet_ground.recorder.halt(migration, "Out of addresses.")
    relay.refresh(migration.id)
    assert quiet_ground.root(halted, "Out of addresses.")["ts"] != root["ts"]
    assert quiet_ground.thread(migration) == [2]


def test_a_channel_that_is_closed_has_a_stand_in(quiet_ground: Ground) -> None:
    """Where the bot can't post, the fallback channel shows the migration."""
    source = quiet_ground.a_source()
    options = Options(target=f"{source}-aurora")
    closed = quiet_ground.service.start(source, quiet_ground.rita.user, "C0GENERAL01", options)
    a_relay(quiet_ground, DAYBREAK_CHANNEL=CHANNEL_ID).refresh(closed.id)
    assert quiet_ground.thread(closed) == [1]


def test_bursts_coalesce_and_the_last_state_is_shown(
    quiet_ground: Ground, relay: Relay, migration: Migration
) -> None:
    """Many changes within a second make few edits; the last one is there soon after."""
    relay.refresh(migration.id)
    before, changes = edits(quiet_ground), 40
    now = migration
    for number in range(changes):
        now = quiet_ground.commits(now, updated_at=now.updated_at, attempts=number % 2)
        relay.refresh(migration.id)
    assert "does not" not in visible_text(quiet_ground.root(now, "The last attempt did not work"))
    assert edits(quiet_ground) - before < changes / 4
    wait_until(lambda: not is_due(quiet_ground, now), "the channel to be up to date")


def test_mere_numbers_are_edited_seldom(quiet_ground: Ground, relay: Relay) -> None:
    """A reading every moment makes no edit every moment; what changes a button is there at once."""
    gate = quiet_ground.at_the_gate()
    relay.refresh(gate.id)
    before = edits(quiet_ground)
    for lag in (0.1, 0.2, 0.3):
        quiet_ground.sees(gate, lag=lag)
        relay.refresh(gate.id)
    assert edits(quiet_ground) == before
    quiet_ground.sees(gate, holds=False, lag=12)
    relay.refresh(gate.id)
    assert "Promote" not in buttons(quiet_ground.root(gate, "Lag *12 s*"))


def test_several_workers_post_each_event_once(quiet_ground: Ground, migration: Migration) -> None:
    """They take turns, and who comes during another's turn is not forgotten."""
    relays = [a_relay(quiet_ground) for _ in range(4)]

    def work(relay: Relay) -> None:
        for _ in range(5):
            quiet_ground.store.append(migration.id, [done(quiet_ground, "check_source")])
            relay.refresh(migration.id)

    threads = [threading.Thread(target=work, args=(relay,)) for relay in relays]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert quiet_ground.thread(migration) == list(range(1, 22))
    assert len(quiet_ground.roots(migration)) == 1
    assert not is_due(quiet_ground, migration)


def test_a_worker_killed_while_it_posts_doubles_nothing(
    quiet_ground: Ground, relay: Relay, migration: Migration
) -> None:
    """Kill -9 between Slack's taking a message and our knowing: the next one looks first."""
    relay.refresh(migration.id)
    quiet_ground.forgets_jobs()
    quiet_ground.store.append(migration.id, [done(quiet_ground, "check_source")])
    lost = quiet_ground.trouble.fault("hang", "chat.postMessage", done=True)
    worker = quiet_ground.channel_worker()
    worker.start()
    wait_until(lambda: lost.hits, "the message to be posted")
    worker.kill()
    lost.end()

    def caught_up() -> bool:
        relay.refresh(migration.id)
        return not is_due(quiet_ground, migration)

    wait_until(caught_up, "the dead worker's turn to be over")
    assert quiet_ground.thread(migration) == [1, 2]
