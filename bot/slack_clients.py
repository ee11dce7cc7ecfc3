"""Clients of Slack's Web API, each with the patience of the one who uses it."""

from dataclasses import dataclass

from slack_sdk import WebClient
from slack_sdk.http_retry import RetryHandler
from slack_sdk.http_retry.builtin_handlers import (
    ConnectionErrorRetryHandler,
    RateLimitErrorRetryHandler,
    ServerErrorRetryHandler,
)

from bot.settings import SlackSettings

# A listener's person waits, and a trigger lives for three seconds.
LISTENER_SECONDS = 3
# A job's person does not.
JOB_SECONDS = 10
# What fails stays due and is asked for again: a second try is for a lost packet, not an outage.
RETRIES = 1
RATE_LIMITS_WAITED_FOR = 3


@dataclass(frozen=True)
class Identity:
    """Who the app is in the workspace."""

    team_id: str
    bot_id: str


def listening(settings: SlackSettings) -> WebClient:
    """For listeners: answers soon or fails soon, and never sleeps."""
    return _client(settings, LISTENER_SECONDS, [])


def relaying(settings: SlackSettings) -> WebClient:
    """For jobs, and for calls that may be made twice."""
    return _client(
        settings,
        JOB_SECONDS,
        [
            ConnectionErrorRetryHandler(max_retry_count=RETRIES),
            RateLimitErrorRetryHandler(max_retry_count=RATE_LIMITS_WAITED_FOR),
            ServerErrorRetryHandler(max_retry_count=RETRIES),
        ],
    )


def posting(settings: SlackSettings) -> WebClient:
    """For posts: repeated only where Slack said that it did not do it.

    A lost connection or an error of the server may come after the message was posted.
    """
    return _client(
        settings, JOB_SECONDS, [RateLimitErrorRetryHandler(max_retry_count=RATE_LIMITS_WAITED_FOR)]
    )


def _client(settings: SlackSettings, seconds: int, retries: list[RetryHandler]) -> WebClient:
    return WebClient(
        token=settings.slack_bot_token.get_secret_value(),
        base_url=settings.slack_api_url,
        timeout=seconds,
        retry_handlers=retries,
    )


def identify(client: WebClient) -> Identity:
    """Asks Slack who we are; fails when it does not answer or does not know the token."""
    answer = client.auth_test()
    return Identity(team_id=str(answer["team_id"]), bot_id=str(answer["bot_id"]))
