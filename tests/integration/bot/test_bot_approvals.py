"""Approvals under a policy: counted, void with a reason, held by hours, and the glass broken."""

import json
from dataclasses import replace
from typing import Any

import pytest
from bot_ground import CHANNEL, OTHERS, POLICY, Ground, wait_until
from deciding import NAME, approvals, assert_untouched, at_once, opened, refusals, submitted
from filling_in import sent

from bot.policy_file import parse
from migration.approving import hash_of
from migration.events import ApprovalsVoided, Approved, ScheduledBegan
from migration.model import Approval, Check, Evidence, Migration, Status
from migration.voiding import void_approvals
from sandbox.slack.cast import DBA_ONCALL
from sandbox.slack.people.person import Person, Submission
from sandbox.slack.people.reading import buttons, visible_text

WHY, TICKET = "Why now", "Ticket"
GROUP = f"<!subteam^{DBA_ONCALL.id}>"


@pytest.fixture
def ground(socket_ground: Ground) -> Ground:
    """The bot that was given the policy."""
    return socket_ground


def two(ground: Ground) -> Migration:
    """One that takes two approvals."""
    return ground.at_the_gate(named="two-")


def filled(person: Person, migration: Migration, ticket: str = "OPS-1") -> None:
    """All that the rule asks for."""
    person.fill({NAME: migration.source, WHY: "planned for <today>", TICKET: ticket})


def approves(ground: Ground, person: Person, migration: Migration) -> Submission:
    """This person's approval, from the button to the form's answer."""
    opened(ground, person, migration, ground.promotable(migration))
    filled(person, migration)
    return person.submit()


def events(ground: Ground, migration: Migration, kind: type) -> list[Any]:
    """What happened of that kind."""
    happened = [recorded.event for recorded in ground.store.events(migration.id)]
    return [event for event in happened if isinstance(event, kind)]


def entry(ground: Ground, migration: Migration, saying: str) -> str:
    """The thread's, once it is there."""
    ground.root(migration)

    def look() -> str:
        return next((one for one in ground.entries(migration) if saying in one), "")

    return str(wait_until(look, f"an entry saying {saying!r}"))


def test_the_cut_over_begins_with_the_second_of_two(ground: Ground) -> None:
    """The first is counted before everybody, begins nothing, and is nobody's twice."""
    migration = two(ground)
    assert approves(ground, ground.adam, migration).closed
    counted = ground.root(migration, "1 of 2 approvals")
    waiting = ground.store.load(migration.id)
    assert waiting.status is Status.WAITING_FOR_APPROVAL
    assert f"by <@{ground.adam.user}> until" in visible_text(counted)
    said = entry(ground, migration, "*Approved* (1 of 2) by adam")
    assert "Reason: planned for &lt;today&gt;" in said
    assert "Ticket: OPS-1" in said
    assert f"{GROUP} <@{ground.oscar.user}>: 1 more, by somebody else, until" in said
    assert entry(ground, migration, "*Approval needed*").count(f"{GROUP} <@{ground.oscar.user}>: 2")

    ground.adam.click(counted, "Promote")
    ground.adam.wait_for_ephemeral(CHANNEL, "You approved this already: 1 of 2 approvals")
    assert_untouched(ground, waiting)

    opened(ground, ground.anna, migration, counted)
    modal = visible_text(ground.anna.modal() or {})
    assert "Yours is number 2: with it, it begins at once" in modal
    assert f"Plan `{hash_of(migration)[:12]}` · rule `two people`" in modal
    filled(ground.anna, migration)
    assert ground.anna.submit().closed
    after = ground.store.load(migration.id)
    assert after.status is Status.CUTTING_OVER
    assert [one.by for one in after.given] == [ground.adam.user, ground.anna.user]
    assert all(one.checked_at > migration.created_at for one in after.given)
    ground.root(migration, f"Approved by <@{ground.adam.user}> and <@{ground.anna.user}> at")
    recorded = events(ground, migration, Approved)
    assert [(one.number, one.wanted, one.rule["name"]) for one in recorded] == [
        (1, 2, "two people"),
        (2, 2, "two people"),
    ]


def test_what_the_rule_asks_for_is_said_at_its_field(ground: Ground) -> None:
    """A reason of nothing but space, and a ticket that is none."""
    migration = two(ground)
    opened(ground, ground.adam, migration, ground.promotable(migration))
    ground.adam.fill({NAME: migration.source, WHY: "  ", TICKET: "OPS-1"})
    assert "Say why" in ground.adam.submit().errors[WHY]
    filled(ground.adam, migration, ticket="soon")
    assert "This is no ticket" in ground.adam.submit().errors[TICKET]
    assert_untouched(ground, migration)
    filled(ground.adam, migration)
    assert ground.adam.submit().closed
    assert approvals(ground, migration) == 1


def test_of_two_last_approvals_at_once_one_begins(ground: Ground) -> None:
    """Both had the form open; the other one reads who was first."""
    migration = two(ground)
    assert approves(ground, ground.adam, migration).closed
    root = ground.root(migration, "1 of 2 approvals")
    people = {"anna": ground.anna, "oscar": ground.oscar}
    for person in people.values():
        opened(ground, person, migration, root)
        filled(person, migration)
    outcomes: dict[str, Submission] = {}
    at_once(*(lambda name=name: outcomes.update({name: people[name].submit()}) for name in people))

    (first,) = [name for name, outcome in outcomes.items() if outcome.closed]
    (second,) = set(people) - {first}
    assert f"{first} approved this at" in outcomes[second].errors[NAME]
    after = ground.store.load(migration.id)
    assert after.status is Status.CUTTING_OVER
    assert [one.by for one in after.given] == [ground.adam.user, people[first].user]
    assert approvals(ground, migration) == 2
    people[second].close()


def test_of_two_first_approvals_the_second_is_told_to_look_again(ground: Ground) -> None:
    """What they would add to is another count by then; nothing begins."""
    migration = two(ground)
    opened(ground, ground.adam, migration, ground.promotable(migration))
    opened(ground, ground.anna, migration, ground.promotable(migration))
    filled(ground.adam, migration)
    filled(ground.anna, migration)
    assert ground.adam.submit().closed
    told = ground.anna.submit().errors[NAME]
    assert "adam approved this at" in told
    assert "Close this and press the button again." in told
    after = ground.store.load(migration.id)
    assert (after.status, len(after.given)) == (Status.WAITING_FOR_APPROVAL, 1)
    ground.anna.close()


def test_an_approval_is_void_when_a_condition_fails_and_the_thread_says_which(
    ground: Ground,
) -> None:
    """The worker's look takes it away; what is approved then is the first again."""
    migration = two(ground)
    assert approves(ground, ground.adam, migration).closed
    waiting = ground.store.load(migration.id)
    now = ground.clock.now()
    lag = Check("replication lag", ok=False, detail="12 s, at most 5 s")
    bad = Evidence((lag, Check("long transactions", ok=True, detail="none")), (), now)
    ground.store.save_evidence(migration.id, bad)
    void_approvals(ground.store, ground.clock, waiting, bad)
    said = entry(ground, migration, "*Void*")
    assert "the approval of adam. A condition does not hold any more: replication lag: 12 s" in said
    ground.sees(migration)
    ground.root(migration, "with 0 of 2 approvals")
    assert approves(ground, ground.anna, migration).closed
    after = ground.store.load(migration.id)
    assert (after.status, [one.by for one in after.given]) == (
        Status.WAITING_FOR_APPROVAL,
        [ground.anna.user],
    )


@pytest.mark.parametrize("who", ["gone", "guest"])
def test_who_is_no_full_member_any_more_is_not_counted(ground: Ground, who: str) -> None:
    """Looked up again with the last approval, though the group has them still."""
    migration = two(ground)
    rule = parse(POLICY, frozenset({DBA_ONCALL.id}), "").rule_for(migration.source)
    evidence = ground.store.evidence(migration.id)
    assert evidence is not None
    now = ground.clock.now()
    given = Approval(
        "promote",
        OTHERS[who].id,
        now,
        evidence,
        now + 900,
        now,
        hash_of(migration),
        rule.name,
        rule.mark,
    )
    migration = ground.commits(migration, given=(given,))
    ground.root(migration, "1 of 2 approvals")
    assert approves(ground, ground.anna, migration).closed
    after = ground.store.load(migration.id)
    assert after.status is Status.WAITING_FOR_APPROVAL
    assert [one.by for one in after.given] == [ground.anna.user]
    (void,) = events(ground, migration, ApprovalsVoided)
    assert void.people == (OTHERS[who].id,)
    assert void.reason == "Who gave it is not an approver any more."


def test_when_slack_does_not_say_who_approved_before_nothing_is_counted(ground: Ground) -> None:
    """It fails closed, and says whom to ask."""
    migration = two(ground)
    assert approves(ground, ground.adam, migration).closed
    waiting = ground.store.load(migration.id)
    ground.trouble.fault("error", "usergroups.users.list")
    ground.oscar.click(ground.root(migration, "1 of 2 approvals"), "Promote")
    ground.oscar.wait_for_modal(saying="Slack did not say who you are")
    assert_untouched(ground, waiting)
    ground.oscar.close()


def test_a_freeze_holds_the_gate_shut_and_says_until_when(ground: Ground) -> None:
    """No button; an old one is refused with the reason, and with who may in an emergency."""
    migration = ground.at_the_gate(named="never-")
    root = ground.root(migration, "The conditions hold, and the gate is shut.")
    shown = visible_text(root)
    assert "frozen from 2020-01-01 to 2999-12-31: &lt;never&gt; again." in shown
    assert "It opens at" in shown
    assert "Promote" not in buttons(root)
    other = ground.promotable(ground.at_the_gate())
    value = {"m": migration.id, "g": "promote", "v": migration.version}
    forged = replaced(other, value)
    ground.adam.click_stale(forged, "Promote")
    told = visible_text(ground.adam.wait_for_ephemeral(CHANNEL, "Not now: Changes are frozen"))
    assert f"In an emergency {GROUP} can break the glass: `/migrate break-glass" in told
    assert [one.reason for one in refusals(ground, migration)] == ["in a freeze"]
    assert_untouched(ground, migration)


def test_breaking_the_glass_decides_alone_and_tells_everybody(ground: Ground) -> None:
    """In a freeze, by one of two; asks for a reason, and never past a condition."""
    migration = ground.at_the_gate(named="never-")
    ground.root(migration, "the gate is shut")
    ground.adam.type(CHANNEL, f"/migrate break-glass {migration.id}")
    ground.answers_observation(migration, holds=False, lag=12)
    ground.adam.wait_for_modal(saying="a condition is not met")
    ground.adam.close()
    ground.adam.type(CHANNEL, f"/migrate break-glass {migration.id}")
    ground.answers_observation(migration)
    modal = ground.adam.wait_for_modal(saying="This breaks the glass")
    said = visible_text(modal)
    assert "It begins without 2 approvals, and although: Changes are frozen" in said
    assert f"{GROUP} are told at once" in said
    ground.adam.fill({NAME: migration.source, WHY: " "})
    assert "Say why" in ground.adam.submit().errors[WHY]
    ground.adam.fill({WHY: "the old one is <on fire>"})
    ground.sees(migration, holds=False, lag=12)
    assert "replication lag: 12 s" in ground.adam.submit().errors[NAME]
    assert_untouched(ground, migration)
    ground.sees(migration)
    assert ground.adam.submit().closed
    after = ground.store.load(migration.id)
    assert after.status is Status.CUTTING_OVER
    assert after.approval is not None
    assert after.approval.break_glass
    told = entry(ground, migration, "broke the glass")
    assert f"{GROUP}, please look" in told
    assert "Reason: the old one is &lt;on fire&gt;" in told
    wait_until(
        lambda: [m for m in ground.rita.messages(CHANNEL) if "broke the glass" in visible_text(m)],
        "the channel to tell it",
    )
    ground.root(migration, f"<@{ground.adam.user}> broke the glass at")


def test_who_may_not_break_the_glass_reads_why(ground: Ground) -> None:
    """Outsiders, guests, and everybody where there is nothing to decide."""
    migration = ground.at_the_gate(named="never-")
    ground.root(migration, "the gate is shut")
    ground.oscar.type(CHANNEL, f"/migrate break-glass {migration.id}")
    ground.oscar.wait_for_ephemeral(CHANNEL, "You can't decide here: you are not among")
    ground.guest.type(CHANNEL, f"/migrate break-glass {migration.id}")
    ground.guest.wait_for_ephemeral(CHANNEL, "only full members of this workspace")
    ground.adam.type(CHANNEL, "/migrate break-glass")
    ground.adam.wait_for_ephemeral(CHANNEL, "Which one? `/migrate break-glass")
    begun = ground.started(ground.a_source())
    ground.adam.type(CHANNEL, f"/migrate break-glass {begun.id}")
    ground.adam.wait_for_ephemeral(CHANNEL, "There is nothing to decide now: this migration is")
    assert_untouched(ground, migration)
    for person in (ground.oscar, ground.guest):
        if person.modal() is not None:
            person.close(everything=True)


def test_the_requester_breaks_the_glass_where_they_approve_others_only(ground: Ground) -> None:
    """Two pairs of eyes are the first thing that an emergency may lack."""
    migration = ground.at_the_gate(requester=ground.adam.user)
    ground.adam.click(ground.promotable(migration), "Promote")
    ground.adam.wait_for_ephemeral(CHANNEL, "You asked for")
    ground.adam.type(CHANNEL, f"/migrate break-glass {migration.id}")
    ground.answers_observation(migration)
    ground.adam.wait_for_modal(saying="It begins without a second person")
    ground.adam.fill({WHY: "nobody else is awake"})
    assert submitted(ground.adam, migration.source).closed
    assert ground.store.load(migration.id).status is Status.CUTTING_OVER


def test_the_requester_approves_where_the_rule_lets_them(ground: Ground) -> None:
    """And nobody else does, who is not named there."""
    migration = ground.at_the_gate(named="alone-")
    root = ground.promotable(migration)
    assert f"<@{ground.rita.user}>: an approver decides, with *Promote*" in visible_text(root)
    ground.adam.click(root, "Promote")
    ground.adam.wait_for_ephemeral(CHANNEL, "you are not among the approvers. <@")
    opened(ground, ground.rita, migration, root)
    assert submitted(ground.rita, migration.source).closed
    assert ground.store.load(migration.id).status is Status.CUTTING_OVER


def schedules(ground: Ground, person: Person, migration: Migration, root: dict[str, Any]) -> None:
    """This person's approval for the time when the gate opens."""
    opened(ground, person, migration, root, "Schedule")
    assert "and not now." in visible_text(person.modal() or {})
    assert submitted(person, migration.source).closed


def test_what_is_approved_for_later_waits_and_can_be_called_off(ground: Ground) -> None:
    """Counted as ever; nothing begins; who may cancel may call it off, and nobody else."""
    migration = ground.at_the_gate(named="never-")
    schedules(ground, ground.adam, migration, ground.root(migration, "the gate is shut"))
    schedules(ground, ground.anna, migration, ground.root(migration, "1 of 2 approvals"))
    root = ground.root(migration, "*Scheduled for")
    assert "Schedule" not in buttons(root)
    waiting = ground.store.load(migration.id)
    assert (waiting.status, len(waiting.given)) == (Status.WAITING_FOR_APPROVAL, 2)
    ground.oscar.click(root, "Call off")
    ground.oscar.wait_for_ephemeral(CHANNEL, "You can't call off the promotion of")
    ground.sees(migration)
    assert_untouched(ground, waiting)
    ground.rita.click(root, "Call off")
    assert "the approval of adam, anna counts no more" in entry(
        ground, migration, "*Called off* by rita"
    )
    ground.root(migration, "the gate is shut")
    assert ground.store.load(migration.id).given == ()
    ground.adam.click_stale(root, "Call off")
    ground.adam.wait_for_ephemeral(CHANNEL, "Nothing is scheduled that could be called off")


def for_now(ground: Ground, migration: Migration, *people: str) -> Migration:
    """Approved by these a while ago, for a moment that has just come."""
    rule = parse(POLICY, frozenset({DBA_ONCALL.id}), "").rule_for(migration.source)
    evidence = ground.store.evidence(migration.id)
    assert evidence is not None
    now = ground.clock.now()
    given = tuple(
        Approval(
            "promote",
            one,
            now - 600,
            replace(evidence, at=now - 601),
            now + 900,
            now - 600,
            hash_of(migration),
            rule.name,
            rule.mark,
            begins_at=now,
        )
        for one in people
    )
    return ground.commits(migration, given=given)


def test_what_was_approved_for_now_begins_by_itself(ground: Ground) -> None:
    """With the first look that finds all of it so; those who approved are looked up again."""
    migration = two(ground)
    approved = for_now(ground, migration, ground.adam.user, ground.anna.user)
    ground.sees(approved)
    ground.root(migration, f"Approved by <@{ground.adam.user}> and <@{ground.anna.user}> at")
    after = ground.store.load(migration.id)
    assert after.status is Status.CUTTING_OVER
    assert all(one.checked_at > one.begins_at for one in after.given)
    assert "approved by adam and anna" in entry(ground, migration, "*It begins as scheduled*")
    assert len(events(ground, migration, ScheduledBegan)) == 1


def test_nothing_begins_by_itself_for_who_has_left(ground: Ground) -> None:
    """Theirs is void, and the other one waits for somebody else."""
    migration = two(ground)
    approved = for_now(ground, migration, OTHERS["gone"].id, ground.anna.user)
    ground.sees(approved)
    said = entry(ground, migration, "*Void*")
    assert "the approval of gone. Who gave it is not an approver any more" in said
    after = ground.store.load(migration.id)
    assert after.status is Status.WAITING_FOR_APPROVAL
    assert [one.by for one in after.given] == [ground.anna.user]


def test_while_slack_says_nothing_nothing_begins_by_itself(ground: Ground) -> None:
    """It begins with a later look, when Slack says who they are."""
    migration = two(ground)
    with ground.trouble.lasting("error", "usergroups.users.list"):
        approved = for_now(ground, migration, ground.adam.user, ground.anna.user)
        ground.sees(approved)
        wait_until(lambda: ground.up_to_date(approved), "the channel to have looked")
        assert_untouched(ground, approved)

    def begun() -> bool:
        # The gate is looked at every few seconds; Slack is left alone for a moment.
        ground.sees(approved)
        return ground.store.load(migration.id).status is Status.CUTTING_OVER

    wait_until(begun, "it to begin", every=0.2)
    ground.root(migration, "Cutting over")


def test_production_waits_for_its_rehearsal_and_the_dialog_names_it(ground: Ground) -> None:
    """A migration of the staging source that is over by the same steps; the audit has it."""
    migration = ground.at_the_gate(named="staged-")
    root = ground.root(migration, "wants a completed migration of `staging-*` by the same steps")
    assert "Promote" not in buttons(root)
    before = ground.at_the_gate(named="staging-")
    ground.commits(before, status=Status.COMPLETED)
    ground.sees(migration)
    opened(ground, ground.adam, migration, ground.promotable(migration))
    assert f"Rehearsed: `{before.id}` was completed" in visible_text(ground.adam.modal() or {})
    assert submitted(ground.adam, migration.source).closed
    (approved,) = events(ground, migration, Approved)
    assert approved.rehearsal == before.id


def test_a_source_for_which_too_few_could_approve_is_not_started(ground: Ground) -> None:
    """Said in the form; of those in the group some are guests, bots, or gone."""
    source = ground.a_source(named="many-")
    ground.rita.type(CHANNEL, f"/migrate start {source}")
    ground.rita.wait_for_modal(saying=f"*{source}*: PostgreSQL")
    assert "It takes 3 approvals" in visible_text(sent(ground.rita).view or {})
    assert source not in {one.source for one in ground.store.under_way()}
    ground.rita.close(everything=True)


def replaced(root: dict[str, Any], value: dict[str, Any]) -> dict[str, Any]:
    """The same message, as somebody would make it up whose button says another thing."""
    blocks = json.loads(json.dumps(root["blocks"]))
    for block in blocks:
        for element in block.get("elements", []):
            if element.get("action_id") == "promote":
                element["value"] = json.dumps(value)
    return {**root, "blocks": blocks}
