"""What people read of change data capture: in the plan, before they promote, and in the report."""

import json
from dataclasses import replace
from typing import Any

import pytest
from block_limits import assert_fits, assert_modal_fits
from shown import APPROVERS, GOOD, HARM, NOW, a_migration, position_of

from bot.messages.buttons import Press
from bot.messages.capture import promotion_line
from bot.messages.questions import asked
from bot.messages.readers import Readers
from bot.messages.result import result
from bot.messages.thread import Entry, entries
from migration.events import StepDone
from migration.model import Migration, Options, Status
from migration.plan import CUT_OVER
from migration.ports import Recorded
from migration.service import Snapshot

SLOT = {
    "name": "feed",
    "database": "app",
    "plugin": "pgoutput",
    "consumer": "connector (dms) from 10.0.0.7",
    "temporary": False,
    "retained_bytes": 4096,
}
MADE = {
    "name": "feed",
    "database": "app",
    "plugin": "pgoutput",
    "target_position": "0/9000",
    "source_position": "0/5000",
    "fenced_at": "0/5000",
    "unread_bytes": 0,
}


def planned(*, recreate: bool, **changes: Any) -> Migration:
    """A migration whose plan says so of slots."""
    options = Options(target="orders-aurora", recreate_slots=recreate)
    return replace(a_migration(**changes), options=options)


def told(migration: Migration, step: str, facts: dict[str, Any]) -> Entry:
    """The entry of a step that ended."""
    event = StepDone(NOW, step, facts)
    (entry,) = entries(migration, [Recorded(1, event)], 0, Readers(APPROVERS, {}))
    assert_fits(entry.message)
    return entry


def cells(entry: Entry) -> list[list[str]]:
    """Of the table below an entry, without its head."""
    (table,) = (block for block in entry.message.blocks if block["type"] == "table")
    return [[cell["text"] for cell in row] for row in table["rows"][1:]]


@pytest.mark.parametrize(
    ("recreate", "temporary", "words"),
    [
        (True, False, "made anew on the cluster before it opens"),
        (False, False, "stays behind: its consumer misses what is written"),
        (True, True, "ends with its session"),
    ],
)
def test_the_plan_says_what_happens_to_each(recreate: bool, temporary: bool, words: str) -> None:
    """Slots with their consumers, publications and subscriptions."""
    facts = {
        "logical_slots": [{**SLOT, "temporary": temporary}, {**SLOT, "consumer": ""}],
        "publications": {"app": ["changes"], "empty": []},
        "subscriptions": ["app.feed"],
    }
    read, unread, publication, subscription = cells(
        told(planned(recreate=recreate), "check_source", facts)
    )
    assert read[:4] == ["logical slot (pgoutput)", "feed", "app", "connector (dms) from 10.0.0.7"]
    assert words in read[4]
    assert unread[3] == "nobody"
    assert publication[:3] == ["publication", "changes", "app"]
    assert "has to go first" in subscription[4]


@pytest.mark.parametrize("facts", [{}, {"logical_slots": []}, {"publications": {"app": []}}])
def test_where_nobody_reads_changes_there_is_no_table(facts: dict[str, Any]) -> None:
    """Nor for a migration that was begun before anybody looked for it."""
    assert len(told(planned(recreate=True), "check_source", facts).message.blocks) == 1


@pytest.mark.parametrize(
    ("unread", "row", "line"),
    [
        (0, "it goes on at the cluster", "Their consumers had read everything on the source."),
        (12345, "up to 12,345 bytes of the source's log", "have read everything on the source*: "),
        (None, "is not known: backfill", "the consumers of `feed`"),
    ],
)
def test_the_report_says_where_each_begins_and_what_was_not_read(
    unread: int | None, row: str, line: str
) -> None:
    """Positions on both sides; whether a consumer may go on at once."""
    facts = {"orchestrator_ms": 120.0, "slots": [{**MADE, "unread_bytes": unread}]}
    entry = told(planned(recreate=True), CUT_OVER, facts)
    (cell,) = cells(entry)
    assert cell[:5] == ["feed", "app", "0/9000", "0/5000", "0/5000"]
    assert row in cell[5]
    assert line in entry.message.text
    assert line in result(planned(recreate=True, facts={CUT_OVER: facts}))


def test_a_cut_over_without_slots_says_nothing_of_them() -> None:
    """Nor one of before."""
    for facts in ({"slots": []}, {}):
        entry = told(planned(recreate=False), CUT_OVER, {"orchestrator_ms": 120.0, **facts})
        assert "slot" not in entry.message.text
        assert len(entry.message.blocks) == 1


@pytest.mark.parametrize(
    ("recreate", "slots", "words"),
    [
        (True, [], "Logical slots are made anew before `orders-aurora` opens, within 5 s"),
        (False, [SLOT], "*Logical slots stay behind*: the consumers of `feed` miss"),
        (False, [], ""),
    ],
)
def test_an_approver_reads_what_becomes_of_slots(
    recreate: bool, slots: list[Any], words: str
) -> None:
    """Before the name is typed; nothing where there are none."""
    gate = planned(
        recreate=recreate,
        status=Status.WAITING_FOR_APPROVAL,
        position=position_of(CUT_OVER),
        facts={"check_source": {"logical_slots": slots}},
    )
    shown = asked(Snapshot(gate, (), GOOD, NOW), Press.of(gate))
    assert_modal_fits(shown)
    said = json.dumps(shown, ensure_ascii=False)
    assert words in said
    assert bool(words) == ("ogical slots" in said)


def test_without_a_login_an_approver_reads_that_nobody_looked() -> None:
    """Slots may be there, and stay behind then."""
    options = Options(target="orders-aurora", login=False)
    said = promotion_line(replace(a_migration(), options=options))
    assert "*Logical slots, if there are any, stay behind*" in said


def test_slots_that_could_not_be_read_are_not_silent() -> None:
    """Whoever took over opened the target, and could not look then."""
    entry = told(planned(recreate=True), CUT_OVER, {"taken_over": True, "slots_unread": True})
    assert "could not be read" in entry.message.text
    assert "daybreak.slots" in entry.message.text


def test_slots_without_which_the_target_opened_are_named() -> None:
    """The source was lost, and nobody could go back to it."""
    facts = {"taken_over": True, "slots": [], "slots_missing": ["feed"]}
    said = told(planned(recreate=True), CUT_OVER, facts).message.text
    assert "opened without the slots `feed`" in said
    assert "miss what is written" in said


@pytest.mark.parametrize("harm", HARM)
def test_foreign_words_stay_words(harm: str) -> None:
    """Names of slots and of their consumers are others'."""
    slot = {name: harm if isinstance(value, str) else value for name, value in SLOT.items()}
    made = {name: harm if isinstance(value, str) else value for name, value in MADE.items()}
    found = {"logical_slots": [slot] * 70, "publications": {harm: [harm]}, "subscriptions": [harm]}
    told(planned(recreate=True), "check_source", found)
    told(planned(recreate=True), CUT_OVER, {"slots": [{**made, "unread_bytes": 5}] * 70})
    told(planned(recreate=True), CUT_OVER, {"slots_missing": [harm] * 70})
