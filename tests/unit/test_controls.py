"""The table of controls: what it says is what the service does, and what the message offers."""

import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from builders import ADAM, House
from situations import EVERY, NOW, SITUATIONS

from bot.messages.answers import COMMANDS, really
from bot.messages.buttons import CONFIRM, buttons, control_of
from migration.approvals import is_open
from migration.control_rules import CONTROLS, Control
from migration.controls import does, is_possible, keeps, why_not, why_not_in
from migration.errors import NotPossibleNow
from migration.model import Migration, Status
from migration.plan import ROLL_BACK
from migration.service import Service, Snapshot
from migration.situation import Situation, situation_of

USE_CASES: Mapping[Control, Callable[[Service, str, str], Migration]] = {
    Control.PAUSE: Service.pause,
    Control.RESUME: Service.resume,
    Control.RETRY: Service.retry,
    Control.DROP_REPLICA: Service.drop_replica,
    Control.CANCEL: Service.cancel,
    Control.FINISH: Service.finish,
}
LONG = "o" * 63
SCRIPT = Path(__file__).parents[2] / "scripts" / "controls_page.py"


def test_every_situation_has_a_migration_to_try_it_on() -> None:
    """None is forgotten here, and every status is in one."""
    assert set(SITUATIONS) == set(Situation)
    assert {migration.status for migration in SITUATIONS.values()} == set(Status)


@pytest.mark.parametrize(("situation", "migration"), EVERY)
def test_a_migration_is_in_its_situation(situation: Situation, migration: Migration) -> None:
    """Whatever shape it has."""
    assert situation_of(migration) is situation


@pytest.mark.parametrize("control", USE_CASES)
@pytest.mark.parametrize(("situation", "migration"), EVERY)
def test_the_service_does_what_the_table_allows_and_nothing_else(
    situation: Situation, migration: Migration, control: Control
) -> None:
    """A refusal has the table's reason, and changes nothing."""
    house = House()
    house.with_migration(migration)
    if situation in CONTROLS[control].possible:
        after = USE_CASES[control](house.service, migration.id, ADAM)
        assert after.version == migration.version + 1
        assert house.store.load(migration.id) == after
        return
    with pytest.raises(NotPossibleNow) as refused:
        USE_CASES[control](house.service, migration.id, ADAM)
    if situation is not Situation.PROMOTING or control is not Control.CANCEL:
        assert str(refused.value) == why_not_in(control, situation) != ""
    assert house.store.load(migration.id) == migration
    assert house.store.events(migration.id) == []
    assert house.engine.submitted == []


@pytest.mark.parametrize(("situation", "migration"), EVERY)
def test_there_is_something_to_roll_back_where_its_gate_is_open(
    situation: Situation, migration: Migration
) -> None:
    """The table says of a question what the gate says."""
    assert is_possible(Control.ROLL_BACK, migration) is is_open(migration, ROLL_BACK)
    assert is_possible(Control.ROLL_BACK, migration) is (
        situation in CONTROLS[Control.ROLL_BACK].possible
    )


@pytest.mark.parametrize(("situation", "migration"), EVERY)
def test_the_message_offers_what_is_possible(situation: Situation, migration: Migration) -> None:
    """A button for each control of the table, and none for another."""
    drawn = buttons(Snapshot(migration, (), None, NOW))
    actions = [element["action_id"] for block in drawn for element in block["elements"]]
    others = {"look_again", "look_for_remedies"}
    offered = {
        Control.ROLL_BACK if action == "roll_back" else control_of(action)
        for action in actions
        if action not in others
    }

    assert offered == {control for control in Control if situation in CONTROLS[control].possible}


@pytest.mark.parametrize("control", Control)
def test_every_refusal_is_a_sentence_that_says_why(control: Control) -> None:
    """No cell of the table is empty by oversight."""
    for situation in Situation:
        words = why_not_in(control, situation)
        assert bool(words) is (situation not in CONTROLS[control].possible)
        assert not words or words.endswith(".")
    assert not set(CONTROLS[control].why_not) & CONTROLS[control].possible
    assert set(CONTROLS[control].does_in) <= CONTROLS[control].possible


@pytest.mark.parametrize("control", Control)
def test_every_control_is_a_command_that_the_help_names(control: Control) -> None:
    """By the same name."""
    assert f"{control.value} <id>" in COMMANDS


@pytest.mark.parametrize(("situation", "migration"), EVERY)
def test_a_question_says_what_will_come_of_it_and_fits(
    situation: Situation, migration: Migration
) -> None:
    """With the longest names nothing of it is cut, in the dialog of the button either."""
    options = replace(migration.options, target=LONG)
    long = replace(migration, id=f"{LONG}-0001", source=LONG, options=options)
    for control in CONTROLS:
        if situation not in CONTROLS[control].possible:
            continue
        words = does(control, long, long.source, long.target)
        assert "{" not in words + keeps(control, long.source, long.target)
        if CONTROLS[control].asks and control is not Control.ROLL_BACK:
            asked = really(control, long).text.replace("`", "")
            assert f"{words} {keeps(control, long.source, long.target)}" in asked
    for block in buttons(Snapshot(long, (), None, NOW)):
        for element in block["elements"]:
            if "confirm" in element:
                said = element["confirm"]["text"]["text"]
                assert len(said) <= CONFIRM
                assert not said.endswith("…")


def test_why_not_is_asked_of_a_migration() -> None:
    """As of a situation."""
    assert why_not(Control.PAUSE, SITUATIONS[Situation.FROZEN]).startswith("The source is closed")
    assert why_not(Control.PAUSE, SITUATIONS[Situation.PREPARING]) == ""


def test_the_page_of_controls_is_what_the_table_says() -> None:
    """Whoever changes the table writes the page anew."""
    result = subprocess.run(
        [sys.executable, SCRIPT, "--check"], capture_output=True, text=True, check=False
    )

    assert result.returncode == 0, result.stderr
