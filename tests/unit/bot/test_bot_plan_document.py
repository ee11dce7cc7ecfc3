"""The plan of a cut-over as a document: all of it, for each way, in plain text."""

from dataclasses import replace

import pytest
from shown import ADAM, APPROVERS, HARM, NOW, RITA, a_migration, at_the_gate, by_snapshot, kept

from bot.messages.plan_document import CUT_OVER, SNAPSHOT, WITHOUT, plan_document
from bot.messages.readers import Readers
from bot.messages.thread import entries
from migration.events import GateReached
from migration.model import Migration, Options, Status
from migration.plan import CUT_OVER as CUT_OVER_STEP
from migration.plan import FREEZE, plan_for
from migration.ports import Recorded

NAMES = {RITA: "Rita & <Request>", ADAM: "Adam Approve"}


def without_login() -> Migration:
    """At its gate, by security groups and a reboot."""
    options = Options("orders-aurora", login=False, max_write_pause_seconds=1200.0)
    return replace(at_the_gate(), options=options, plan=plan_for("orders", options))


def text_of(migration: Migration) -> str:
    """The document."""
    return plan_document(migration, NAMES, sorted(APPROVERS), NOW).content


def test_it_says_who_when_within_what_and_the_way_back() -> None:
    """As people wrote it, without Slack's own signs."""
    words = text_of(at_the_gate())

    for said in (
        "Plan of the cut-over of orders-0001",
        "orders -> orders-aurora, by read replica",
        "As of 2027-01-15 08:10 UTC",
        f"Asked for by: Rita & <Request> ({RITA})",
        "Decided by: one of the user group S0DBAONCALL, Adam Approve (UADAM); never by whoever",
        "Until the promotion is sent: 5 min; over it, the source reopens",
        "It does not begin with a lag over 5 s",
        "Until the target is open: orders reopens with every write, by itself.",
        "Afterwards: none was asked for. Going back would lose what orders-aurora was given.",
        "[done] Validate the target",
        "[to do] Cut over (a person decides: promote)",
    ):
        assert said in words
    assert "`" not in words
    assert "&amp;" not in words


def test_it_says_how_many_decide_and_whether_the_requester_may() -> None:
    """By the rule that counts for its source."""
    by_two = plan_document(at_the_gate(), NAMES, [ADAM], NOW, wanted=2).content
    by_any = plan_document(at_the_gate(), NAMES, [ADAM], NOW, requester_too=True).content

    assert "Decided by: 2 of Adam Approve (UADAM); never by whoever asked for it\n" in by_two
    assert "Decided by: one of Adam Approve (UADAM)\n" in by_any
    assert "at once, or for when the gate opens next." in by_any


@pytest.mark.parametrize(
    ("migration", "phases", "pause"),
    [
        (at_the_gate(), CUT_OVER, "AWS's promotion takes most of it"),
        (without_login(), WITHOUT, "Minutes: a reboot"),
        (
            by_snapshot(Status.WAITING_FOR_APPROVAL, FREEZE, approval=None),
            SNAPSHOT,
            "minutes to hours with the size of the data",
        ),
    ],
    ids=["by replica", "without a login", "by snapshot"],
)
def test_each_way_has_its_own_phases_and_its_own_pause(
    migration: Migration, phases: tuple[tuple[str, str, str], ...], pause: str
) -> None:
    """In their order, each with what becomes of a failure."""
    words = text_of(migration)
    places = [words.index(f"{n}. {phase}") for n, (phase, _, _) in enumerate(phases, start=1)]

    assert places == sorted(places)
    assert all(fails in words for _, _, fails in phases)
    assert pause in words


def test_an_outage_has_one_budget() -> None:
    """From the approval on."""
    words = text_of(by_snapshot(Status.WAITING_FOR_APPROVAL, FREEZE, approval=None))

    assert "From the approval on: 4 h 0 min; then the source reopens" in words
    assert "Until the promotion is sent" not in words


def test_a_way_back_has_its_term() -> None:
    """And what becomes of it where it can't be prepared."""
    options = kept(Status.ACTIVE).options
    plan = plan_for("orders", options)
    position = [step.name for step in plan.steps].index(CUT_OVER_STEP)
    words = text_of(replace(at_the_gate(), options=options, plan=plan, position=position))

    assert "Afterwards: orders follows orders-aurora for 72 h" in words
    assert "Where it can't be prepared, the cut-over goes back." in words


@pytest.mark.parametrize("harm", HARM)
def test_foreign_words_make_no_line_of_their_own(harm: str) -> None:
    """Whatever a person is called."""
    words = plan_document(at_the_gate(), {RITA: harm, ADAM: harm}, [ADAM], NOW).content

    assert len(words.splitlines()) == len(text_of(at_the_gate()).splitlines())


def test_it_stands_in_the_thread_once_at_the_gate() -> None:
    """Below the entry that calls the approvers, under a name of its own."""
    history = [Recorded(1, GateReached(NOW, "promote")), Recorded(2, GateReached(NOW + 60, "x"))]
    made = entries(a_migration(), history, 0, Readers(APPROVERS, NAMES))
    names = [entry.upload.name if entry.upload else "" for entry in made]

    assert names == ["orders-0001-plan-1800000600.txt", "orders-0001-plan-1800000660.txt"]
