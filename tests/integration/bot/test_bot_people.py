"""Who is who is asked of Slack; what Slack does not say is refused."""

import pytest
from bot_ground import Ground

from bot import slack_clients
from bot.errors import IdentityUnknown
from bot.people import REMEMBER_SECONDS, People
from migration.approvals import Policy
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
