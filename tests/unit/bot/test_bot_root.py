"""The root message: a golden copy of every state, within Slack's limits, whatever it is told."""

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest
from block_limits import assert_fits
from shown import APPROVERS, HARM, NOW, STATES, harmful

from bot.messages.answers import status
from bot.messages.root import root
from bot.messages.text import Message
from migration.model import Problem, Status, Waiting
from migration.service import Snapshot

GOLDEN = Path(__file__).parent / "golden"


def shown(snapshot: Snapshot) -> Message:
    """What the channel would get."""
    return root(snapshot, APPROVERS)


def captions(message: Message) -> list[str]:
    """What can be pressed."""
    return [
        element["text"]["text"]
        for block in message.blocks
        if block["type"] == "actions"
        for element in block["elements"]
    ]


@pytest.mark.parametrize("state", STATES)
def test_every_state_looks_like_its_golden_copy(state: str) -> None:
    """What people see changes on purpose only (`WRITE_GOLDEN=1` writes the copies anew)."""
    message = shown(STATES[state])
    path = GOLDEN / f"{state}.json"
    made = {"text": message.text, "blocks": message.blocks}
    if os.environ.get("WRITE_GOLDEN"):
        path.write_text(json.dumps(made, indent=2, ensure_ascii=False) + "\n")
    assert made == json.loads(path.read_text())


def test_every_status_has_a_golden_copy() -> None:
    """A new status is not forgotten."""
    assert {snapshot.migration.status for snapshot in STATES.values()} == set(Status)


@pytest.mark.parametrize("state", STATES)
def test_every_state_fits(state: str) -> None:
    """At most twelve blocks, each within its limits, and words beside them."""
    assert_fits(shown(STATES[state]))
    assert_fits(status(STATES[state], APPROVERS, "https://example.slack.com/p1"))


@pytest.mark.parametrize("harm", HARM)
def test_foreign_words_stay_words(harm: str) -> None:
    """They call nobody, link nowhere and break no limit, wherever they come from."""
    base = harmful(harm)
    assert_fits(shown(base))
    problem = Problem("a_step_of_tomorrow", harm, NOW)
    halted = replace(base.migration, status=Status.HALTED, problem=problem)
    assert_fits(shown(replace(base, migration=halted)))
    waiting = replace(
        base.migration, status=Status.ACTIVE, position=2, waiting=Waiting(harm, NOW, 0.5)
    )
    assert_fits(shown(replace(base, migration=waiting)))


@pytest.mark.parametrize(
    ("state", "buttons"),
    [
        ("active", ["Pause", "Drop the replica", "Cancel"]),
        ("paused_preparing", ["Resume", "Cancel"]),
        ("paused", ["Resume", "Drop the replica", "Cancel"]),
        ("active_after_cut_over", []),
        ("waiting_unseen", ["Check again", "Drop the replica", "Cancel"]),
        ("waiting_shut", ["Check again", "Drop the replica", "Cancel"]),
        ("waiting_old_evidence", ["Check again", "Drop the replica", "Cancel"]),
        ("waiting_open", ["Promote", "Drop the replica", "Cancel"]),
        ("cutting_over", ["Cancel"]),
        ("cutting_over_begun", ["Cancel"]),
        ("cutting_over_promoting", []),
        ("cutting_over_cancelled", []),
        ("cutting_over_stuck", []),
        ("halted", ["Retry", "Drop the replica", "Cancel"]),
        ("halted_at_the_gate", ["Retry", "Cancel"]),
        ("dropping", ["Cancel"]),
        ("dropped", ["Retry", "Cancel"]),
        ("halted_after_cut_over", ["Retry"]),
        ("cancelling", []),
        ("cancelled", []),
        ("completed", []),
        ("cooling_off", ["Roll back", "Finish"]),
        ("cooling_off_over", ["Roll back", "Finish"]),
        ("halted_in_cool_off", ["Retry", "Roll back", "Finish"]),
        ("rolling_back", []),
        ("rolling_back_stuck", []),
        ("applications_back", []),
        ("rolled_back", []),
        ("finishing", []),
        ("completed_after_finish", []),
    ],
)
def test_buttons_are_there_when_they_can_be_used(state: str, buttons: list[str]) -> None:
    """Promote on evidence of now that holds; Cancel while it loses nothing; Retry after a halt."""
    assert captions(shown(STATES[state])) == buttons


@pytest.mark.parametrize("state", ["active", "waiting_shut", "halted"])
def test_warnings_are_asked_to_be_acknowledged(state: str) -> None:
    """The button says how many, its dialog names them, and nobody reads that nothing is wanted."""
    names = ("encrypted", "replica-identity", *(f"some-other-check-{n}" for n in range(20)))
    message = shown(replace(STATES[state], unacknowledged=names))
    (actions,) = [block for block in message.blocks if block["type"] == "actions"]
    dialog = next(one for one in actions["elements"] if one["action_id"] == "acknowledge")

    assert_fits(message)
    assert "Acknowledge 22 warnings" in captions(message)
    assert "encrypted, replica-identity" in dialog["confirm"]["text"]["text"]
    assert "Nothing is wanted of anybody" not in message.text


@pytest.mark.parametrize("state", ["cancelling", "completed", "active_after_cut_over"])
def test_nobody_is_asked_for_it_once_it_is_over(state: str) -> None:
    """There is nothing left to decide."""
    message = shown(replace(STATES[state], unacknowledged=("encrypted",)))
    assert not any("Acknowledge" in caption for caption in captions(message))


def test_state_is_said_in_words() -> None:
    """Icons stand beside words, never for them: without them the checklist says the same."""
    (checklist,) = (b for b in shown(STATES["active"]).blocks if b["type"] == "rich_text")
    lines = [element["text"] for element in checklist["elements"][0]["elements"]]
    assert lines[0].strip().endswith("Check the source: done")
    assert "now, the cluster is being created (25%)" in lines[5]
    assert lines[8].strip().endswith("Cut over: to do, once a person decides to promote")


def test_time_left_follows_from_the_pace_so_far() -> None:
    """A quarter in five minutes leaves fifteen."""
    assert "About 15 min left" in shown(STATES["active"]).text


@pytest.mark.parametrize("state", ["active_after_cut_over", "halted_after_cut_over", "completed"])
def test_after_the_cut_over_nobody_is_told_of_the_source(state: str) -> None:
    """Applications use the target, the write pause is known, and lag means nothing any more."""
    text = json.dumps(shown(STATES[state]).blocks, ensure_ascii=False)
    assert "pplications use `orders-aurora`" in text
    assert "takes writes" not in text
    assert "Write pause 162 ms" in text
    assert "Lag *" not in text
