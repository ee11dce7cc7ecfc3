"""Hands for the switches that give Slack a bad day."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sandbox.slack.people.wire import Wire
from sandbox.slack.trouble.faults import ANY, DEFAULT_RETRY_AFTER


@dataclass(frozen=True)
class Switched:
    """A fault that is on."""

    wire: Wire
    number: int

    @property
    def hits(self) -> int:
        """How many calls it has struck."""
        faults = self.wire.get("trouble")["faults"]
        return sum(fault["hits"] for fault in faults if fault["number"] == self.number)

    def end(self) -> None:
        """Switch it off; whoever hangs on it is let go."""
        self.wire.post(f"trouble/faults/{self.number}/end")


class Trouble:
    """The switches of one workspace; they can be reached whatever the app meets."""

    def __init__(self, base_url: str) -> None:
        self.wire = Wire(base_url)

    def fault(
        self,
        how: str,
        method: str = ANY,
        *,
        done: bool = False,
        calls: int | None = 1,
        retry_after: int = DEFAULT_RETRY_AFTER,
    ) -> Switched:
        """Strike the next `calls` calls of a method, or, with None, all until it is ended.

        `how`: `error`, `ratelimited`, `hang` or `cut`; `done`: Slack does it first. Besides the
        methods of the Web API there are `response_url`, `upload` and `socket`, and `*` for all.
        """
        switched = self.wire.post(
            "trouble/faults",
            how=how,
            method=method,
            done=done,
            calls=calls,
            retry_after=retry_after,
        )
        return Switched(self.wire, switched["number"])

    @contextmanager
    def lasting(self, how: str, method: str = ANY, **more: Any) -> Iterator[Switched]:
        """A fault that strikes every call meanwhile."""
        switched = self.fault(how, method, calls=None, **more)
        try:
            yield switched
        finally:
            switched.end()

    @contextmanager
    def refusing(self) -> Iterator[None]:
        """Meanwhile nothing listens where the app calls; its connections are cut."""
        self.refuse()
        try:
            yield
        finally:
            self.accept()

    def refuse(self) -> None:
        """Listen no more where the app calls."""
        self.wire.post("trouble/connections", on=False)

    def accept(self) -> None:
        """Listen there again."""
        self.wire.post("trouble/connections", on=True)

    @contextmanager
    def rate_limited(self) -> Iterator[None]:
        """Slack's own rate limits hold meanwhile."""
        self.wire.post("trouble/rate_limits", on=True)
        try:
            yield
        finally:
            self.wire.post("trouble/rate_limits", on=False)

    @contextmanager
    def without_blocks(self, *types: str) -> Iterator[None]:
        """Meanwhile the workspace takes no messages with blocks of these types."""
        self.wire.post("trouble/blocks", types=types)
        try:
            yield
        finally:
            self.wire.post("trouble/blocks", types=[])

    @contextmanager
    def closed(self, channel: str, *, archived: bool = False) -> Iterator[None]:
        """Meanwhile a channel is archived, or the app was taken out of it."""
        self._channel(channel, archived=archived, with_bot=archived)
        try:
            yield
        finally:
            self._channel(channel, archived=False, with_bot=True)

    def _channel(self, channel: str, *, archived: bool, with_bot: bool) -> None:
        self.wire.post("trouble/channels", channel=channel, archived=archived, with_bot=with_bot)

    def end(self) -> None:
        """A good day again."""
        self.wire.post("trouble/end")
