"""Whether Slack knows the tokens."""

from collections.abc import Iterator

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot import slack_clients
from bot.doctor.asking import patiently, refused
from bot.settings import BotSettings, Transport
from migration.examination import Finding, good

BOT, APP, SECRET = "bot token", "app-level token", "signing secret"
_MAKE_ONE = (
    "Make an app-level token (`xapp-...`) with `connections:write` under Basic Information, and "
    "set SLACK_APP_TOKEN to it."
)


def bot_token(client: WebClient) -> Iterator[Finding]:
    """Which app it is, and where it is installed."""
    answer = patiently(client.auth_test)
    yield good(BOT, f"{answer['user']} ({answer['bot_id']}) in {answer['team']}")


def transport(settings: BotSettings) -> Iterator[Finding]:
    """What the way in which Slack's requests come needs besides."""
    if settings.transport is Transport.HTTP:
        # Slack has no call that says whether it is the right one.
        yield good(SECRET, "is set; whether it is Slack's shows with the first request")
        return
    try:
        # An address that nobody connects to lapses by itself.
        token = settings.slack_app_token.get_secret_value()
        client = slack_clients.opening_sockets(settings)
        patiently(lambda: client.apps_connections_open(app_token=token))
    except SlackApiError as error:
        codes = ("invalid_auth", "not_allowed_token_type", "not_authed", "token_revoked")
        yield refused(APP, error, **dict.fromkeys((*codes, "missing_scope"), _MAKE_ONE))
        return
    yield good(APP, "Slack gives addresses for sockets")
