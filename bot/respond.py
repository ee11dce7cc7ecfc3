"""Answers what a person did, at the address that Slack gave for it, until Slack has taken it."""

import logging
from typing import Any

from slack_sdk.webhook import WebhookClient

from bot.errors import SlackAway, SlackLimits, SlackNotNow
from bot.later import Later
from bot.messages.text import Block
from bot.slack_clients import LISTENER_SECONDS
from bot.slack_trouble import UNANSWERED, retry_after, silence

log = logging.getLogger(__name__)

FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 30.0
# The address works for half an hour; an answer that comes later than this surprises.
LATEST_SECONDS = 600.0


class Respond:
    """The address for answers to one act; five work.

    An answer whose arrival is uncertain is given again: read twice is better than never read.
    """

    def __init__(self, url: str, later: Later) -> None:
        """Answers to this address; those that Slack does not take now follow later."""
        self._url = url
        self._later = later

    def __call__(
        self,
        text: str,
        *,
        blocks: list[Block] | None = None,
        replace_original: bool = False,
    ) -> None:
        """Say it to the one who acted, and to nobody else."""
        body: dict[str, Any] = {
            "text": text,
            "response_type": "ephemeral",
            "replace_original": replace_original,
        }
        if blocks:
            body["blocks"] = blocks
        self._give(body, FIRST_PAUSE_SECONDS, waited=0.0)

    def _give(self, body: dict[str, Any], pause: float, waited: float) -> None:
        try:
            self._send(body)
        except SlackNotNow as trouble:
            seconds = max(trouble.seconds, pause)
            if waited + seconds > LATEST_SECONDS:
                log.warning("An answer was never taken by Slack: %s", trouble.reason)
                return
            if not waited:
                log.warning("Slack does not take an answer: %s. It follows", trouble.reason)
            after = min(2 * pause, LONGEST_PAUSE_SECONDS)
            name = f"answer {id(body)}"
            self._later.ask(name, seconds, lambda: self._give(body, after, waited + seconds))

    def _send(self, body: dict[str, Any]) -> None:
        client = WebhookClient(self._url, timeout=LISTENER_SECONDS, retry_handlers=[])
        try:
            answer = client.send_dict(body)
        except UNANSWERED as error:
            raise silence(error) from error
        if answer.status_code == 429:
            raise SlackLimits(retry_after(dict(answer.headers)))
        if answer.status_code >= 500:
            raise SlackAway(f"status {answer.status_code}")
        if answer.status_code != 200:
            log.warning("Slack refused an answer: %s %s", answer.status_code, answer.body)
