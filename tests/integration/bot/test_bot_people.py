"""Who is who is asked of Slack; what Slack does not say is refused."""

from dataclasses import replace

import pytest
from bot_ground import Ground

from bot import slack_clients
from bot.errors import IdentityUnknown
from bot.people import REMEMBER_SECONDS, People
from migration.policy import Policy, Rule
from sandbox.slack.cast import ADAM, DBA_ONCALL, OSCAR


class FakeClock:
    """Stands still until told otherwise."""

    time = 1_800_000_000.0

    def now(self) -> float:
        """The time that was set."""
        return self.time


def a_directory(ground: Ground, *approvers: str, clock: FakeClock | None = None) -> People:
    """A directory that has asked nothing yet."""
    client = slack_clients.listening(ground.settings())
    team = slack_clients.identify(client).team_id
    policy = Policy(frozenset(approvers or {DBA_ONCALL.id}))
    return People(client, team, policy, clock or FakeClock())


def calls(ground: Ground, method: str) -> int:
    """How often the method was called so far."""
    return sum(entry["kind"] == method for entry in ground.workspace.traffic())


@pytest.mark.parametrize("method", ["users.info", "usergroups.users.list"])
@pytest.mark.parametrize("how", ["cut", "hang", "error", "ratelimited"])
def test_what_slack_does_not_say_is_refused(quiet_ground: Ground, method: str, how: str) -> None:
    """Fails closed, says whom to ask, and does not fall back on what was known before."""
    people = a_directory(quiet_ground)
    assert people.person(ADAM.id).groups == {DBA_ONCALL.id}
    quiet_ground.trouble.fault(how, method)
    with pytest.raises(IdentityUnknown, match="ask whoever runs Daybreak"):
        people.person(ADAM.id, fresh=True)


def test_who_is_named_needs_no_group(quiet_ground: Ground) -> None:
    """An approver by their own id can decide while groups can't be looked up."""
    people = a_directory(quiet_ground, ADAM.id, DBA_ONCALL.id)
    quiet_ground.trouble.fault("error", "usergroups.users.list")
    assert people.person(ADAM.id, fresh=True).member
    with pytest.raises(IdentityUnknown, match=f"ask <@{ADAM.id}>"):
        people.person(OSCAR.id)


def test_who_is_named_elsewhere_is_looked_for_in_the_group_that_matters(
    quiet_ground: Ground,
) -> None:
    """Rules have approvers of their own: to be named in one says nothing of another."""
    people = a_directory(quiet_ground, ADAM.id, DBA_ONCALL.id)

    assert people.person(ADAM.id).groups == frozenset()
    assert people.person(ADAM.id, frozenset({DBA_ONCALL.id})).groups == {DBA_ONCALL.id}
    assert people.person(OSCAR.id, frozenset({DBA_ONCALL.id})).groups == frozenset()


def test_a_person_is_as_old_as_the_oldest_that_is_known_of_them(quiet_ground: Ground) -> None:
    """Their user and the groups' lists: an approval goes by it."""
    clock = FakeClock()
    people = a_directory(quiet_ground, clock=clock)
    began = clock.time
    people.name(ADAM.id)
    clock.time += 60

    assert people.person(ADAM.id).checked_at == began
    assert people.person(ADAM.id, fresh=True).checked_at == began + 60


def test_as_many_as_a_rule_wants_have_to_be_there(quiet_ground: Ground) -> None:
    """Full members, each once; the requester only where they may."""
    people = a_directory(quiet_ground)
    group = Rule(frozenset({DBA_ONCALL.id}), approvals=2)

    assert people.somebody_else_may_approve(OSCAR.id, group)
    assert not people.somebody_else_may_approve(ADAM.id, group)
    assert people.somebody_else_may_approve(ADAM.id, replace(group, requester_may_approve=True))
    assert not people.somebody_else_may_approve(OSCAR.id, replace(group, approvals=3))


def test_a_few_minutes_are_remembered(quiet_ground: Ground) -> None:
    """Slack's lists are asked for once in five minutes, and for a decision each time."""
    clock = FakeClock()
    people = a_directory(quiet_ground, clock=clock)
    asked = calls(quiet_ground, "usergroups.users.list")
    for wanted, fresh, later in (
        (1, False, 0.0),
        (1, False, REMEMBER_SECONDS - 1),
        (2, True, 0.0),
        (3, False, REMEMBER_SECONDS),
    ):
        clock.time += later
        assert people.person(OSCAR.id, fresh=fresh).groups == frozenset()
        assert calls(quiet_ground, "usergroups.users.list") == asked + wanted
