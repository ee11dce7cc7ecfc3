"""Fills a modal that somebody has open; one that they closed meanwhile is let be."""

import logging
from collections.abc import Callable

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.errors import SlackNotNow
from bot.later import Later
from bot.messages.modals import View
from migration.errors import DaybreakError

log = logging.getLogger(__name__)


class Changed(DaybreakError):
    """The modal shows something else by now."""


AGAIN_SECONDS = 1.0
#: Slack's words for a modal that its reader has closed.
CLOSED = frozenset({"not_found", "view_not_found"})


def fill(client: WebClient, later: Later, view_id: str, draw: Callable[[], View]) -> None:
    """Show in the modal what is drawn, as soon as Slack takes it; drawn anew for each try."""
    insist(later, view_id, lambda: show(client, view_id, draw()))


def insist(later: Later, view_id: str, put: Callable[[], object]) -> None:
    """Do what shows something in the modal, once more whenever Slack does not take it."""
    try:
        put()
    except SlackNotNow as trouble:
        log.warning("A modal stays as it is for now: %s", trouble.reason)
        seconds = max(trouble.seconds, AGAIN_SECONDS)
        later.ask(view_id, seconds, lambda: insist(later, view_id, put))


def show(client: WebClient, view_id: str, view: View, known_hash: str = "") -> str:
    """Show this in the modal now; gives its hash, empty where it was closed.

    With a hash it is shown only if nothing else was shown since.

    Raises:
        SlackNotNow: Slack does not take it.
        Changed: something else was shown since.
    """
    try:
        answer = client.views_update(view_id=view_id, view=view, hash=known_hash or None)
    except SlackApiError as error:
        reason = error.response.get("error")
        if reason == "hash_conflict":
            raise Changed from error
        if reason not in CLOSED:
            raise
        log.info("A modal was closed before it was filled")
        return ""
    return str(answer["view"]["hash"])
