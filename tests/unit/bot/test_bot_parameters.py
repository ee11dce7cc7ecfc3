"""The table of parameters, its file, and the table of extensions."""

import csv
import io
from typing import Any

import pytest
from block_limits import assert_fits
from shown import HARM, NOW, a_migration

from bot.messages.parameters import FILE_COLUMNS
from bot.messages.readers import Readers
from bot.messages.thread import Entry, entries
from migration.events import Event, StepDone
from migration.ports import Recorded


def told(event: Event) -> Entry:
    """The one entry of an event."""
    (entry,) = entries(a_migration(), [Recorded(1, event)], 0, Readers(frozenset(), {}))
    assert_fits(entry.message)
    return entry


def copied(*rows: dict[str, str]) -> StepDone:
    """The step that copies parameters, with these rows."""
    facts = {"group": "daybreak-1", "copied_from": "orders-pg15", "parameters": list(rows)}
    return StepDone(NOW, "copy_parameters", facts)


def a_row(name: str, **more: str) -> dict[str, str]:
    """One parameter as the step notes it."""
    row = {"name": name, "verdict": "copied", "source": "1", "target": "1", "level": "instance"}
    return {**row, "reason": "somebody set it", **more}


def cells(entry: Entry) -> list[list[str]]:
    """Of the table below an entry, without its head."""
    (table,) = (block for block in entry.message.blocks if block["type"] == "table")
    return [[cell["text"] for cell in row] for row in table["rows"][1:]]


def test_the_thread_has_the_table_and_the_file_all_of_it() -> None:
    """Values as AWS writes them, the group that each is set in, and why."""
    entry = told(
        copied(
            a_row("shared_buffers", verdict="Aurora's own kept", target="SUM({X},-5)", level=""),
            a_row("work_mem", source="8192", target="8192"),
        )
    )
    assert "`orders-pg15` to the groups `daybreak-1`" in entry.message.text
    assert "copied 1" in entry.message.text
    assert cells(entry) == [
        ["shared_buffers", "1", "SUM({X},-5)", "Aurora's own kept", "somebody set it"],
        ["work_mem", "8192", "8192", "copied (instance)", "somebody set it"],
    ]
    assert entry.upload is not None
    read = list(csv.reader(io.StringIO(entry.upload.content)))
    assert read[0] == list(FILE_COLUMNS)
    assert read[2] == ["work_mem", "8192", "8192", "instance", "copied", "somebody set it"]
    assert a_migration().id in entry.upload.name


def test_a_long_table_is_cut_and_says_so() -> None:
    """What does not fit is counted; the file has it."""
    rows = [a_row(f"parameter_{number}", reason="r" * 300) for number in range(200)]
    entry = told(copied(*rows))
    shown = len(cells(entry))
    assert 0 < shown < 200
    assert f"…and {200 - shown} more, in the file." in str(entry.message.blocks[-1])
    assert entry.upload is not None
    assert entry.upload.content.count("parameter_") == 200


@pytest.mark.parametrize("facts", [{}, {"parameters": []}, {"copied": {"work_mem": "1"}}])
def test_a_migration_that_was_begun_before_has_no_table(facts: dict[str, Any]) -> None:
    """Its facts are of another shape; the entry is there all the same."""
    entry = told(StepDone(NOW, "copy_parameters", facts))
    assert entry.upload is None
    assert len(entry.message.blocks) == 1


@pytest.mark.parametrize("harm", HARM)
def test_foreign_words_stay_words(harm: str) -> None:
    """In the table, in the file's note and in the words."""
    told(copied(*[a_row(harm, source=harm, target=harm, verdict=harm, reason=harm)] * 70))
    validated = {"databases": {harm: {"extensions": [[harm, harm, harm]] * 70}}}
    told(StepDone(NOW, "validate_target", validated))


def test_each_extension_is_shown_with_what_the_target_offers() -> None:
    """The same version, and whether a newer one could be had."""
    facts = {"databases": {"app": {"extensions": [["a", "1.3", "1.3"], ["b", "1.0", "1.2"]]}}}
    assert cells(told(StepDone(NOW, "validate_target", facts))) == [
        ["app", "a", "1.3", "the same"],
        ["app", "b", "1.0", "the same; ALTER EXTENSION ... UPDATE would give 1.2"],
    ]


def test_a_target_that_was_validated_before_has_no_table() -> None:
    """Its facts know nothing of extensions."""
    entry = told(StepDone(NOW, "validate_target", {"databases": {"app": {"rows": 3}}}))
    assert len(entry.message.blocks) == 1
