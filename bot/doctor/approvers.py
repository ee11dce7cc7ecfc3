"""Who may approve: that Slack knows each of them, and says who is in a group."""

from collections.abc import Iterator

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.doctor.asking import patiently, refused
from bot.people import OUTSIDERS
from migration.examination import Finding, failure, good, warning

NAME = "approver"
_SOMEBODY = "Put somebody into it, or name others in DAYBREAK_APPROVERS or in the policy."
_MEMBERS = (
    "Only full members of the workspace approve: name another one in DAYBREAK_APPROVERS or in the "
    "policy."
)


def approvers(client: WebClient, named: frozenset[str]) -> Iterator[Finding]:
    """A line for each that DAYBREAK_APPROVERS or a rule of the approval policy names."""
    for one in sorted(named):
        look = group if one.startswith("S") else person
        try:
            yield from look(client, one)
        except SlackApiError as error:
            yield refused(f"{NAME} {one}", error)


def group(client: WebClient, group_id: str) -> Iterator[Finding]:
    """Whether Slack says who is in it, and whether anybody is."""
    name = f"{NAME} {group_id}"
    team = patiently(client.auth_test)["team_id"]
    people = patiently(lambda: client.usergroups_users_list(usergroup=group_id, team_id=team))[
        "users"
    ]
    if people:
        yield good(name, f"a group of {len(people)}")
    else:
        yield warning(name, "a group with nobody in it", _SOMEBODY)


def person(client: WebClient, user_id: str) -> Iterator[Finding]:
    """Whether they are a full member."""
    name = f"{NAME} {user_id}"
    user = patiently(lambda: client.users_info(user=user_id))["user"]
    team = patiently(client.auth_test)["team_id"]
    if user.get("team_id") != team or any(user.get(one) for one in OUTSIDERS):
        yield failure(name, "is no full member of the workspace, or has left it", _MEMBERS)
    else:
        yield good(name, "a full member")
