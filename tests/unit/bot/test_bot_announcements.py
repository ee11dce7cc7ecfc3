"""What other channels are told of a cut-over: each once, and the way it ended."""

from collections.abc import Sequence

import pytest
from block_limits import assert_fits
from shown import ADAM, NOW, OUTAGE_FACTS, RITA, at_the_gate, by_snapshot, kept

from bot.messages.announcements import NEWS_SECONDS, OLD_SECONDS, announcements
from bot.messages.text import Message, section
from migration.events import (
    CutOverAborted,
    CutOverBegan,
    CutOverCancelled,
    CutOverTakenOver,
    Event,
    GateReached,
    MigrationCompleted,
    RollBackAborted,
    RolledBack,
    StepDone,
)
from migration.model import Freeze, Migration, Status
from migration.plan import CUT_OVER, FREEZE
from migration.ports import Recorded

GATE = GateReached(NOW, "promote")
BEGAN = CutOverBegan(NOW, 1, NOW + 300)
BACK = CutOverBegan(NOW, 2, NOW + 300, back=True)
ABORTED = CutOverAborted(NOW, "a <session> did not end")
PROBED = {"probe": {"longest_wait_ms": 84.2}, "orchestrator_ms": 70.0}
DONE = StepDone(NOW, CUT_OVER, PROBED)


def told(history: Sequence[Event], migration: Migration | None = None) -> list[str]:
    """The messages; each is one that Slack takes."""
    numbered = [Recorded(number, event) for number, event in enumerate(history, start=1)]
    found = list(announcements(migration or at_the_gate(), numbered))
    for one in found:
        assert_fits(Message(one.text, [section(one.text)]))
    assert [one.number for one in found] == sorted({one.number for one in found})
    return [one.text for one in found]


def heads(history: Sequence[Event], migration: Migration | None = None) -> list[str]:
    """The first words of each, without its emoji."""
    return [text.split("*")[1].split(":")[0].split(" at <")[0] for text in told(history, migration)]


@pytest.mark.parametrize(
    ("history", "wanted"),
    [
        ([], []),
        ([GATE], ["Maintenance"]),
        ([GATE, BEGAN, DONE, MigrationCompleted(NOW)], ["Maintenance", "Started", "Done"]),
        ([GATE, BEGAN, ABORTED], ["Maintenance", "Started", "Put back"]),
        # It did not begin: nobody was told that it had.
        ([GATE, ABORTED, BEGAN, DONE], ["Maintenance", "Started", "Done"]),
        (
            [GATE, BEGAN, ABORTED, BEGAN, CutOverTakenOver(NOW, 2), DONE],
            ["Maintenance", "Started", "Put back", "Started", "Done"],
        ),
        (
            [GATE, BEGAN, CutOverCancelled(NOW, RITA, "why", 2.0)],
            ["Maintenance", "Started", "Put back"],
        ),
        # The plan came to its gate once more.
        ([GATE, GATE, BEGAN], ["Maintenance", "Started"]),
        (
            [GATE, BEGAN, DONE, BACK, RolledBack(NOW, PROBED)],
            ["Maintenance", "Started", "Done", "Started", "Done"],
        ),
        (
            [GATE, BEGAN, DONE, BACK, RollBackAborted(NOW, "why")],
            ["Maintenance", "Started", "Done", "Started", "Put back"],
        ),
    ],
)
def test_each_is_told_once(history: list[Event], wanted: list[str]) -> None:
    """And nothing is put back that was not started."""
    assert heads(history) == wanted


def test_done_says_what_writes_waited() -> None:
    """As clients saw it; by our own clock where nobody measured it."""
    by_clock = StepDone(NOW, CUT_OVER, {"orchestrator_ms": 70.4})
    slow = StepDone(NOW, CUT_OVER, {"probe": {"longest_wait_ms": 95_000.0}})

    assert "`orders-aurora`*; writes waited 84 ms at most." in told([GATE, BEGAN, DONE])[-1]
    assert "; writes were held for 70 ms." in told([GATE, BEGAN, by_clock])[-1]
    assert "; writes waited 2 min at most." in told([GATE, BEGAN, slow])[-1]
    assert "aurora`*. Who" in told([GATE, BEGAN, StepDone(NOW, CUT_OVER, {})])[-1]


def test_a_roll_back_says_which_database_is_used() -> None:
    """The other one than after the cut-over."""
    through = told([GATE, BEGAN, DONE, BACK, RolledBack(NOW, PROBED)], kept(Status.ACTIVE))
    called_off = told([GATE, BEGAN, DONE, BACK, RollBackAborted(NOW, "why")])

    assert "applications use `orders` again*, with every write; writes waited 84 ms" in through[-1]
    assert "Put back: applications use `orders-aurora`, as before" in called_off[-1]


def test_an_outage_is_told_as_one() -> None:
    """Its length, its end in any case, and no second start when it is led over."""
    frozen = by_snapshot(Status.FROZEN, FREEZE, freeze=Freeze(reopen_by=NOW + 7200))
    done = StepDone(NOW, CUT_OVER, OUTAGE_FACTS)
    words = told([GateReached(NOW, "freeze"), BEGAN, BEGAN, done], frozen)

    assert len(words) == 3
    assert "closed to applications for as long as its copy takes, 4 h 0 min at most" in words[0]
    assert "`orders` is being closed* to be copied" in words[1]
    assert "It reopens by <!date^" in words[1]
    assert "; the source was closed for 24 min." in words[2]


def test_news_is_soon_old_and_an_end_is_not() -> None:
    """What comes an hour late is no news of a start."""
    history = [Recorded(n, event) for n, event in enumerate([GATE, BEGAN, DONE], start=1)]
    until = [one.until - NOW for one in announcements(at_the_gate(), history)]

    assert until == [NEWS_SECONDS, NEWS_SECONDS, OLD_SECONDS]


def test_nobody_is_called_and_no_reason_is_carried_into_other_channels() -> None:
    """They read that it was put back; why stands in the thread."""
    words = "".join(told([GATE, BEGAN, ABORTED]))

    assert "<@" not in words
    assert "<!subteam" not in words
    assert "session" not in words
    assert ADAM not in words
