"""The relay: every event once, the last state always, whatever Slack and the network do."""

import threading
from collections.abc import Iterator

import pytest
from bot_ground import CHANNEL_ID, Ground, wait_until
from fault_proxy import FaultProxy

from bot import slack_clients
from bot.app import build_relay
from bot.relay import Relay
from migration.events import Event, StepDone
from migration.model import Migration, Options
from sandbox.slack.people.reading import buttons, visible_text


@pytest.fixture(scope="module")
def proxy(quiet_ground: Ground) -> Iterator[FaultProxy]:
    """Between the relay and the workspace."""
    with FaultProxy(quiet_ground.workspace.api_url) as made:
        yield made


def a_relay(ground: Ground, proxy: FaultProxy, **more: str) -> Relay:
    """What a channel worker runs, in the test's own process."""
    settings = ground.settings(SLACK_API_URL=proxy.url, **more)
    identity = slack_clients.identify(slack_clients.relaying(settings))
    return build_relay(ground.redis, settings, identity)


@pytest.fixture(scope="module")
def relay(quiet_ground: Ground, proxy: FaultProxy) -> Relay:
    """One relay."""
    return a_relay(quiet_ground, proxy)


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


def test_an_outage_loses_and_doubles_nothing(
    quiet_ground: Ground, relay: Relay, proxy: FaultProxy, migration: Migration
) -> None:
    """What Slack did not take stays due, the migration goes on, and then all of it is shown."""
    relay.refresh(migration.id)
    with proxy.outage():
        for step in ("check_source", "enable_backups"):
            quiet_ground.store.append(migration.id, [done(quiet_ground, step)])
            with pytest.raises(OSError, match="closed connection"):
                relay.refresh(migration.id)
        halted = quiet_ground.recorder.halt(migration, "The account is closed.")
        with pytest.raises(OSError, match="closed connection"):
            relay.refresh(migration.id)
        assert is_due(quiet_ground, migration)
    relay.refresh(migration.id)
    assert quiet_ground.thread(migration) == [1, 2, 3, 4]
    assert "The account is closed." in visible_text(quiet_ground.root(halted))
    assert not is_due(quiet_ground, migration)


@pytest.mark.parametrize("fault", ["refuse", "lose", "error"])
def test_a_root_whose_post_failed_is_looked_for_first(
    quiet_ground: Ground, relay: Relay, proxy: FaultProxy, migration: Migration, fault: str
) -> None:
    """Whether Slack took it is not known: there is one root in the end, in each case."""
    proxy.next("chat.postMessage", fault)
    with pytest.raises(Exception, match=r"closed connection|fatal_error"):
        relay.refresh(migration.id)
    relay.refresh(migration.id)
    assert len(quiet_ground.roots(migration)) == 1
    assert quiet_ground.thread(migration) == [1]


@pytest.mark.parametrize("fault", ["refuse", "lose", "error"])
def test_an_entry_whose_post_failed_is_looked_for_first(
    quiet_ground: Ground, relay: Relay, proxy: FaultProxy, migration: Migration, fault: str
) -> None:
    """The same for the thread: none is lost, none is doubled, the order stands."""
    relay.refresh(migration.id)
    steps = [done(quiet_ground, "check_source"), done(quiet_ground, "check_network")]
    quiet_ground.store.append(migration.id, steps)
    proxy.next("chat.postMessage", fault)
    with pytest.raises(Exception, match=r"closed connection|fatal_error"):
        relay.refresh(migration.id)
    relay.refresh(migration.id)
    assert quiet_ground.thread(migration) == [1, 2, 3]


def test_a_rate_limit_is_waited_for(
    quiet_ground: Ground, relay: Relay, proxy: FaultProxy, migration: Migration
) -> None:
    """A 429 was not executed: the same call is made again, once Slack allows it."""
    proxy.next("chat.postMessage", "limit")
    relay.refresh(migration.id)
    assert quiet_ground.thread(migration) == [1]


def test_an_edit_survives_a_lost_answer(
    quiet_ground: Ground, relay: Relay, proxy: FaultProxy, migration: Migration
) -> None:
    """An edit may be made twice, and is."""
    relay.refresh(migration.id)
    proxy.next("chat.update", "lose")
    halted = quiet_ground.recorder.halt(migration, "No such subnet group.")
    relay.refresh(migration.id)
    assert "No such subnet group." in visible_text(quiet_ground.root(halted))


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


def test_a_channel_that_is_closed_has_a_stand_in(quiet_ground: Ground, proxy: FaultProxy) -> None:
    """Where the bot can't post, the fallback channel shows the migration."""
    source = quiet_ground.a_source()
    options = Options(target=f"{source}-aurora")
    closed = quiet_ground.service.start(source, quiet_ground.rita.user, "C0GENERAL01", options)
    a_relay(quiet_ground, proxy, DAYBREAK_CHANNEL=CHANNEL_ID).refresh(closed.id)
    assert quiet_ground.thread(closed) == [1]


def test_bursts_coalesce_and_the_last_state_is_shown(
    quiet_ground: Ground, relay: Relay, proxy: FaultProxy, migration: Migration
) -> None:
    """Many changes within a second make few edits; the last one is there soon after."""
    relay.refresh(migration.id)
    before, changes = proxy.calls["chat.update"], 40
    now = migration
    for number in range(changes):
        now = quiet_ground.commits(now, updated_at=now.updated_at, attempts=number % 2)
        relay.refresh(migration.id)
    assert "does not" not in visible_text(quiet_ground.root(now, "The last attempt did not work"))
    assert proxy.calls["chat.update"] - before < changes / 4
    wait_until(lambda: not is_due(quiet_ground, now), "the channel to be up to date")


def test_mere_numbers_are_edited_seldom(
    quiet_ground: Ground, relay: Relay, proxy: FaultProxy
) -> None:
    """A reading every moment makes no edit every moment; what changes a button is there at once."""
    gate = quiet_ground.at_the_gate()
    relay.refresh(gate.id)
    before = proxy.calls["chat.update"]
    for lag in (0.1, 0.2, 0.3):
        quiet_ground.sees(gate, lag=lag)
        relay.refresh(gate.id)
    assert proxy.calls["chat.update"] == before
    quiet_ground.sees(gate, holds=False, lag=12)
    relay.refresh(gate.id)
    assert "Promote" not in buttons(quiet_ground.root(gate, "Lag *12 s*"))


def test_several_workers_post_each_event_once(
    quiet_ground: Ground, proxy: FaultProxy, migration: Migration
) -> None:
    """They take turns, and who comes during another's turn is not forgotten."""
    relays = [a_relay(quiet_ground, proxy) for _ in range(4)]

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
    quiet_ground: Ground, relay: Relay, proxy: FaultProxy, migration: Migration
) -> None:
    """Kill -9 between Slack's taking a message and our knowing: the next one looks first."""
    relay.refresh(migration.id)
    quiet_ground.forgets_jobs()
    quiet_ground.store.append(migration.id, [done(quiet_ground, "check_source")])
    proxy.next("chat.postMessage", "hang")
    worker = quiet_ground.channel_worker(SLACK_API_URL=proxy.url)
    worker.start()
    assert proxy.hanging.wait(30)
    worker.kill()

    def caught_up() -> bool:
        relay.refresh(migration.id)
        return not is_due(quiet_ground, migration)

    wait_until(caught_up, "the dead worker's turn to be over")
    assert quiet_ground.thread(migration) == [1, 2]
