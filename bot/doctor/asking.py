"""Slack's refusals as findings: what they mean here, and what to do."""

import time
from collections.abc import Callable, Iterator

from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web import SlackResponse

from bot.errors import SlackLimits, SlackNotNow
from migration.examination import Finding, failure

# Slack's limits are waited for, but not for ever.
TRIES = 3

_INSTALL = (
    "Install the app in the workspace, and set SLACK_BOT_TOKEN to its bot token (`xoxb-...`)."
)
_CHANNEL = "Set DAYBREAK_CHANNEL to a channel's id (`C...`); in a private one, /invite @daybreak."
#: By Slack's own code of an error.
REMEDIES = {
    "account_inactive": _INSTALL,
    "channel_not_found": _CHANNEL,
    "invalid_auth": _INSTALL,
    "is_archived": "Unarchive the channel, or name another one in DAYBREAK_CHANNEL.",
    "no_such_subteam": "Set the group's id (`S...`) right in DAYBREAK_APPROVERS.",
    "not_allowed_token_type": _INSTALL,
    "not_authed": _INSTALL,
    "not_in_channel": "Type /invite @daybreak in that channel.",
    "plan_upgrade_required": "User groups need a paid plan: name people in DAYBREAK_APPROVERS.",
    "restricted_action": "An owner of the workspace has to let apps post in that channel.",
    "token_expired": _INSTALL,
    "token_revoked": _INSTALL,
    "user_not_found": "Set the person's id (`U...`) right in DAYBREAK_APPROVERS.",
}
_OTHERWISE = "Look the code up at https://api.slack.com/methods, under that method."
_AWAY = "See that this machine reaches SLACK_API_URL, and look at https://slack-status.com."

Look = Callable[[], Iterator[Finding]]


def patiently(call: Callable[[], SlackResponse]) -> SlackResponse:
    """The answer, after as long as Slack asks to wait, a few times."""
    for _ in range(TRIES - 1):
        try:
            return call()
        except SlackLimits as limits:
            time.sleep(limits.seconds)
    return call()


def told(name: str, look: Look) -> Iterator[Finding]:
    """What the look finds, and as its last finding what Slack refused."""
    try:
        yield from look()
    except SlackApiError as error:
        yield refused(name, error)
    except SlackNotNow as trouble:
        yield failure(name, f"Slack gave no answer: {trouble.reason}", _AWAY)
    except (SlackClientError, OSError) as error:
        yield failure(name, f"Slack gave no answer: {error}", _AWAY)


def refused(name: str, error: SlackApiError, **remedies: str) -> Finding:
    """A refusal as a finding; `remedies` by code go before the common ones."""
    code = code_of(error)
    if code == "missing_scope" and code not in remedies:
        needed = str(error.response.get("needed") or "it asks for")
        return failure(
            name,
            f"Slack answered `missing_scope`: needed is `{needed}`",
            "Install the app anew from manifest.yaml, which has that scope.",
        )
    remedy = remedies.get(code) or REMEDIES.get(code, _OTHERWISE)
    return failure(name, f"Slack answered `{code}`", remedy)


def code_of(error: SlackApiError) -> str:
    """Slack's code of it."""
    return str(error.response.get("error"))
