"""Whether a workspace takes charts: tried, and not tried again for a day where it refuses them."""

import logging
from collections.abc import Callable

from redis import Redis
from slack_sdk.errors import SlackApiError
from slack_sdk.web import SlackResponse

from bot.messages.chart import without_charts
from bot.messages.text import Block, Message
from bot.refused_blocks import REFUSED, words_alone, words_if_refused

log = logging.getLogger(__name__)

# Slack rolls blocks out workspace by workspace.
TRIED_AGAIN_SECONDS = 24 * 3600


class Charts:
    """What is known of one workspace, kept in Redis for all processes and across restarts."""

    def __init__(self, redis: Redis, team_id: str) -> None:
        """What this Redis knows of this workspace."""
        self._redis = redis
        self._key = f"daybreak:slack:{team_id}:no-charts"

    def fit(self, message: Message) -> Message:
        """The message as this workspace takes it, as far as is known."""
        return without_charts(message) if self._redis.exists(self._key) else message

    def send(self, message: Message, send: Callable[[list[Block]], SlackResponse]) -> SlackResponse:
        """Send it; where its blocks are refused once more without charts, and last its words alone.

        Only where it is taken without them it was the charts that were refused.
        """
        bare = without_charts(message)
        if len(bare.blocks) == len(message.blocks):
            return words_if_refused(message, send)
        try:
            return send(message.blocks)
        except SlackApiError as error:
            if error.response.get("error") != REFUSED:
                raise
        try:
            answer = send(bare.blocks)
        except SlackApiError as error:
            if error.response.get("error") != REFUSED:
                raise
            return words_alone(message, send)
        log.warning("The workspace takes no charts: for a day they are left out")
        self._redis.set(self._key, 1, ex=TRIED_AGAIN_SECONDS)
        return answer
