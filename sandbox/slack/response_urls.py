"""Response URLs: an address for answering what a person did, five times and for half an hour."""

import secrets
import time
from dataclasses import dataclass

from sandbox.slack.errors import SlackError

USES = 5


@dataclass
class ResponseUrl:
    """Where an answer goes: a channel, one person, and the message that was acted on, if any."""

    channel: str
    user: str
    expires: float
    original: str | None = None
    thread_ts: str | None = None
    uses: int = 0


class ResponseUrls:
    """Gives the addresses out and counts their uses."""

    def __init__(self, lifetime: float) -> None:
        self._lifetime = lifetime
        self._urls: dict[str, ResponseUrl] = {}

    def give(
        self, channel: str, user: str, original: str | None = None, thread_ts: str | None = None
    ) -> str:
        """The path of a new one."""
        token = secrets.token_urlsafe(24)
        self._urls[token] = ResponseUrl(
            channel, user, time.monotonic() + self._lifetime, original, thread_ts
        )
        return token

    def use(self, token: str) -> ResponseUrl:
        """Take one use of it."""
        url = self._urls.get(token)
        if url is None:
            raise SlackError("no_such_url")
        if time.monotonic() > url.expires:
            raise SlackError("expired_url")
        if url.uses >= USES:
            raise SlackError("used_url")
        url.uses += 1
        return url
