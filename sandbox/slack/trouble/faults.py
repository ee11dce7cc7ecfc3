"""What goes wrong with calls of the app: how, before or after they were done, and how often."""

import asyncio
import itertools
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from sandbox.slack.errors import SlackError

#: Stands for every method.
ANY = "*"
#: What an app calls that is no method of the Web API: names of ours.
RESPONSE_URL = "response_url"
UPLOAD = "upload"
SOCKET = "socket"

DEFAULT_RETRY_AFTER = 1


class How(StrEnum):
    """The ways in which a call fails; the connection itself is there."""

    #: Status 500.
    ERROR = "error"
    #: Status 429 with `Retry-After`.
    RATELIMITED = "ratelimited"
    #: No answer, until the fault ends or the client has had enough.
    HANG = "hang"
    #: The connection is closed in place of an answer.
    CUT = "cut"


@dataclass
class Fault:
    """One switch; `calls` is how many it still strikes, None until it is switched off."""

    number: int
    how: How
    method: str = ANY
    #: Whether Slack does what was asked before it fails.
    done: bool = False
    calls: int | None = None
    retry_after: int = DEFAULT_RETRY_AFTER
    #: How many calls it has struck so far.
    hits: int = 0
    over: asyncio.Event = field(default_factory=asyncio.Event, repr=False)

    def object(self) -> dict[str, Any]:
        """As the control API shows it."""
        return {
            "number": self.number,
            "how": self.how.value,
            "method": self.method,
            "done": self.done,
            "calls": self.calls,
            "retry_after": self.retry_after,
            "hits": self.hits,
        }


class Faults:
    """The switches that are on; of several that fit, the one that was set first strikes."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self._faults: dict[int, Fault] = {}

    def add(self, how: str, method: str = ANY, **more: Any) -> Fault:
        """Switch one on.

        Raises:
            SlackError: `invalid_fault`, for what can't be.
        """
        try:
            fault = Fault(next(self._numbers), How(how), method, **more)
        except (TypeError, ValueError) as error:
            raise SlackError("invalid_fault", note=str(error)) from None
        if fault.done and (fault.how is How.RATELIMITED or method == SOCKET):
            raise SlackError("invalid_fault", note="what was refused was not done")
        self._faults[fault.number] = fault
        return fault

    def take(self, method: str) -> Fault | None:
        """The fault that strikes this call."""
        for fault in self._faults.values():
            if fault.method in {ANY, method} and fault.calls != 0:
                fault.hits += 1
                if fault.calls is not None:
                    fault.calls -= 1
                return fault
        return None

    def all(self) -> list[Fault]:
        """Those that are on, and those that have struck as often as they should."""
        return list(self._faults.values())

    def end(self, number: int | None = None) -> None:
        """Switch one off, or all; whoever hangs is let go."""
        ending = self.all() if number is None else [self._find(number)]
        for fault in ending:
            fault.over.set()
            del self._faults[fault.number]

    def _find(self, number: int) -> Fault:
        if number not in self._faults:
            raise SlackError("no_such_fault")
        return self._faults[number]
