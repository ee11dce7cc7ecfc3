"""Fills a modal that somebody has open; one that they closed meanwhile is let be."""

import logging

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.messages.modals import View

log = logging.getLogger(__name__)

#: Slack's words for a modal that its reader has closed.
CLOSED = frozenset({"not_found", "view_not_found"})


def fill(client: WebClient, view_id: str, view: View) -> None:
    """Show this in the modal."""
    try:
        client.views_update(view_id=view_id, view=view)
    except SlackApiError as error:
        if error.response.get("error") not in CLOSED:
            raise
        log.info("A modal was closed before it was filled")
