"""What people read and press in the cool-off: the way back, its term, the roll back, Finish."""

import json
from dataclasses import replace

import pytest
from block_limits import assert_fits, assert_modal_fits
from shown import (
    ADAM,
    APPROVERS,
    BACK,
    BACK_GOOD,
    COOL_OFF,
    GOOD,
    HARM,
    NOW,
    RETIRED,
    RITA,
    ROLL_BACK_FACTS,
    a_migration,
    at_the_gate,
    cooling_off,
    kept,
)

from bot.messages import answers
from bot.messages.buttons import Press
from bot.messages.cool_off import size
from bot.messages.question import NAME
from bot.messages.questions import asked
from bot.messages.readers import Readers
from bot.messages.refusals import field_error, refusal
from bot.messages.root import root
from bot.messages.thread import Entry, entries
from bot.messages.why_not import no_way_back
from migration.approvals import Reason
from migration.control_rules import Control
from migration.cool_off import BEHIND
from migration.events import (
    ActDone,
    Approved,
    CutOverBegan,
    CutOverStuck,
    CutOverTakenOver,
    DecisionWanted,
    Event,
    FinishRequested,
    MigrationCompleted,
    MigrationRolledBack,
    PhaseDone,
    RollBackAborted,
    RolledBack,
    StepDone,
)
from migration.model import (
    WENT_BACK,
    Check,
    Evidence,
    Migration,
    Problem,
    Reading,
    Status,
    Waiting,
)
from migration.plan import CUT_OVER, KEEP_WAY_BACK, PROMOTE, RETIRE_SOURCE, ROLL_BACK
from migration.ports import Recorded
from migration.service import Snapshot

READERS = Readers(APPROVERS, {RITA: "Rita Request", ADAM: "Adam <Approve>"})
CALLED = "<!subteam^S0DBAONCALL> <@UADAM>"
LONGEST = "a" * 63


def told(*history: Event, migration: Migration | None = None) -> list[Entry]:
    """The entries of a migration in its cool-off."""
    recorded = [Recorded(number, event) for number, event in enumerate(history, start=1)]
    return entries(migration or kept(Status.ACTIVE), recorded, 0, READERS)


def said(*history: Event, migration: Migration | None = None) -> str:
    """The words of the last entry."""
    entry = told(*history, migration=migration)[-1]
    assert_fits(entry.message)
    return entry.message.text


def words(snapshot: Snapshot) -> str:
    """All that the root says."""
    return json.dumps(root(snapshot, APPROVERS).blocks, ensure_ascii=False)


def question(snapshot: Snapshot, press: Press | None = None) -> dict[str, object]:
    """The modal of Roll back."""
    view = asked(snapshot, press or Press.of(snapshot.migration))
    assert_modal_fits(view)
    return view


# The root ---------------------------------------------------------------------------------------


def test_the_root_says_how_far_behind_the_source_is() -> None:
    """In seconds and bytes, with the last values as bars, the WAL kept, and the time left."""
    shown = words(COOL_OFF["cooling_off"])

    assert "`orders` is behind by *0.3 s* █▅▆ and 381 KiB █▅▆" in shown
    assert "`orders-aurora` keeps 16 MiB of WAL for `orders`" in shown
    assert "*2 d 23 h left* of the term of 72 h" in shown


def test_what_was_not_seen_is_no_zero() -> None:
    """Missing readings, and such as are no numbers, are said to be missing."""
    snapshot = COOL_OFF["cooling_off_unseen"]
    nothing = Reading(BEHIND, float("nan"), "bytes", "slot", NOW)

    assert "has not been seen yet" in words(snapshot)
    assert "has not been seen yet" in words(replace(snapshot, way_back={BEHIND: (nothing,)}))


def test_a_source_that_is_late_is_said_to_be() -> None:
    """As the step has it: after a minute."""
    assert "*75 s* (*late*)" in words(COOL_OFF["cooling_off_behind"])
    assert "late" not in words(COOL_OFF["cooling_off"])


def test_after_the_term_everybody_who_decides_is_named() -> None:
    """Approvers and whoever asked; what each button does."""
    text = root(COOL_OFF["cooling_off_over"], APPROVERS).text

    assert "its term is over, finish or roll back" in text
    assert f"{CALLED} <@{RITA}>" in text
    assert "Nothing is wanted" not in text


def test_a_term_ends_to_the_second() -> None:
    """At its end people are asked, and not before."""
    almost = cooling_off(kept(Status.ACTIVE, opened=NOW - 72 * 3600 + 1), 0.1)

    assert "The way back is kept" in root(almost, APPROVERS).text
    assert "term is over" in root(replace(almost, now=NOW + 1), APPROVERS).text


def test_a_halt_in_the_cool_off_shows_the_remedy_and_all_three_ways() -> None:
    """Retry, Roll back, Finish; the target is in use."""
    text = root(COOL_OFF["halted_in_cool_off"], APPROVERS).text

    assert "Make the same change on the source" in text
    for way in ("press Retry", "*Finish*", "*Roll back*", "which applications use"):
        assert way in text


def test_finish_asks_with_what_it_takes_away() -> None:
    """Within Slack's limit, for the longest name."""
    migration = kept(Status.ACTIVE, source=LONGEST)
    shown = root(cooling_off(migration), APPROVERS)
    assert_fits(shown)
    finish = shown.blocks[-1]["elements"][-1]

    text = finish["confirm"]["text"]["text"]
    for part in ("way back is given up", "would lose writes", "kept", "final snapshot"):
        assert part in text


def test_a_decided_cool_off_shows_no_readings() -> None:
    """They would say nothing any more."""
    for state in ("rolling_back", "applications_back", "rolled_back", "finishing"):
        assert "is behind by" not in words(COOL_OFF[state])


def test_once_back_nobody_reads_that_applications_use_the_target() -> None:
    """Not while the rest is taken down, not when that stops, and not at the end."""
    back = COOL_OFF["applications_back"]
    problem = Problem(KEEP_WAY_BACK, "The slot is still being read", NOW)
    stopped = replace(back.migration, status=Status.HALTED, problem=problem)

    for snapshot in (back, replace(back, migration=stopped), COOL_OFF["rolled_back"]):
        text = root(snapshot, APPROVERS).text
        assert "pplications use `orders`" in text
        assert "pplications use `orders-aurora`" not in text


def test_a_rolled_back_migration_shows_its_pause_and_what_is_left() -> None:
    """The roll back's figures first, then the cut-over's; then what people do."""
    shown = words(COOL_OFF["rolled_back"])

    assert "*Write pause 141 ms*" in shown
    assert "Before that, the cut-over: *Write pause 162 ms*" in shown
    assert "switch off its deletion protection and delete it" in shown
    assert "poolers' agents" not in shown
    assert "poolers' agents" in words(COOL_OFF["rolled_back_by_hand"])


@pytest.mark.parametrize("harm", HARM)
def test_foreign_words_stay_words(harm: str) -> None:
    """Whatever a step, AWS or SQL said."""
    facts = {
        ROLL_BACK: {**ROLL_BACK_FACTS, "sessions_ended": [harm] * 40, "checked": {harm: harm}},
        RETIRE_SOURCE: {
            "final_snapshot": harm,
            "tags": {harm: harm},
            "by_hand": [harm] * 40,
            harm: harm,
        },
        KEEP_WAY_BACK: {"lost": harm},
    }
    problem = Problem(ROLL_BACK, harm, NOW)
    waiting = Waiting(harm, NOW, None)
    everything = {"facts": facts, "problem": problem, "waiting": waiting, "aborted": harm}
    for status in (Status.ACTIVE, Status.HALTED, Status.ROLLING_BACK, Status.ROLLED_BACK):
        assert_fits(root(cooling_off(kept(status, **everything), 0.1), APPROVERS))
    assert_fits(root(Snapshot(kept(Status.COMPLETED, **everything), (), None, NOW), APPROVERS))
    assert_fits(answers.told(no_way_back(kept(Status.COMPLETED, **everything))))
    assert_fits(root(cooling_off(kept(Status.ACTIVE, aborted=harm), 0.1), APPROVERS))
    for event in (
        RollBackAborted(NOW, harm),
        RolledBack(NOW, facts[ROLL_BACK]),
        CutOverStuck(NOW, harm, back=True),
        FinishRequested(NOW, harm),
        MigrationCompleted(NOW),
    ):
        for entry in told(event, migration=kept(Status.COMPLETED, **everything)):
            assert_fits(entry.message)


@pytest.mark.parametrize(
    ("count", "shown"),
    [(0, "0 bytes"), (1023, "1023 bytes"), (1024, "1 KiB"), (3.5 * 2**30, "3.5 GiB")],
)
def test_bytes_are_told_in_a_unit_that_says_something(count: float, shown: str) -> None:
    """Binary units, as PostgreSQL has them; the largest one has no end."""
    assert size(count) == shown
    assert size(2**70).endswith(" TiB")


# The modal --------------------------------------------------------------------------------------


def test_the_question_says_what_will_come_of_it() -> None:
    """Writes wait, none is lost, when it gives up, and what becomes of the target."""
    view = question(cooling_off(kept(Status.ACTIVE), 0.1, evidence=BACK_GOOD))
    text = json.dumps(view, ensure_ascii=False)

    for part in (
        "back to `orders`",
        "Writes to `orders-aurora` stop",
        "No write is lost",
        "not through by then (5 min), `orders-aurora` takes writes again",
        "kept, closed to applications",
        "one starts afresh",
        "✔ met: Source follows (0.3 s behind)",
    ):
        assert part in text
    assert view["callback_id"] == ROLL_BACK
    assert view["blocks"][-1]["block_id"] == NAME
    assert json.loads(view["private_metadata"])["g"] == ROLL_BACK


def test_a_halted_one_can_be_rolled_back() -> None:
    """The question is the same."""
    problem = COOL_OFF["halted_in_cool_off"].migration.problem
    halted = kept(Status.HALTED, problem=problem)
    assert "submit" in question(cooling_off(halted, evidence=BACK_GOOD))


def test_what_the_promotion_rested_on_opens_no_roll_back() -> None:
    """It is of five minutes ago at most, and still of another question."""
    just_opened = kept(Status.ACTIVE, opened=GOOD.at + 1)
    view = question(cooling_off(just_opened, evidence=GOOD))

    assert "submit" not in view
    assert "could not be looked at" in json.dumps(view)


@pytest.mark.parametrize(
    ("snapshot", "part"),
    [
        (cooling_off(kept(Status.ACTIVE)), "could not be looked at"),
        (cooling_off(kept(Status.ACTIVE), evidence=replace(BACK_GOOD, at=NOW - 301)), "could not"),
        (
            cooling_off(
                kept(Status.ACTIVE),
                evidence=Evidence((Check("Source follows", ok=False, detail="late"),), (), NOW),
            ),
            "*not met*: Source follows (late)",
        ),
    ],
)
def test_without_evidence_that_holds_there_is_no_question(snapshot: Snapshot, part: str) -> None:
    """What keeps it shut is said instead."""
    view = question(snapshot)
    assert "submit" not in view
    assert part in json.dumps(view, ensure_ascii=False)


def test_a_question_of_another_version_is_none() -> None:
    """The button was drawn before people were asked, say."""
    snapshot = cooling_off(kept(Status.ACTIVE), evidence=BACK_GOOD)
    old = replace(Press.of(snapshot.migration), version=0)
    assert "out of date" in json.dumps(question(snapshot, old))


# Refusals ---------------------------------------------------------------------------------------

NO_WAY_BACK = {
    "rolling back": (kept(Status.ROLLING_BACK, approval=BACK), f"approved by <@{ADAM}> at"),
    "rolled back": (COOL_OFF["rolled_back"].migration, "use `orders` again already"),
    "by hand": (COOL_OFF["rolled_back_by_hand"].migration, "use `orders` again already"),
    "before the cut-over": (at_the_gate(), "`/migrate cancel orders-0001` ends"),
    "cancelled": (a_migration(Status.CANCELLED), "never used `orders-aurora`"),
    "begun without": (a_migration(Status.COMPLETED), "begun without a way back"),
    "lost": (
        kept(Status.COMPLETED, facts={KEEP_WAY_BACK: {"lost": "the slot is <gone>"}}),
        "any more: the slot is &lt;gone&gt;",
    ),
    "finished": (kept(Status.ACTIVE, finishing_by=RITA), f"<@{RITA}> finished this migration"),
    "completed": (kept(Status.COMPLETED), "this migration is completed"),
    "not yet": (
        replace(kept(Status.ACTIVE), position=kept(Status.ACTIVE).position - 1),
        "not being kept yet",
    ),
}


@pytest.mark.parametrize("name", NO_WAY_BACK)
def test_whoever_asks_in_vain_reads_why(name: str) -> None:
    """For each way in which there is nothing to go back to; the button's refusal says the same."""
    migration, part = NO_WAY_BACK[name]

    assert part in no_way_back(migration)
    assert part in refusal(Reason.NOT_WAITING, ROLL_BACK, migration, APPROVERS)


def test_an_approval_of_the_promotion_is_not_taken_for_one_of_the_roll_back() -> None:
    """The migration keeps one approval: the last."""
    cooling = kept(Status.ACTIVE)

    assert "out of date" in refusal(Reason.STALE, ROLL_BACK, cooling, APPROVERS)
    assert "has changed" in field_error(Reason.STALE, ROLL_BACK, cooling, None, "Adam")
    back = kept(Status.ROLLING_BACK, approval=BACK)
    assert "approved this" in field_error(Reason.STALE, ROLL_BACK, back, None, "Adam")
    assert "rolling back" in refusal(Reason.NOT_WAITING, PROMOTE, back, APPROVERS)


# The thread -------------------------------------------------------------------------------------


def test_a_roll_back_is_never_called_a_cut_over() -> None:
    """It begins, is taken over, is stuck: each says which of the two it is."""
    began = said(CutOverBegan(NOW, 2, NOW + 300, back=True))
    assert "*The roll back began* (attempt 2)" in began
    assert "`orders-aurora` takes writes again" in began
    assert "carried out the roll back" in said(CutOverTakenOver(NOW, 3, back=True))
    stuck = said(CutOverStuck(NOW, "no <pooler>", back=True))
    assert "The roll back is stuck. no &lt;pooler&gt;" in stuck
    assert CALLED in stuck
    approved = said(Approved(NOW, ROLL_BACK, ADAM, BACK_GOOD))
    assert "*Roll back approved* by Adam &lt;Approve&gt;" in approved


def test_a_roll_back_that_is_called_off_folds_its_phases_in_and_calls_approvers() -> None:
    """The target takes writes, the way back is kept, and who may try again is called."""
    text = said(PhaseDone(NOW, "pause", 12.3, {}), RollBackAborted(NOW, "a session & <more>"))

    assert "called off; `orders-aurora` takes writes*, and the way back is kept" in text
    assert "a session &amp; &lt;more&gt;" in text
    assert f"{CALLED}: to try again" in text
    assert "Phases: pause 12 ms" in text


def test_a_roll_back_ends_with_its_figures() -> None:
    """The pause, each phase once, what was checked, whose sessions ended."""
    text = said(
        PhaseDone(NOW, "pause", 11.0, {}),
        ActDone(NOW, ROLL_BACK, "point_poolers", {}),
        RolledBack(NOW, ROLL_BACK_FACTS),
    )

    assert "*Rolled back: applications use `orders` again*, with every write." in text
    assert "*Write pause 141 ms* as two probing clients saw it" in text
    assert text.count("pause 11 ms") == 1
    assert "Checked before it was opened: sequences 3, tables 7." in text
    assert "psql of &lt;dba&gt;" in text


@pytest.mark.parametrize(("by_hand", "part"), [(False, "Done: rolled back"), (True, "by hand")])
def test_the_end_says_what_is_left_to_do(*, by_hand: bool, part: str) -> None:
    """Look, switch the protection off, delete, lead back what knew the target directly."""
    facts = {KEEP_WAY_BACK: {"ended": WENT_BACK}} if by_hand else {ROLL_BACK: ROLL_BACK_FACTS}
    migration = kept(Status.ROLLED_BACK, facts=facts)
    text = said(MigrationRolledBack(NOW, by_hand=by_hand), migration=migration)

    for one in (part, "Look at `orders-aurora`", "delete it", "by its own address"):
        assert one in text


def test_after_the_term_approvers_and_requester_are_called() -> None:
    """And told how often; nobody is called by what else happens there."""
    first, again = said(DecisionWanted(NOW, 1)), said(DecisionWanted(NOW, 3))

    assert f"{CALLED} <@{RITA}>" in first
    assert "finish or roll back?" in first
    assert "asked 3 times by now" in again
    assert "times by now" not in first
    for quiet in (RolledBack(NOW, {}), FinishRequested(NOW, RITA), MigrationRolledBack(NOW)):
        assert "<@" not in said(quiet)
        assert "<!" not in said(quiet)


def test_who_finished_is_named() -> None:
    """Without being called."""
    assert "*Finished* by Rita Request" in said(FinishRequested(NOW, RITA))


def test_the_channel_sees_what_it_must() -> None:
    """Called off, rolled back, asked, ended; who finished stays in the thread."""
    broadcast = (
        RollBackAborted(NOW, "no"),
        RolledBack(NOW, {}),
        DecisionWanted(NOW, 1),
        MigrationRolledBack(NOW),
        CutOverStuck(NOW, "no", back=True),
    )
    assert all(told(event)[0].broadcast for event in broadcast)
    for event in (FinishRequested(NOW, RITA), CutOverBegan(NOW, 1, NOW, back=True)):
        assert not told(event)[0].broadcast


def test_the_channel_hears_of_a_cut_over_whose_migration_ends_days_later() -> None:
    """Without a cool-off the end is said a moment later, and once is enough."""
    done = StepDone(NOW, CUT_OVER, {"orchestrator_ms": 142.4})

    assert told(done)[0].broadcast
    assert not told(done, migration=a_migration(Status.COMPLETED))[0].broadcast


def test_a_way_back_that_was_used_is_not_said_to_be_gone() -> None:
    """The step's own word for it reads like a loss."""
    assert "it was used" in said(StepDone(NOW, KEEP_WAY_BACK, {"ended": WENT_BACK, "lost": ""}))


def test_a_finished_migration_lists_what_became_of_the_source() -> None:
    """Snapshot, protection, tags, and what is left by hand."""
    migration = kept(Status.COMPLETED, facts={RETIRE_SOURCE: RETIRED})
    text = said(MigrationCompleted(NOW), migration=migration)

    assert "final snapshot `daybreak-orders-0001-final`, deletion protection on" in text
    assert "• Remove its alarms &amp; &lt;dashboards&gt;." in text


def test_a_source_that_is_gone_is_not_said_to_be_kept() -> None:
    """What there is to see to is said all the same."""
    gone = {"source_kept": False, "by_hand": ["`orders` is gone: see who deleted it"]}
    migration = kept(Status.COMPLETED, facts={RETIRE_SOURCE: gone})
    shown = Snapshot(migration, (), None, NOW)

    for text in (said(MigrationCompleted(NOW), migration=migration), words(shown)):
        assert "see who deleted it" in text
        assert "is kept" not in text


def test_both_commands_are_in_the_help() -> None:
    """And the question before finishing fits for the longest names."""
    help_text = answers.usage().text
    assert "`/migrate roll-back &lt;id&gt;`" in help_text
    assert "`/migrate finish &lt;id&gt;`" in help_text
    long = kept(Status.ACTIVE, id=f"{LONGEST}-1", source=LONGEST)
    assert_fits(answers.really(Control.FINISH, long))
    assert_fits(answers.which_one("finish"))
