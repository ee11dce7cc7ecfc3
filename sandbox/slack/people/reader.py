"""A person who only looks: what they see, and waiting until they see it."""

import time
from collections.abc import Callable
from typing import Any, TypeVar

from sandbox.slack.people.errors import NotOnTheScreen, WaitedInVain
from sandbox.slack.people.reading import visible_text
from sandbox.slack.people.wire import Wire

Json = dict[str, Any]
T = TypeVar("T")

# Something outside the workspace may be waited for too, so nobody sleeps for longer than this.
LOOK_AGAIN = 0.25


class Reader:
    """Somebody in front of the workspace."""

    def __init__(self, base_url: str, user: str) -> None:
        self.wire = Wire(base_url)
        self.user = user

    def messages(self, channel: str) -> list[Json]:
        """What stands in a channel, oldest first, without the replies in threads."""
        found: list[Json] = self._channel(channel)["messages"]
        return found

    def thread(self, channel: str, ts: str) -> list[Json]:
        """The replies in a thread, oldest first."""
        replies = self._channel(channel)["replies"]
        return [message for message in replies if message["thread_ts"] == ts]

    def ephemerals(self, channel: str) -> list[Json]:
        """What only this person sees in a channel, oldest first."""
        found: list[Json] = self._channel(channel)["ephemerals"]
        return found

    def message(self, channel: str, ts: str) -> Json:
        """One message as it is now, wherever it stands in the channel."""
        seen = self._channel(channel)
        for message in (*seen["messages"], *seen["replies"], *seen["ephemerals"]):
            if message["ts"] == ts:
                return dict(message)
        raise NotOnTheScreen(f"there is no message {ts} in {channel}")

    def modal(self) -> Json | None:
        """The modal in front of this person, with `errors` by block and a `notice`, or None."""
        view: Json | None = self._get("modal")["view"]
        return view

    def home(self) -> Json | None:
        """The app's home tab as this person last got it, or None."""
        view: Json | None = self._get("home")["view"]
        return view

    # waiting

    def wait_until(self, predicate: Callable[[], T], timeout: float = 30.0, what: str = "") -> T:
        """Look again after every change until the predicate gives something true; returns that."""
        deadline = time.monotonic() + timeout
        while True:
            number = self.wire.get("changes")["number"]
            found = predicate()
            if found:
                return found
            left = deadline - time.monotonic()
            if left <= 0:
                raise WaitedInVain(f"{self.user} waited {timeout:g} s in vain for: {what}")
            self.wire.get("changes", after=number, wait=min(left, LOOK_AGAIN))

    def wait_for_modal(self, timeout: float = 30.0, saying: str = "") -> Json:
        """The modal that opens, once it says this."""

        def look() -> Json | None:
            view = self.modal()
            return view if view is not None and saying in visible_text(view) else None

        return self.wait_until(look, timeout, f"a modal saying {saying!r}") or {}

    def wait_for_message(self, channel: str, saying: str, timeout: float = 30.0) -> Json:
        """The newest message of a channel's timeline that says this."""
        return self._wait_for(lambda: self.messages(channel), saying, timeout)

    def wait_for_reply(self, channel: str, ts: str, saying: str, timeout: float = 30.0) -> Json:
        """The newest reply of a thread that says this."""
        return self._wait_for(lambda: self.thread(channel, ts), saying, timeout)

    def wait_for_ephemeral(self, channel: str, saying: str, timeout: float = 30.0) -> Json:
        """The newest message for this person alone that says this."""
        return self._wait_for(lambda: self.ephemerals(channel), saying, timeout)

    def _wait_for(self, read: Callable[[], list[Json]], saying: str, timeout: float) -> Json:
        def look() -> Json | None:
            return next((m for m in read()[::-1] if saying in visible_text(m)), None)

        try:
            return self.wait_until(look, timeout, f"a message saying {saying!r}") or {}
        except WaitedInVain as error:
            seen = [visible_text(message) for message in read()]
            raise WaitedInVain(f"{error}; there is {seen}") from None

    # the line

    def _channel(self, channel: str) -> Json:
        return self._get("channel", channel=channel)

    def _get(self, path: str, **query: Any) -> Json:
        return self.wire.get(f"people/{self.user}/{path}", **query)

    def _post(self, path: str, **body: Any) -> Json:
        return self.wire.post(f"people/{self.user}/{path}", **body)
