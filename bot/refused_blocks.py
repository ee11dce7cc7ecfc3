"""What is sent where Slack refuses the blocks of a message: its words alone."""

import logging
from collections.abc import Callable

from slack_sdk.errors import SlackApiError
from slack_sdk.web import SlackResponse

from bot.messages.text import Block, Message, section

log = logging.getLogger(__name__)

#: Slack's word for it.
REFUSED = "invalid_blocks"


def words_if_refused(
    message: Message, send: Callable[[list[Block]], SlackResponse]
) -> SlackResponse:
    """Send a message's blocks, or, where Slack refuses them, one paragraph with its words."""
    try:
        return send(message.blocks)
    except SlackApiError as error:
        if error.response.get("error") != REFUSED:
            raise
    return words_alone(message, send)


def words_alone(message: Message, send: Callable[[list[Block]], SlackResponse]) -> SlackResponse:
    """Send one paragraph with a message's words."""
    log.error("Slack refused the blocks of %s", message.text)
    return send([section(message.text)])
