"""Approvals in words: in the root, the dialog, the thread, and to who is refused."""

from dataclasses import replace

import pytest
from block_limits import assert_fits, assert_modal_fits
from shown import (
    ADAM,
    APPROVERS,
    BACK,
    FROZEN_UNTIL,
    GIVEN,
    GOOD,
    HARM,
    NOW,
    RITA,
    RULE,
    STATES,
    at_the_gate,
    cooling_off,
    kept,
    snapshot,
    under,
)

from bot.messages.buttons import Press
from bot.messages.modals import FIELD_ERROR, View
from bot.messages.question import NAME, REASON, TICKET
from bot.messages.questions import asked
from bot.messages.readers import Readers
from bot.messages.refusals import field_error, refusal
from bot.messages.root import root
from bot.messages.thread import actors, entries
from migration.approvals import Reason
from migration.events import ApprovalsVoided, Approved, Event, GateReached, ScheduledBegan
from migration.model import Status
from migration.policy import Rule
from migration.ports import Recorded
from migration.service import Snapshot
from migration.windows import Shut

GATE = snapshot(at_the_gate(), GOOD)
READERS = Readers(APPROVERS, {RITA: "Rita", ADAM: "Adam <A>"}, wanted=2)
STRICT = replace(RULE, reason_required=True, ticket_required=True)
UNTIL = "<!date^1800001380^{time_secs}|08:23:00 UTC>"


def question(shown: Snapshot, *, break_glass: bool = False) -> View:
    """What stands before whoever pressed."""
    view = asked(shown, replace(Press.of(shown.migration), break_glass=break_glass))
    assert_modal_fits(view)
    return view


def fields(view: View) -> dict[str, bool]:
    """The inputs, and whether each may stay empty."""
    return {
        block["block_id"]: block["optional"] for block in view["blocks"] if block["type"] == "input"
    }


def said(event: Event, readers: Readers = READERS) -> str:
    """Its entry in the thread."""
    (entry,) = entries(at_the_gate(), [Recorded(1, event)], 0, readers)
    assert_fits(entry.message)
    return entry.message.text


def test_the_root_counts_and_says_who_is_still_wanted() -> None:
    """By whom, and until when it counts; the requester is not called."""
    text = root(STATES["waiting_one_of_two"], APPROVERS).text

    assert f"with 1 of 2 approvals, by <@{ADAM}> until {UNTIL}" in text
    assert f"1 more of you, not <@{RITA}>, with *Promote*" in text
    assert "with 0 of 2 approvals.*" in root(STATES["waiting_for_two"], APPROVERS).text


@pytest.mark.parametrize(
    ("state", "why"),
    [
        ("waiting_outside_window", "No window for changes is open. It opens at <!date^1800004200^"),
        ("waiting_in_a_freeze", "frozen from 2027-01-14 to 2027-01-16: the &lt;big&gt; sale."),
    ],
)
def test_a_gate_that_its_hours_hold_shut_has_no_button_and_says_when_it_opens(
    state: str, why: str
) -> None:
    """Though all conditions hold."""
    message = root(STATES[state], APPROVERS)
    captions = [
        element["text"]["text"]
        for block in message.blocks
        for element in block.get("elements", [])
        if element.get("type") == "button"
    ]

    assert why in message.text
    assert "Promote" not in captions
    assert "Cancel" in captions


def test_what_is_scheduled_says_for_when_and_what_is_still_wanted() -> None:
    """Schedule while approvals are missing, Call off from the first one on."""
    at = "<!date^1800004200^{date_short} {time}|2027-01-15 09:10 UTC>"
    shut = root(STATES["waiting_outside_window"], APPROVERS)
    one = root(STATES["waiting_one_of_two_scheduled"], APPROVERS)
    both = root(STATES["waiting_scheduled"], APPROVERS)

    assert "'Schedule'" in str(shut.blocks)
    assert "'Call off'" not in str(shut.blocks)
    assert f"*To begin at {at}, with 1 of 2 approvals, by <@UANNA> for {at}.*" in one.text
    assert "1 more, with *Schedule*" in one.text
    assert "'Schedule'" in str(one.blocks)
    assert "'Call off'" in str(one.blocks)
    assert f"*Scheduled for {at}, with 2 of 2 approvals" in both.text
    assert "'Schedule'" not in str(both.blocks)
    assert "'Call off'" in str(both.blocks)
    assert "*About to begin, as scheduled.*" in root(STATES["waiting_due"], APPROVERS).text


def test_the_dialog_of_a_later_time_says_so_and_its_press_carries_it() -> None:
    """Another time, or none, is another question."""
    shown = STATES["waiting_outside_window"]
    press = replace(Press.of(shown.migration), begins_at=int(NOW + 3600))
    view = asked(shown, press)
    assert_modal_fits(view)

    assert "*For <!date^1800004200^" in str(view)
    assert "and not now.* Then every condition is looked at again" in str(view)
    assert "0 of 2 approvals.* Yours is number 1." in str(view)
    assert view["submit"]["text"] == "Schedule"
    assert Press.parse(press.value) == press == Press.parse(view["private_metadata"])
    assert press.click.begins_at == NOW + 3600


def test_a_freeze_of_the_source_is_not_for_later() -> None:
    """Its dialog tells times from now on."""
    freeze = under(STATES["freeze_open"], gate="freeze", shut=Shut(None, NOW + 3600))

    assert "'Schedule'" not in str(root(freeze, APPROVERS).blocks)


def test_what_begins_as_scheduled_and_what_is_called_off_is_said() -> None:
    """By whom, upon what; the channel sees that it begins."""
    began = ScheduledBegan(NOW, "promote", (ADAM, "UANNA"), GOOD)
    off = ApprovalsVoided(NOW, "promote", (ADAM,), "It was called off.", RITA)
    later = replace(APPROVED, begins_at=NOW + 3600)

    assert "*It begins as scheduled*, approved by Adam &lt;A&gt; and UANNA, on what" in said(began)
    assert "replication lag (0.4 s" in said(began)
    assert entries(at_the_gate(), [Recorded(1, began)], 0, READERS)[0].broadcast
    assert said(off) == "*Called off* by Rita: the approval of Adam &lt;A&gt; counts no more."
    assert "(1 of 2) for <!date^1800004200^" in said(later)


def test_what_began_names_all_who_approved() -> None:
    """Or who broke the glass."""
    assert (
        f"Approved by <@UANNA> and <@{ADAM}> at"
        in root(STATES["cutting_over_by_two"], APPROVERS).text
    )
    glass = root(STATES["cutting_over_glass_broken"], APPROVERS).text
    assert f"<@{ADAM}> broke the glass at" in glass


def test_the_dialog_says_what_comes_of_this_approval() -> None:
    """The first begins nothing, the last does; the plan's hash and the rule stand there."""
    first, last = str(question(under(GATE))), str(question(STATES["waiting_one_of_two"]))

    assert "0 of 2 approvals.* Yours is number 1: it counts for 15 min" in first
    assert f"1 of 2 approvals, by <@{ADAM}> until {UNTIL}.* Yours is number 2: with it" in last
    assert "Plan `0123456789ab` · rule `production`" in first
    alone = str(question(under(GATE, rule=Rule(APPROVERS))))
    assert "approvals" not in alone
    assert "Plan `0123456789ab`" in alone


def test_the_dialog_has_the_fields_that_the_rule_asks_for() -> None:
    """A ticket by its pattern alone may stay empty; breaking the glass wants a reason, always."""
    pattern = replace(RULE, ticket_pattern="OPS-[0-9]+")

    assert fields(question(GATE)) == {NAME: False}
    assert fields(question(under(GATE))) == {NAME: False}
    assert fields(question(under(GATE, rule=STRICT))) == {NAME: False, REASON: False, TICKET: False}
    assert fields(question(under(GATE, rule=pattern))) == {NAME: False, TICKET: True}
    assert fields(question(under(GATE), break_glass=True)) == {NAME: False, REASON: False}
    broken = question(under(GATE, rule=STRICT), break_glass=True)
    assert fields(broken) == {NAME: False, REASON: False, TICKET: True}


def test_breaking_the_glass_says_what_is_left_out_and_what_is_not() -> None:
    """And whom it calls."""
    shut = Shut(FROZEN_UNTIL, NOW + 60)
    view = question(under(GATE, shut=shut), break_glass=True)

    assert view["title"]["text"] == "Break the glass"
    assert '"b": 1' in view["private_metadata"]
    assert "It begins without 2 approvals, and although: Changes are frozen" in str(view)
    assert "Every condition below counts as ever. <!subteam^S0DBAONCALL> <@UADAM> are told" in str(
        view
    )
    alone = question(under(GATE, rule=Rule(APPROVERS)), break_glass=True)
    assert "It begins without a second person. Every" in str(alone)


def test_a_press_for_an_emergency_is_not_one_of_the_button() -> None:
    """What a modal carries comes back as it was."""
    press = Press("orders-0001", "promote", 3, break_glass=True)

    assert Press.parse(press.value) == press
    assert not Press.parse(replace(press, break_glass=False).value).break_glass
    assert press.click.break_glass


APPROVED = Approved(
    NOW,
    "promote",
    ADAM,
    GOOD,
    number=1,
    wanted=2,
    expires_at=NOW + 780,
    reason="planned <today>",
    ticket="OPS-1",
    rule=RULE.told(),
)


def test_an_approval_stands_in_the_thread_with_its_reason_and_who_is_wanted() -> None:
    """The last one calls nobody any more."""
    first = said(APPROVED)
    last = said(replace(APPROVED, number=2))

    assert "*Approved* (1 of 2) by Adam &lt;A&gt;, on what was seen" in first
    assert "Reason: planned &lt;today&gt;\nTicket: OPS-1" in first
    assert f"<!subteam^S0DBAONCALL> <@UADAM>: 1 more, by somebody else, until {UNTIL}" in first
    assert "<@UADAM>" not in last


def test_breaking_the_glass_calls_every_approver_in_thread_and_channel() -> None:
    """By name of who did it, why, and under which rule."""
    event = replace(APPROVED, break_glass=True)
    (entry,) = entries(at_the_gate(), [Recorded(1, event)], 0, READERS)

    assert entry.broadcast
    assert "Adam &lt;A&gt; broke the glass*: approved without what the rule `production`" in (
        entry.message.text
    )
    assert "<!subteam^S0DBAONCALL> <@UADAM>, please look" in entry.message.text
    assert "Reason: planned" in entry.message.text
    assert not entries(at_the_gate(), [Recorded(1, APPROVED)], 0, READERS)[0].broadcast


def test_what_counts_no_more_is_said_with_its_reason() -> None:
    """Whose it was, by name."""
    event = ApprovalsVoided(NOW, "promote", (ADAM, "UANNA"), "The <plan> is another one now.")

    assert said(event) == (
        "*Void*: the approval of Adam &lt;A&gt;, UANNA. The &lt;plan&gt; is another one now. "
        "Whoever still wants it approves anew."
    )
    assert actors([Recorded(1, event)]) == {ADAM, "UANNA"}


def test_the_call_for_approvals_is_for_those_whom_the_rule_means() -> None:
    """So many, and the requester where they may."""
    gate = GateReached(NOW, "promote")

    assert "<@UADAM>: 2 of you but Rita." in said(gate)
    anyone = said(gate, replace(READERS, wanted=1, requester_too=True))
    assert "<@UADAM>: anyone of you. The button" in anyone


def test_the_way_back_is_for_whom_the_rule_means() -> None:
    """In the cool-off too."""
    shown = cooling_off(kept(Status.ACTIVE, approval=BACK), 0.4)
    too = replace(RULE, requester_may_approve=True)

    assert f"An approver other than <@{RITA}> can roll back" in root(under(shown), APPROVERS).text
    assert "An approver can roll back" in root(under(shown, rule=too), APPROVERS).text


STAGED = replace(RULE, rehearsed_on=("orders-staging",))


def test_what_has_to_be_rehearsed_first_is_said_and_then_shown() -> None:
    """In the root, and to who asks for it all the same; the dialog names what was one."""
    lacking = under(GATE, rule=STAGED)
    message = root(lacking, APPROVERS)
    wanted = "The rule `production` wants a completed migration of `orders-staging` by the same"

    assert f"the gate is shut.* {wanted} steps first, and there is none." in message.text
    assert "Promote" not in str(message.blocks[-1])
    told = refusal(Reason.NOT_REHEARSED, "promote", GATE.migration, APPROVERS, "", lacking.terms)
    assert wanted in told
    shown = str(question(under(GATE, rule=STAGED, rehearsal="orders-staging-0001")))
    assert "Rehearsed: `orders-staging-0001` was completed by the same steps." in shown


@pytest.mark.parametrize(
    ("reason", "changes", "words"),
    [
        (
            Reason.OUTSIDE_WINDOW,
            {"shut": Shut(None, NOW + 60)},
            "Not now: No window for changes is open. It opens at",
        ),
        (
            Reason.IN_A_FREEZE,
            {"shut": Shut(FROZEN_UNTIL, None)},
            (
                "frozen from 2027-01-14 to 2027-01-16: the &lt;big&gt; sale. In an emergency "
                "<!subteam^S0DBAONCALL> <@UADAM> can break the glass: `/migrate break-glass "
                "orders-0001`."
            ),
        ),
        (
            Reason.APPROVED_ALREADY,
            {"given": (GIVEN,)},
            f"You approved this already: 1 of 2 approvals, by <@{ADAM}> until",
        ),
    ],
)
def test_who_is_refused_reads_why_and_until_when(
    reason: Reason, changes: dict[str, object], words: str
) -> None:
    """And that nothing was changed."""
    terms = under(GATE, **changes).terms
    told = refusal(reason, "promote", GATE.migration, APPROVERS, "https://x", terms)

    assert words in told
    assert "Nothing was changed." in told


@pytest.mark.parametrize("reason", [one for one in Reason if one is not Reason.GRANTED])
def test_every_refusal_has_its_words(reason: Reason) -> None:
    """For the button, and for the field, with whoever came first."""
    given = replace(GATE.migration, given=(GIVEN,))
    field = field_error(reason, "promote", given, GOOD, "adam")

    assert refusal(reason, "promote", GATE.migration, APPROVERS, "", under(GATE).terms)
    assert 0 < len(field) <= FIELD_ERROR
    if reason is Reason.STALE:
        assert field.startswith("adam approved this at 08:08:00 UTC. The migration has changed.")


@pytest.mark.parametrize("harm", HARM)
def test_foreign_words_stay_words(harm: str) -> None:
    """Reasons, tickets, rules and freezes are people's; they call nobody and break no limit."""
    freeze = replace(FROZEN_UNTIL, why=harm)
    rule = replace(STRICT, name=harm or "x")
    for shut in (None, Shut(freeze, NOW + 60)):
        shown = under(GATE, rule=rule, shut=shut, given=(GIVEN,))
        assert_fits(root(shown, APPROVERS))
        question(shown)
        question(shown, break_glass=True)
    event = replace(APPROVED, reason=harm, ticket=harm, rule={"name": harm})
    said(event)
    said(replace(event, break_glass=True))
    said(ApprovalsVoided(NOW, "promote", (harm,), harm))
