"""The thread: which events make an entry, what is folded into it, whom it calls."""

from collections.abc import Sequence

import pytest
from block_limits import assert_fits
from shown import ADAM, APPROVERS, BAD, GOOD, HARM, NOW, RITA, a_migration

from bot.messages.readers import Readers
from bot.messages.thread import Entry, entries
from migration.events import (
    ActDone,
    ActIntended,
    ApprovalRefused,
    Approved,
    CancelRequested,
    CutOverAborted,
    CutOverBegan,
    CutOverCancelled,
    Event,
    GateReached,
    MigrationCancelled,
    MigrationCompleted,
    MigrationHalted,
    MigrationPaused,
    MigrationResumed,
    MigrationRetried,
    MigrationStarted,
    PhaseDone,
    StepCompensated,
    StepDone,
    StepFailed,
)
from migration.ports import Recorded

READERS = Readers(APPROVERS, {RITA: "Rita Request", ADAM: "Adam <Approve>"})
HISTORY: list[Event] = [
    MigrationStarted(NOW, RITA, "orders", "orders-aurora"),
    ActIntended(NOW, "create_replica", "create_db_cluster", {}),
    ActDone(NOW, "create_replica", "create_db_cluster", {}),
    StepFailed(NOW, "create_replica", "Throttling: Rate exceeded", 1),
    StepDone(NOW, "create_replica", {"cluster": "orders-aurora", "encrypted": True}),
    GateReached(NOW, "promote"),
    ApprovalRefused(NOW, "promote", "UOSCAR", "not an approver"),
    Approved(NOW, "promote", ADAM, GOOD),
    CutOverBegan(NOW, 1, NOW + 300),
    PhaseDone(NOW, "pause", 12.3, {}),
    PhaseDone(NOW, "fence", 30.1, {}),
    CutOverAborted(NOW, "a session did not end"),
    CancelRequested(NOW, RITA, during_cut_over=True),
    CutOverCancelled(NOW, RITA, "a <reason>", 2.34),
    MigrationHalted(NOW, "cut_over", "the target does not answer"),
    MigrationRetried(NOW, RITA, "cut_over"),
    MigrationPaused(NOW, RITA, "watch_lag"),
    MigrationResumed(NOW + 90, ADAM, "watch_lag", 5400.0),
    CancelRequested(NOW, RITA),
    StepCompensated(NOW, "create_replica", {"kept": "final snapshot"}),
    MigrationCancelled(NOW),
    MigrationCompleted(NOW),
]
SILENT = (ActIntended, ActDone, PhaseDone, ApprovalRefused)
CALLED = "<!subteam^S0DBAONCALL> <@UADAM>"


def told(history: Sequence[Event], after: int = 0) -> list[Entry]:
    """The entries for the events numbered higher than `after`."""
    numbered = [Recorded(number, event) for number, event in enumerate(history, start=1)]
    return entries(a_migration(requester=RITA), numbered, after, READERS)


def text_of(*history: Event) -> str:
    """The words of the last entry."""
    return told(history)[-1].message.text


def test_what_is_meaningful_makes_an_entry() -> None:
    """In order, under the event's own number; acts, phases and refusals make none."""
    wanted = [number for number, event in enumerate(HISTORY, 1) if not isinstance(event, SILENT)]
    assert [entry.number for entry in told(HISTORY)] == wanted
    for entry in told(HISTORY):
        assert_fits(entry.message)


@pytest.mark.parametrize("after", range(len(HISTORY) + 1))
def test_where_one_left_off_changes_no_entry(after: int) -> None:
    """An entry is the same whether it is posted in a row or after a crash."""
    assert told(HISTORY, after) == [entry for entry in told(HISTORY) if entry.number > after]


def test_acts_and_phases_are_folded_into_what_closes_them() -> None:
    """Nothing of the audit is lost, and nobody is told of each call."""
    assert "Did `create_db_cluster`." in told(HISTORY)[1].message.text
    aborted = next(e for e in told(HISTORY) if "went back" in e.message.text)
    assert "pause 12 ms · fence 30 ms" in aborted.message.text


def test_a_cut_over_ends_with_its_figures() -> None:
    """The pause, each phase once, and what was checked; times are shown as times."""
    facts = {"orchestrator_ms": 142.4, "phases_ms": {"pause": 12.3}, "checked": {"roles": 5}}
    text = text_of(PhaseDone(NOW, "pause", 12.3, {}), StepDone(NOW, "cut_over", facts))
    assert "*Write pause 142 ms* by Daybreak's own clock" in text
    assert "What a client waited was not measured." in text
    assert text.count("pause 12 ms") == 1
    assert "Checked before it was opened: roles 5." in text
    assert "• seen at: <!date^" in text_of(StepDone(NOW, "watch_lag", {"seen_at": NOW}))


@pytest.mark.parametrize(
    ("probe", "words"),
    [
        (
            {"longest_wait_ms": 161.8, "gap_ms": 97.3, "errors": 0},
            (
                "*Write pause 162 ms* as two probing clients saw it, the longest that one of them "
                "waited; 97 ms between two acknowledgements. From pause to resume 142 ms by "
                "Daybreak's own clock."
            ),
        ),
        (
            {"longest_wait_ms": 161.8, "gap_ms": None, "errors": 2},
            (
                "the longest that one of them waited. From pause to resume 142 ms by "
                "Daybreak's own clock. They saw 2 errors."
            ),
        ),
        ({"not_measured": "no <door>"}, "What a client waited was not measured: no &lt;door&gt;."),
    ],
)
def test_the_pause_is_told_as_clients_saw_it(probe: dict[str, object], words: str) -> None:
    """What was not measured is said to be, and never is a zero."""
    facts = {"orchestrator_ms": 142.4, "probe": probe}
    assert words in text_of(StepDone(NOW, "cut_over", facts))


def test_a_cancel_during_the_cut_over_is_told_with_what_it_cost() -> None:
    """Who cancelled, that the source takes writes, and after how long."""
    asked = CancelRequested(NOW, RITA, during_cut_over=True)
    assert "the cut-over goes back first" in text_of(asked)
    words = text_of(asked, CutOverCancelled(NOW, RITA, "Nothing was <lost>.", 2.34))
    assert "cancelled by Rita Request; `orders` takes writes*, 2.3 s after they were held" in words
    assert "Nothing was &lt;lost&gt;." in words


def test_the_channel_sees_what_it_must() -> None:
    """Approval needed, stopped, gone back, and the end; the rest stays in the thread."""
    shown = {type(HISTORY[entry.number - 1]) for entry in told(HISTORY) if entry.broadcast}
    assert shown == {
        GateReached,
        CutOverAborted,
        CutOverCancelled,
        MigrationHalted,
        MigrationCancelled,
        MigrationCompleted,
    }


def test_only_those_are_called_who_must_act() -> None:
    """Approvers at a gate, the requester at a halt; others are named without a sound."""
    assert CALLED in text_of(GateReached(NOW, "promote"))
    assert CALLED in text_of(CutOverAborted(NOW, "no"))
    assert f"<@{RITA}>" in text_of(MigrationHalted(NOW, "cut_over", "no"))
    halts = (CutOverAborted(NOW, "no"), MigrationHalted(NOW, "cut_over", "no"))
    assert CALLED not in told(halts)[0].message.text
    quiet = [
        event
        for event in HISTORY
        if not isinstance(event, GateReached | CutOverAborted | MigrationHalted)
    ]
    assert not [entry for entry in told(quiet) if "<@" in entry.message.text]
    assert "by Adam &lt;Approve&gt;" in text_of(Approved(NOW, "promote", ADAM, BAD))


@pytest.mark.parametrize("harm", HARM)
def test_foreign_words_stay_words(harm: str) -> None:
    """They call nobody and break no limit."""
    for event in (
        MigrationHalted(NOW, harm, harm),
        StepFailed(NOW, "check_source", harm, 1),
        StepDone(NOW, "check_source", {harm: harm, "many": [harm] * 50}),
        CutOverAborted(NOW, harm),
        PhaseDone(NOW, harm, 1.0, {}),
        ActDone(NOW, "check_source", harm, {}),
        StepDone(NOW, "check_source", {}),
    ):
        for entry in told([event, StepDone(NOW, "check_source", {})]):
            assert_fits(entry.message)


def test_what_has_to_be_mended_stands_in_lines_of_its_own() -> None:
    """Four obstacles in one paragraph are read as none."""
    reason = "It can't be moved. Mend this:\n• its engine is <old>.\n• its storage is full."
    assert "Mend this:\n• its engine is &lt;old&gt;.\n• its storage is full." in text_of(
        MigrationHalted(NOW, "check_source", reason)
    )
