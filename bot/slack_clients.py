"""Clients of Slack's Web API, each with the patience of the one who uses it."""

import logging
import time
from dataclasses import dataclass
from typing import Any

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.web import SlackResponse

from bot import slack_trouble
from bot.backoff import Backoff
from bot.errors import SlackLimits, SlackNotNow
from bot.settings import BotSettings, SlackSettings

log = logging.getLogger(__name__)

# A listener's person waits, and a trigger lives for three seconds.
LISTENER_SECONDS = 3
# A job's person does not.
JOB_SECONDS = 10
POST = "chat.postMessage"


@dataclass(frozen=True)
class Identity:
    """Who the app is in the workspace."""

    team_id: str
    bot_id: str


class PromptClient(WebClient):
    """A client that never sleeps and repeats nothing by itself: only callers know what they may.

    Besides SlackApiError, for what is wrong with a call, it raises SlackLimits and SlackAway.
    """

    def api_call(self, api_method: str, **arguments: Any) -> SlackResponse:
        """Call a method of Slack's."""
        try:
            return super().api_call(api_method, **arguments)
        except SlackApiError as error:
            trouble = slack_trouble.refusal(error)
            if trouble is None:
                raise
            raise trouble from error
        except slack_trouble.UNANSWERED as error:
            raise slack_trouble.silence(error) from error


class PacedClient(PromptClient):
    """A client for jobs, which calls nothing again before its time."""

    def __init__(self, backoff: Backoff, **arguments: Any) -> None:
        """A client with these pauses; several may share them."""
        super().__init__(**arguments)
        self._backoff = backoff

    def api_call(self, api_method: str, **arguments: Any) -> SlackResponse:
        """Call a method of Slack's, unless it is too early for that."""
        call = _limited_together(api_method, arguments)
        self._backoff.check(call)
        try:
            answer = super().api_call(api_method, **arguments)
        except SlackApiError:
            self._backoff.worked(call)
            raise
        except SlackNotNow as trouble:
            self._backoff.refuse(call, trouble)
        self._backoff.worked(call)
        return answer


def _limited_together(api_method: str, arguments: dict[str, Any]) -> str:
    """What Slack counts together: a method's calls, and a channel's messages."""
    if api_method != POST:
        return api_method
    return f"{api_method} in {(arguments.get('json') or {}).get('channel', '')}"


def listening(settings: SlackSettings) -> WebClient:
    """For listeners: answers soon or fails soon, whatever others have met."""
    return PromptClient(**_arguments(settings, LISTENER_SECONDS))


def relaying(settings: SlackSettings) -> WebClient:
    """For jobs, which are done again when it is time."""
    return PacedClient(Backoff(), **_arguments(settings, JOB_SECONDS))


def opening_sockets(settings: BotSettings) -> WebClient:
    """For the addresses of sockets, which need the app-level token."""
    token = settings.slack_app_token.get_secret_value()
    return PromptClient(**{**_arguments(settings, JOB_SECONDS), "token": token})


def _arguments(settings: SlackSettings, seconds: int) -> dict[str, Any]:
    return {
        "token": settings.slack_bot_token.get_secret_value(),
        "base_url": settings.slack_api_url,
        "timeout": seconds,
        "retry_handlers": [],
    }


def identify(client: WebClient) -> Identity:
    """Asks Slack who we are, at a start; waits where Slack's limits ask for it.

    Fails when Slack does not answer or does not know the token.
    """
    while True:
        try:
            answer = client.auth_test()
        except SlackLimits as limits:
            log.warning("Slack does not say yet who we are: %s", limits.reason)
            time.sleep(limits.seconds)
        else:
            break
    return Identity(team_id=str(answer["team_id"]), bot_id=str(answer["bot_id"]))
