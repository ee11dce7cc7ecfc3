"""Slack's rate limits, by a switch: calls a minute by the method's tier, and a post a second."""

import math
import time
from collections import defaultdict, deque
from collections.abc import Mapping
from typing import Any

from sandbox.slack.errors import SlackError

#: Calls a minute that Slack grants at least (docs.slack.dev, "Rate limits").
TIERS = {1: 1, 2: 20, 3: 50, 4: 100}
#: Methods with limits of their own, or none that anybody meets; in calls a minute.
SPECIAL = 600
TIER_OF = {
    "apps.connections.open": 1,
    "conversations.list": 2,
    "pins.add": 2,
    "pins.list": 2,
    "pins.remove": 2,
    "reactions.remove": 2,
    "usergroups.list": 2,
    "usergroups.users.list": 2,
    "users.list": 2,
    "bots.info": 3,
    "chat.delete": 3,
    "chat.update": 3,
    "conversations.history": 3,
    "conversations.info": 3,
    "conversations.open": 3,
    "conversations.replies": 3,
    "reactions.add": 3,
    "team.info": 3,
    "users.lookupByEmail": 3,
    "chat.postEphemeral": 4,
    "conversations.members": 4,
    "files.completeUploadExternal": 4,
    "files.getUploadURLExternal": 4,
    "files.info": 4,
    "users.info": 4,
    "views.open": 4,
    "views.publish": 4,
    "views.push": 4,
    "views.update": 4,
}
POST = "chat.postMessage"
MINUTE = 60.0
#: One message a second and channel.
BETWEEN_POSTS = 1.0


class RateLimited(SlackError):
    """Too many calls; `retry_after` in whole seconds."""

    def __init__(self, retry_after: int) -> None:
        super().__init__("ratelimited")
        self.retry_after = retry_after


class RateLimits:
    """Counts calls while it is on."""

    def __init__(self) -> None:
        self._on = False
        self._calls: defaultdict[tuple[str, str], deque[float]] = defaultdict(deque)

    @property
    def on(self) -> bool:
        """Whether calls are limited."""
        return self._on

    def switch(self, *, on: bool) -> None:
        """Begin to count, from nothing, or stop."""
        self._on = on
        self._calls.clear()

    def take(self, method: str, args: Mapping[str, Any]) -> None:
        """Count a call; raises RateLimited when it is one too many, and then it does not count."""
        if not self._on:
            return
        if method == POST:
            self._take((method, str(args.get("channel", ""))), 1, BETWEEN_POSTS)
        else:
            most = TIERS[TIER_OF[method]] if method in TIER_OF else SPECIAL
            self._take((method, ""), most, MINUTE)

    def _take(self, key: tuple[str, str], most: int, window: float) -> None:
        calls, now = self._calls[key], time.monotonic()
        while calls and calls[0] <= now - window:
            calls.popleft()
        if len(calls) >= most:
            raise RateLimited(math.ceil(calls[0] + window - now))
        calls.append(now)
