"""A token does what the app was installed for, and Slack names what it lacks."""

from dataclasses import replace

import pytest
from slack_office import open_office, refused

from sandbox.slack.manifest import read_manifest

HERE = {"channel": "C0MIGRATION"}
READ = "channels:read,groups:read,im:read,mpim:read"


@pytest.mark.parametrize(
    ("scope", "method", "arguments", "needed"),
    [
        ("chat:write", "chat_postMessage", {**HERE, "text": "x"}, "chat:write"),
        ("channels:read", "conversations_info", HERE, READ),
        (
            "usergroups:read",
            "usergroups_users_list",
            {"usergroup": "S0DBAONCALL"},
            "usergroups:read",
        ),
    ],
)
def test_a_scope_that_was_not_granted_is_named(
    scope: str, method: str, arguments: dict[str, str], needed: str
) -> None:
    """What is needed and what the token has; the header of every answer says the latter too."""
    whole = read_manifest()
    less = replace(whole, scopes=tuple(one for one in whole.scopes if one != scope))
    office = open_office(manifest=less)
    try:
        body = refused("missing_scope", getattr(office.client, method), **arguments)
        assert body["needed"] == needed
        assert body["provided"] == ",".join(less.scopes)
        assert office.client.auth_test().headers["x-oauth-scopes"] == ",".join(less.scopes)
    finally:
        office.workspace.stop()
