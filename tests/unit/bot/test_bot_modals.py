"""Modals, refusals and answers: within Slack's limits, and with the words that people need."""

from dataclasses import replace

import pytest
from block_limits import assert_fits, assert_modal_fits
from shown import ADAM, APPROVAL, APPROVERS, BAD, GOOD, HARM, STATES, a_migration, harmful

from bot.messages import answers
from bot.messages.buttons import Press
from bot.messages.modals import FIELD_ERROR, View
from bot.messages.questions import asked
from bot.messages.refusals import field_error, refusal
from bot.messages.text import section
from migration.approvals import Reason
from migration.control_rules import Control
from migration.model import Status
from migration.plan import PROMOTE
from migration.service import Snapshot

LONGEST = "a" * 63


def question(snapshot: Snapshot) -> View:
    """What the modal shows once the evidence is there."""
    press = replace(Press.of(snapshot.migration), gate=PROMOTE)
    return asked(snapshot, press)


def words(view: View) -> str:
    """Everything it says."""
    return "\n".join(
        block["text"]["text"] for block in view["blocks"] if block["type"] == "section"
    )


def test_the_question_shows_what_it_rests_on() -> None:
    """Each check with its value, each number with its time, what stops, and the name to type."""
    view = question(STATES["waiting_open"])
    assert_modal_fits(view)
    assert "met: replication lag (0.4 s, at most 5 s)" in words(view)
    assert "lag: 0.4 s, from pg_stat_replication at <!date^" in words(view)
    assert "Begun now, it gives up at <!date^1800000900^{time_secs}|" in words(view)
    assert "not promoted by then (5 min), `orders` reopens" in words(view)
    assert "*Cancel* has it go back" in words(view)
    assert view["submit"]["text"] == "Promote"
    assert view["blocks"][-1]["label"]["text"] == "Type the source instance's name"


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ("waiting_shut", "*not met*: replication lag (12 s, at most 5 s)"),
        ("waiting_unseen", "could not be looked at"),
        ("waiting_old_evidence", "could not be looked at"),
        ("cutting_over", "approved this at"),
        ("cancelled", "this migration is cancelled"),
    ],
)
def test_without_a_question_there_is_no_button(state: str, said: str) -> None:
    """What keeps it shut is said instead."""
    view = question(STATES[state])
    assert_modal_fits(view)
    assert said in words(view)


def test_a_question_of_another_version_is_no_question() -> None:
    """The modal was opened by a button that is out of date by now."""
    snapshot = STATES["waiting_open"]
    old = replace(Press.of(snapshot.migration), version=0)
    assert "submit" not in asked(snapshot, old)


@pytest.mark.parametrize("harm", HARM)
def test_foreign_words_fit_into_modals(harm: str) -> None:
    """Whatever a check says."""
    snapshot = harmful(harm)
    assert_modal_fits(question(snapshot))
    met = tuple(replace(check, ok=True) for check in snapshot.evidence.checks)
    assert_modal_fits(question(replace(snapshot, evidence=replace(snapshot.evidence, checks=met))))


def refused(reason: Reason) -> str:
    """For the person who pressed."""
    migration = a_migration(Status.CUTTING_OVER, approval=APPROVAL)
    return refusal(reason, PROMOTE, migration, APPROVERS, "https://example.slack.com/p1")


@pytest.mark.parametrize("reason", [reason for reason in Reason if reason is not Reason.GRANTED])
def test_every_refusal_has_words(reason: Reason) -> None:
    """Why, who can, that nothing changed, and where the live message is."""
    text = refused(reason)
    assert "Nothing was changed. <https://example.slack.com/p1|The live message>" in text
    error = field_error(reason, PROMOTE, a_migration(), BAD, "Adam Approve")
    assert 0 < len(error) <= FIELD_ERROR


def test_refusals_name_who_can_and_who_did() -> None:
    """The two that people meet most."""
    assert "<!subteam^S0DBAONCALL> <@UADAM> can." in refused(Reason.NOT_AN_APPROVER)
    assert f"<@{ADAM}> approved this at" in refused(Reason.STALE)


def test_answers_fit() -> None:
    """Lists of the longest, help, and the question before a cancellation."""
    long = a_migration(id=f"{LONGEST}-0001", source=LONGEST)
    for message in (
        answers.listing([], []),
        answers.listing([long] * 12, []),
        answers.listing([long] * 400, [long] * 40),
        answers.usage(),
        answers.unknown("<!channel>" * 500, "start <!here>" * 500),
        answers.which([long] * 12),
        answers.really(Control.CANCEL, long),
        answers.told(section("x" * 9000)["text"]["text"]),
    ):
        assert_fits(message)


def test_a_list_names_what_it_leaves_out_and_cuts_no_line() -> None:
    """Whoever asked is mentioned in each line, and a mention that is cut calls nobody."""
    long = a_migration(id=f"{LONGEST}-0001", source=LONGEST)
    blocks = answers.listing([long] * 400, [long] * 40).blocks
    lines = "\n".join(block["text"]["text"] for block in blocks).splitlines()
    assert (lines[0], lines[31], lines[32]) == (
        "*Under way: 400*",
        "… and 370 more",
        "*Ended lately*",
    )
    assert len(lines) == 43
    assert sum(f"<@{long.requester}>" in line for line in lines) == 40


def test_good_evidence_is_of_now() -> None:
    """The builders' own promise: what is shown as open rests on evidence that holds."""
    assert GOOD.holds
    assert not BAD.holds
