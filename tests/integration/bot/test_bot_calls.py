"""Calls: again after a while, once each, at an hour at which people are awake, until they act."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from bot_ground import CHANNEL, Ground, wait_until

from bot import slack_clients
from bot.app import build_channel
from bot.relay import Relay
from migration.events import GateReached
from migration.model import Migration
from migration.plan import PROMOTE
from sandbox.slack.cast import DBA_ONCALL, RITA
from sandbox.slack.people.reading import visible_text

MINUTE = 60.0


def a_relay(ground: Ground, **more: str) -> Relay:
    """What a channel worker runs; a new one is a process that was started again."""
    settings = ground.settings(**more)
    identity = slack_clients.identify(slack_clients.relaying(settings))
    return build_channel(ground.redis, settings, identity).relay


def quiet_now() -> dict[str, str]:
    """Quiet hours that began an hour ago and end in an hour."""
    now = datetime.now(UTC)
    begin, end = (f"{now + timedelta(hours=one):%H:%M}" for one in (-1, 1))
    return {"DAYBREAK_QUIET_HOURS": f"{begin}-{end} UTC"}


def calls(ground: Ground, migration: Migration) -> list[str]:
    """What people were called for in its thread, in its order."""
    root = ground.roots(migration)[0]
    said = [visible_text(message) for message in ground.rita.thread(CHANNEL, root["ts"])]
    return [text for text in said if text.startswith(("*Wanted*", "*Still wanted*"))]


def due(ground: Ground, migration: Migration) -> dict[str, Any]:
    """The next call, as it is written down."""
    stored = ground.redis.get(f"daybreak:channel:{migration.id}:call")
    found: dict[str, Any] = json.loads(stored)
    return found


def minutes_left(ground: Ground, migration: Migration) -> float:
    """Until the next call."""
    return float((due(ground, migration)["at"] - ground.clock.now()) / MINUTE)


def is_asked_for(ground: Ground, migration: Migration, minutes: float) -> bool:
    """Whether the reconciler would ask for its channel after so many minutes."""
    return migration.id in ground.store.channel_overdue(ground.clock.now() + minutes * MINUTE)


def time_passes(ground: Ground, migration: Migration) -> None:
    """Until the next call is due: it is written down as of a moment ago."""
    past = {**due(ground, migration), "at": ground.clock.now() - 1}
    ground.redis.set(f"daybreak:channel:{migration.id}:call", json.dumps(past))


def ready(ground: Ground, *, reached: float = 0.0) -> Migration:
    """One that waits for its approval, every condition met; the gate was reached so long ago."""
    gate = ground.at_the_gate()
    return ground.commits(gate, updated_at=ground.clock.now() - reached)


def test_people_are_called_again_until_nobody_is(quiet_ground: Ground) -> None:
    """After 15, 30 and 60 minutes, then all of them, then no more; over restarts, each once."""
    gate = ready(quiet_ground)
    a_relay(quiet_ground).refresh(gate.id)
    assert calls(quiet_ground, gate) == []
    for number, minutes in enumerate((15, 15, 30, 60), start=1):
        assert minutes - 1 < minutes_left(quiet_ground, gate) <= minutes
        assert not is_asked_for(quiet_ground, gate, 0)
        assert is_asked_for(quiet_ground, gate, minutes)
        time_passes(quiet_ground, gate)
        for _ in range(2):
            a_relay(quiet_ground).refresh(gate.id)
        assert len(calls(quiet_ground, gate)) == number
    last = calls(quiet_ground, gate)[-1]
    assert f"<!subteam^{DBA_ONCALL.id}>" in last
    assert "Nobody is called for this again" in last
    assert due(quiet_ground, gate)["at"] == 0
    assert not is_asked_for(quiet_ground, gate, 10_000)


def test_who_acts_is_not_called_again(quiet_ground: Ground) -> None:
    """Retried: what was due for the halt is not called for, and nothing is due any more."""
    relay = a_relay(quiet_ground)
    migration = quiet_ground.started(quiet_ground.a_source())
    halted = quiet_ground.recorder.halt(migration, "Out of addresses.")
    relay.refresh(halted.id)
    assert minutes_left(quiet_ground, halted) > 14
    time_passes(quiet_ground, halted)
    quiet_ground.service.retry(halted.id, RITA.id)
    relay.refresh(halted.id)
    assert calls(quiet_ground, halted) == []
    assert not is_asked_for(quiet_ground, halted, 10_000)


def test_conditions_that_hold_hours_later_call_at_once(quiet_ground: Ground) -> None:
    """The thread's entry came when there was nothing to decide yet."""
    gate = ready(quiet_ground, reached=3600)
    relay = a_relay(quiet_ground)
    relay.refresh(gate.id)
    (call,) = calls(quiet_ground, gate)
    assert call.startswith(f"*Wanted*: <!subteam^{DBA_ONCALL.id}>")
    assert 14 < minutes_left(quiet_ground, gate) <= 15


def test_a_decision_can_wait_until_the_quiet_hours_end(quiet_ground: Ground) -> None:
    """Nobody is called by an entry or beside it; at their end they are, and then as ever."""
    gate = ready(quiet_ground)
    quiet_ground.store.append(gate.id, [GateReached(quiet_ground.clock.now(), PROMOTE)])
    night = a_relay(quiet_ground, **quiet_now())
    night.refresh(gate.id)
    entry = next(one for one in quiet_ground.entries(gate) if "Approval needed" in one)
    assert "quiet hours" in entry
    assert "<" not in entry
    assert calls(quiet_ground, gate) == []
    assert 55 < minutes_left(quiet_ground, gate) <= 60
    time_passes(quiet_ground, gate)
    quiet_ground.sees(gate)
    night.refresh(gate.id)
    assert calls(quiet_ground, gate) == []
    assert 55 < minutes_left(quiet_ground, gate) <= 60

    time_passes(quiet_ground, gate)
    day = a_relay(quiet_ground)
    quiet_ground.sees(gate)
    day.refresh(gate.id)
    assert len(calls(quiet_ground, gate)) == 1
    assert 14 < minutes_left(quiet_ground, gate) <= 15


def test_what_failed_calls_in_quiet_hours_too(quiet_ground: Ground) -> None:
    """A halt's entry calls whoever asked for the migration, and so do the calls after it."""
    migration = quiet_ground.started(quiet_ground.a_source())
    night = a_relay(quiet_ground, **quiet_now())
    halted = quiet_ground.recorder.halt(migration, "Out of addresses.")
    night.refresh(halted.id)
    assert any(f"<@{RITA.id}>" in one for one in quiet_ground.entries(halted))
    assert 14 < minutes_left(quiet_ground, halted) <= 15
    time_passes(quiet_ground, halted)
    night.refresh(halted.id)
    (call,) = calls(quiet_ground, halted)
    assert call.startswith("*Still wanted*")
    assert f"<@{RITA.id}>" in call


@pytest.mark.parametrize("done", [False, True])
def test_a_call_whose_answer_is_lost_is_made_once(quiet_ground: Ground, done: bool) -> None:
    """Whether Slack posted it is looked up before it is posted again."""
    relay = a_relay(quiet_ground)
    halted = quiet_ground.recorder.halt(
        quiet_ground.started(quiet_ground.a_source()), "Out of addresses."
    )
    relay.refresh(halted.id)
    time_passes(quiet_ground, halted)
    quiet_ground.trouble.fault("cut", "chat.postMessage", done=done)
    relay.refresh(halted.id)
    wait_until(lambda: due(quiet_ground, halted)["number"] == 2, "the call to be written down")
    assert len(calls(quiet_ground, halted)) == 1
