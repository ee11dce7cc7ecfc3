"""Where a migration can be shown."""

import logging

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.errors import NowhereToShow, SlackNotNow

log = logging.getLogger(__name__)

#: Slack's words for a channel that can't be posted in.
CLOSED = frozenset({"channel_not_found", "not_in_channel", "is_archived"})


def place_for(client: WebClient, channel: str, fallback: str) -> str:
    """The channel a command was typed in, or the one that stands in for it.

    Raises:
        NowhereToShow: the app is not in it, and there is no other.
    """
    if _is_open(client, channel):
        return channel
    if not fallback:
        raise NowhereToShow
    return fallback


def _is_open(client: WebClient, channel: str) -> bool:
    if not channel or channel.startswith("D"):
        # App Home, or a talk with the bot: nobody else would see it, and somebody else approves.
        return False
    try:
        found = client.conversations_info(channel=channel)["channel"]
    except SlackApiError as error:
        if error.response.get("error") in CLOSED:
            return False
        # Not being allowed to ask says nothing about the channel; posting will tell.
        log.warning("conversations.info refused: %s", error.response.get("error"))
        return True
    except SlackNotNow as trouble:
        log.warning("conversations.info was not answered: %s", trouble.reason)
        return True
    if found.get("is_archived"):
        return False
    return bool(found.get("is_member"))
