"""Fills a modal that somebody has open; one that they closed meanwhile is let be."""

import logging
from collections.abc import Callable

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.errors import SlackNotNow
from bot.later import Later
from bot.messages.modals import View

log = logging.getLogger(__name__)

AGAIN_SECONDS = 1.0
#: Slack's words for a modal that its reader has closed.
CLOSED = frozenset({"not_found", "view_not_found"})


def fill(client: WebClient, later: Later, view_id: str, draw: Callable[[], View]) -> None:
    """Show in the modal what is drawn, as soon as Slack takes it; drawn anew for each try."""
    try:
        show(client, view_id, draw())
    except SlackNotNow as trouble:
        log.warning("A modal stays as it is for now: %s", trouble.reason)
        seconds = max(trouble.seconds, AGAIN_SECONDS)
        later.ask(view_id, seconds, lambda: fill(client, later, view_id, draw))


def show(client: WebClient, view_id: str, view: View) -> None:
    """Show this in the modal now; raises SlackNotNow when Slack does not take it."""
    try:
        client.views_update(view_id=view_id, view=view)
    except SlackApiError as error:
        if error.response.get("error") not in CLOSED:
            raise
        log.info("A modal was closed before it was filled")
