"""What arrives: signed or not, twice, late, while the store is away, over a socket that breaks."""

import copy
import json
import re
from collections.abc import Iterator

import httpx
import pytest
from bot_ground import CHANNEL, Ground, wait_until
from filling_in import SECOND, SOURCE, opened, sent

from migration.events import Approved
from migration.model import Migration, Status
from sandbox.slack.people.reading import visible_text

NAME = "Type the source instance's name"


def promoted(ground: Ground) -> Migration:
    """A migration that Adam has just promoted: his latest request is the modal's submission."""
    migration = ground.at_the_gate()
    ground.adam.click(ground.promotable(migration), "Promote")
    ground.answers_observation(migration)
    ground.adam.wait_for_modal(saying=NAME)
    ground.adam.fill({NAME: migration.source})
    assert ground.adam.submit().closed
    return ground.store.load(migration.id)


def approvals(ground: Ground, migration: Migration) -> int:
    """How often it was approved."""
    events = [recorded.event for recorded in ground.store.events(migration.id)]
    return sum(isinstance(event, Approved) for event in events)


def test_a_replayed_approval_acts_once(ground: Ground) -> None:
    """The same request again, to the byte: who decided is said, and nothing changes."""
    decided = promoted(ground)
    assert decided.status is Status.CUTTING_OVER
    again = ground.adam.replay()
    assert again["error"] is None
    assert "adam approved this at" in again["payload"]["errors"]["name"]
    assert ground.store.load(decided.id) == decided
    assert approvals(ground, decided) == 1


def test_a_replayed_start_acts_once(ground: Ground) -> None:
    """The second reads what came of the first."""
    source = ground.a_source()
    opened(ground.rita, source, saying=SECOND)
    assert sent(ground.rita).closed
    again = ground.rita.replay()
    assert "This form was sent already" in str(again["payload"]["view"]["blocks"])
    assert len([one for one in ground.store.under_way() if one.source == source]) == 1


def test_a_replayed_click_acts_once(ground: Ground) -> None:
    """Cancel, delivered twice: cancelled once, and the second is told that it is."""
    migration = ground.at_the_gate()
    ground.rita.click(ground.promotable(migration), "Cancel", confirm="Cancel it")

    def cancelling() -> bool:
        return ground.store.load(migration.id).status is Status.CANCELLING

    wait_until(cancelling, "the cancellation")
    cancelled = ground.store.load(migration.id)
    assert ground.rita.replay()["error"] is None
    ground.rita.wait_for_ephemeral(CHANNEL, "This migration is cancelling already")
    assert ground.store.load(migration.id) == cancelled


def test_menus_are_answered_over_http(http_ground: Ground) -> None:
    """Options come in the answer to a signed request; an unsigned one is told nothing."""
    source = http_ground.a_source()
    opened(http_ground.rita)
    assert http_ground.rita.suggestions(SOURCE, source) == [source]
    again = http_ground.rita.replay("bad")
    assert again["status"] == 401
    assert source not in json.dumps(again["payload"])
    http_ground.rita.close()


@pytest.mark.parametrize("signature", ["bad", "missing", "old"])
def test_what_is_not_signed_is_refused(http_ground: Ground, signature: str) -> None:
    """401, no word to anybody, and nothing is decided by what would have decided it."""
    migration = http_ground.at_the_gate()
    http_ground.adam.click(http_ground.promotable(migration), "Promote")
    http_ground.answers_observation(migration)
    http_ground.adam.wait_for_modal(saying=NAME)
    http_ground.adam.fill({NAME: migration.source})
    # the store is away: an approval that is complete, and was not recorded
    http_ground.server.stop()
    try:
        http_ground.adam.submit()
    finally:
        http_ground.server.start()
    before = http_ground.workspace.counts()["ephemeral"]
    assert http_ground.adam.replay(signature)["status"] == 401
    assert http_ground.workspace.counts()["ephemeral"] == before
    assert http_ground.store.load(migration.id) == migration
    http_ground.adam.close()


def test_a_store_that_is_away_records_nothing(ground: Ground) -> None:
    """The modal says so and stays; when the store is back the same modal decides."""
    migration = ground.at_the_gate()
    ground.adam.click(ground.promotable(migration), "Promote")
    ground.answers_observation(migration)
    ground.adam.wait_for_modal(saying=NAME)
    ground.adam.fill({NAME: migration.source})
    ground.server.stop()
    try:
        outcome = ground.adam.submit()
        ground.rita.type(CHANNEL, f"/migrate status {migration.id}")
        ground.rita.wait_for_ephemeral(CHANNEL, "Redis does not answer")
    finally:
        ground.server.start()
        wait_until(ground.answers, "Redis to have read its file")
    assert "Nothing was recorded; try again in a moment." in outcome.errors[NAME]
    assert ground.store.load(migration.id) == migration
    assert ground.adam.submit().closed
    assert ground.store.load(migration.id).status is Status.CUTTING_OVER
    ground.root(migration, "Cutting over")


def test_nothing_of_an_unverified_request_is_believed(http_ground: Ground) -> None:
    """Not even its address for answers: nobody makes the bot call somewhere."""
    before = len(http_ground.workspace.traffic())
    payload = {
        "type": "block_actions",
        "user": {"id": http_ground.adam.user, "team_id": "T0LOCAL0001"},
        "actions": [{"type": "button", "action_id": "promote", "value": "{}"}],
        "response_url": f"{http_ground.workspace.base_url}/actions/anything",
    }
    answer = httpx.post(
        http_ground.workspace._request_url,
        data={"payload": json.dumps(payload)},
        headers={"X-Slack-Request-Timestamp": "soon", "X-Slack-Signature": "v0=00"},
        trust_env=False,
    )
    assert answer.status_code == 401
    assert answer.text == ""
    since = http_ground.workspace.traffic()[before:]
    assert not [entry for entry in since if "response_url" in entry.values()]


def test_what_nobody_foresaw_is_told_by_its_number(ground: Ground) -> None:
    """The person gets a number; the trace stands under it in the log alone."""
    migration = ground.at_the_gate()
    old = copy.deepcopy(ground.promotable(migration))
    (actions,) = (block for block in old["blocks"] if block["type"] == "actions")
    actions["elements"][0]["value"] = "of another release"
    ground.adam.click_stale(old, "Promote")
    answer = visible_text(ground.adam.wait_for_ephemeral(CHANNEL, "nobody foresaw"))
    (number,) = re.findall(r"`([0-9a-f]{8})`", answer)
    said = ground.processes["bot"].said()
    assert f"Error {number}" in said
    assert "JSONDecodeError" in said
    assert "JSONDecodeError" not in answer
    assert ground.store.load(migration.id) == migration


@pytest.fixture
def reconnected(socket_ground: Ground) -> Iterator[None]:
    """Afterwards the socket is whole again for the other tests."""
    yield
    wait_until(socket_ground.rita.wire.sockets, "a socket")


@pytest.mark.parametrize("trouble", ["refresh_sockets", "drop_sockets"])
def test_a_socket_that_is_replaced_or_cut_comes_back(
    socket_ground: Ground, reconnected: None, trouble: str
) -> None:
    """Slack replaces sockets, networks cut them: people are answered again within seconds."""
    before = socket_ground.rita.wire.sockets()
    getattr(socket_ground.rita.wire, trouble)()
    wait_until(lambda: set(socket_ground.rita.wire.sockets()) - set(before), "a new socket")
    assert socket_ground.rita.type(CHANNEL, "/migrate help").error is None
    answer = socket_ground.rita.wait_for_ephemeral(CHANNEL, "What Daybreak can do")
    assert "/migrate start" in visible_text(answer)
