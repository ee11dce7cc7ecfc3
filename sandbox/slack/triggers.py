"""Trigger ids: each opens one modal, once, and within three seconds."""

import secrets
import time
from dataclasses import dataclass

from sandbox.slack.errors import Problem, SlackError


@dataclass
class Trigger:
    """Who acted, when, and in which modal if in one."""

    user: str
    expires: float
    view_id: str | None
    used: bool = False


class Triggers:
    """Gives trigger ids out and takes each back once."""

    def __init__(self, lifetime: float) -> None:
        self._lifetime = lifetime
        self._triggers: dict[str, Trigger] = {}

    def give(self, user: str, view_id: str | None = None) -> str:
        """A new trigger id for what a person just did."""
        trigger_id = (
            f"{secrets.randbelow(10**13)}.{secrets.randbelow(10**13)}.{secrets.token_hex(16)}"
        )
        self._triggers[trigger_id] = Trigger(user, time.monotonic() + self._lifetime, view_id)
        return trigger_id

    def check(self, trigger_id: str) -> Trigger:
        """The trigger behind an id that still opens something."""
        trigger = self._triggers.get(trigger_id)
        if trigger is None:
            raise SlackError("invalid_arguments", [Problem("/trigger_id", "invalid `trigger_id`")])
        if trigger.used:
            raise SlackError("exchanged_trigger_id")
        if time.monotonic() > trigger.expires:
            raise SlackError("expired_trigger_id")
        return trigger
