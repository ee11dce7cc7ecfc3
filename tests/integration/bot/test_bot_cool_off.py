"""The cool-off: Roll back and Finish, by button and by command; whoever is refused reads why."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pytest
from bot_ground import CHANNEL, Ground, wait_until
from deciding import NAME, approvals, assert_untouched, opened, refusals, submitted

from migration.events import FinishRequested
from migration.model import Migration, Status
from migration.plan import ROLL_BACK
from migration.recorder import Recorder
from sandbox.slack.people.reading import buttons, visible_text

GROUP = "<!subteam^S0DBAONCALL>"
KEPT = "The way back is kept"


def cooling_off(ground: Ground, **changes: Any) -> tuple[Migration, dict[str, Any]]:
    """A migration in its cool-off, and its root."""
    migration = ground.cooling_off(**changes)
    return migration, ground.root(migration, KEPT)


def finished(ground: Ground, migration: Migration) -> int:
    """How often somebody finished it."""
    events = [recorded.event for recorded in ground.store.events(migration.id)]
    return sum(isinstance(event, FinishRequested) for event in events)


def test_an_approver_rolls_back_on_evidence_of_now(ground: Ground) -> None:
    """The modal says what will come of it; the right name has the roll back begin at once."""
    migration, root = cooling_off(ground)
    assert buttons(root) == ["Roll back", "Finish"]
    assert "is behind by 0.3 s" in visible_text(root).replace("*", "")
    opened(ground, ground.adam, migration, root, "Roll back")
    shown = visible_text(ground.adam.modal() or {})
    assert "No write is lost" in shown
    assert "replication lag" in shown

    assert "This is not the source's name" in submitted(ground.adam, "billing").errors[NAME]
    assert_untouched(ground, migration)
    assert submitted(ground.adam, migration.source).closed

    after = ground.store.load(migration.id)
    assert after.status is Status.ROLLING_BACK
    assert after.approval is not None
    assert (after.approval.gate, after.approval.by) == (ROLL_BACK, ground.adam.user)
    assert buttons(ground.root(migration, "Rolling back")) == []
    wait_until(
        lambda: any("Roll back approved" in entry for entry in ground.entries(migration)),
        "the thread to say who approved",
    )


def test_the_second_of_two_reads_that_it_is_decided(socket_ground: Ground) -> None:
    """Two open modals and a button that is still on a screen: one roll back."""
    ground = socket_ground
    migration, root = cooling_off(ground)
    opened(ground, ground.adam, migration, root, "Roll back")
    opened(ground, ground.anna, migration, root, "Roll back")
    assert submitted(ground.adam, migration.source).closed
    assert "adam approved this at" in submitted(ground.anna, migration.source).errors[NAME]
    ground.anna.close()

    ground.anna.click_stale(root, "Roll back")
    answer = ground.anna.wait_for_ephemeral(CHANNEL, "It is being rolled back already")
    assert f"approved by <@{ground.adam.user}>" in visible_text(answer)
    assert "The live message" in visible_text(answer)
    assert ground.anna.modal() is None
    assert approvals(ground, migration) == 1


def test_a_double_click_asks_twice_and_decides_nothing(socket_ground: Ground) -> None:
    """The name is what decides."""
    ground = socket_ground
    migration, root = cooling_off(ground)
    ground.adam.click(root, "Roll back")
    ground.adam.click_stale(root, "Roll back")
    ground.answers_observation(migration)
    ground.answers_observation(migration)
    ground.adam.wait_for_modal(saying=NAME)
    assert_untouched(ground, migration)
    assert submitted(ground.adam, migration.source).closed
    assert approvals(ground, migration) == 1


def test_evidence_that_does_not_hold_asks_nothing(socket_ground: Ground) -> None:
    """Or no longer holds at the submission: what fails is named."""
    ground = socket_ground
    migration, root = cooling_off(ground)
    ground.adam.click(root, "Roll back")
    ground.answers_observation(migration, holds=False, lag=12)
    assert ground.adam.wait_for_modal(saying="a condition is not met")["submit"] is None
    ground.adam.close()
    opened(ground, ground.adam, migration, root, "Roll back")
    ground.sees(migration, holds=False, lag=12)
    assert "replication lag: 12 s" in submitted(ground.adam, migration.source).errors[NAME]
    ground.adam.close()
    assert_untouched(ground, migration)


def test_being_asked_makes_an_old_button_stale(socket_ground: Ground) -> None:
    """The term is over: everybody is called, and the new button counts."""
    ground = socket_ground
    migration, old = cooling_off(ground)
    after = ground.commits(
        migration, facts={"cut_over": {"ended_at": migration.created_at - 73 * 3600}}
    )
    root = ground.root(after, "its term is over, finish or roll back")
    assert GROUP in visible_text(root)
    ground.adam.click_stale(old, "Roll back")
    ground.adam.wait_for_ephemeral(CHANNEL, "This button is out of date")
    opened(ground, ground.adam, after, root, "Roll back")
    assert submitted(ground.adam, after.source).closed


def test_a_halt_and_a_roll_back_called_off_leave_the_ways_open(socket_ground: Ground) -> None:
    """Retry beside the two; afterwards it says why the last one was called off."""
    ground = socket_ground
    migration = ground.cooling_off()
    recorder = Recorder(ground.store, ground.clock)
    halted = recorder.halt(migration, "Tables differ: `public.orders`. Undo it; then retry.")
    root = ground.root(halted, "Undo it; then retry")
    assert buttons(root) == ["Retry", "Roll back", "Finish"]
    opened(ground, ground.adam, halted, root, "Roll back")
    assert submitted(ground.adam, halted.source).closed
    begun = recorder.begin_cut_over(ground.store.load(halted.id), 7, ground.clock.now() + 60)
    recorder.roll_back_aborted(begun, "a session did not end")

    root = ground.root(halted, "The last roll back was called off")
    assert buttons(root) == ["Roll back", "Finish"]

    def said(words: str) -> bool:
        return any(words in entry for entry in ground.entries(halted))

    # the root may be there before the thread's last entries
    for words in ("The roll back began", "The roll back was called off"):
        wait_until(partial(said, words), f"the thread to say {words!r}")


def test_finish_asks_back_and_ends_the_cool_off_once(ground: Ground) -> None:
    """The dialog's other button changes nothing; pressed twice it is finished once."""
    migration, root = cooling_off(ground)
    ground.rita.click(root, "Finish", confirm="Keep it")
    assert_untouched(ground, migration)
    ground.rita.click(root, "Finish", confirm="Finish")
    wait_until(lambda: finished(ground, migration), "it to be finished")
    assert buttons(ground.root(migration, "Finishing")) == []
    ground.adam.click_stale(root, "Finish", confirm="Finish")
    ground.adam.wait_for_ephemeral(CHANNEL, f"<@{ground.rita.user}> finished this migration")
    assert finished(ground, migration) == 1
    assert ground.store.load(migration.id).finishing_by == ground.rita.user


def test_both_are_commands(ground: Ground) -> None:
    """`roll-back` opens the question itself; `finish` asks with a button of its own."""
    migration = ground.cooling_off()
    ground.adam.type(CHANNEL, f"/migrate roll-back {migration.source.upper()}")
    ground.answers_observation(migration)
    ground.adam.wait_for_modal(saying=NAME)
    ground.adam.close()
    assert_untouched(ground, migration)

    ground.adam.type(CHANNEL, f"/migrate finish {migration.id}")
    asked = ground.adam.wait_for_ephemeral(CHANNEL, f"Finish `{migration.id}`?")
    assert "would lose writes" in visible_text(asked)
    assert_untouched(ground, migration)
    ground.adam.click(asked, f"Finish {migration.id}")
    ground.adam.wait_for_ephemeral(CHANNEL, f"`{migration.id}` is being finished")
    assert ground.store.load(migration.id).finishing_by == ground.adam.user


@dataclass(frozen=True)
class Row:
    """Somebody types it or presses, the migration being so, and reads these words."""

    who: str
    #: typed with the migration's id behind it; or the button's caption
    command: str = ""
    button: str = ""
    words: str = ""
    requester: str = "rita"
    #: What becomes of the migration while the screen still shows it in its cool-off.
    then: Mapping[str, Any] = field(default_factory=dict)


NOT_AN_APPROVER = f"You can't decide here: you are not among the approvers. {GROUP} can."
EARLY = {"position": 3}
ROWS = {
    "roll back, an outsider": Row("oscar", button="Roll back", words=NOT_AN_APPROVER),
    "roll back typed, an outsider": Row("oscar", "roll-back", words=NOT_AN_APPROVER),
    "roll back, the requester": Row(
        "adam", button="Roll back", words="You asked for `{id}`", requester="adam"
    ),
    "roll back, a guest": Row("guest", button="Roll back", words="only full members"),
    "roll back, finished meanwhile": Row(
        "adam",
        button="Roll back",
        words="finished this migration, so there is no way back any more",
        then={"finishing_by": "U0RITA00001"},
    ),
    "roll back typed, before the cut-over": Row(
        "adam",
        "rollback",
        words="Applications still use `{source}`, so there is nothing to go back from. `/migrate "
        "cancel {id}` ends the migration. Nothing was changed.",
        then=EARLY,
    ),
    "roll back typed, rolled back": Row(
        "adam",
        "roll-back",
        words="Applications use `{source}` again already",
        then={"status": Status.ROLLED_BACK, "facts": {ROLL_BACK: {"epoch": 2}}},
    ),
    "roll back typed, none named": Row("adam", "roll-back", words="Which one?"),
    "finish, an outsider": Row("oscar", button="Finish", words="You can't finish `{id}`"),
    "finish typed, an outsider": Row("oscar", "finish", words="You can't finish `{id}`"),
    "finish typed, a guest": Row("guest", "finish", words="Only full members"),
    "finish, while it is rolled back": Row(
        "rita",
        button="Finish",
        words="It is being rolled back already. Nothing was changed.",
        then={"status": Status.ROLLING_BACK},
    ),
    "finish typed, before the cut-over": Row(
        "rita", "finish", words="Applications still use `{source}`", then=EARLY
    ),
    "finish typed, none named": Row("rita", "finish", words="Which one?"),
}


@pytest.mark.table("cool-off refusals")
@pytest.mark.parametrize("name", ROWS)
def test_a_refusal(ground: Ground, name: str) -> None:
    """The reason, before one pair of eyes; the migration stays as it was."""
    row = ROWS[name]
    person = getattr(ground, row.who)
    migration, root = cooling_off(ground, requester=getattr(ground, row.requester).user)
    if row.then:
        migration = ground.commits(migration, **row.then)
    before = len(person.ephemerals(CHANNEL))

    if row.button:
        confirm = "Finish" if row.button == "Finish" else None
        person.click_stale(root, row.button, confirm)
    else:
        person.type(CHANNEL, f"/migrate {row.command} {'' if 'named' in name else migration.id}")

    words = row.words.format(id=migration.id, source=migration.source)

    def told() -> list[str]:
        return [visible_text(message) for message in person.ephemerals(CHANNEL)[before:]]

    wait_until(lambda: any(words in text for text in told()), f"{words!r}")
    assert_untouched(ground, migration)
    if person.modal() is not None:
        assert person.modal()["submit"] is None
        person.close(everything=True)
    if "decide" in words or "You asked" in words:
        assert [refused.gate for refused in refusals(ground, migration)] == [ROLL_BACK]
