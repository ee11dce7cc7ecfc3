"""What is delivered to an app, and what comes back."""

import uuid
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol, TypeVar

Json = dict[str, Any]
T = TypeVar("T")


class Kind(StrEnum):
    """The kinds of request, by their names in Socket Mode."""

    COMMAND = "slash_commands"
    INTERACTION = "interactive"
    EVENT = "events_api"


@dataclass(frozen=True)
class Request:
    """One thing that the app is told; its id is the envelope's."""

    kind: Kind
    payload: Json
    user: str | None = None
    id: str = field(default_factory=lambda: str(uuid.uuid4()))


@dataclass(frozen=True)
class Retry:
    """Which attempt at an event this is, and why there is another."""

    number: int
    reason: str


@dataclass(frozen=True)
class Answer:
    """What the app answered; `error` says why there is no acknowledgement."""

    payload: Json | None = None
    error: str | None = None
    status: int | None = None

    @property
    def acknowledged(self) -> bool:
        """Whether the app took the request."""
        return self.error is None


# so many requests can be sent again
REMEMBERED = 500


class Sent(dict[str, T]):
    """What went over the wire, by the request's id; the oldest is forgotten first."""

    def __setitem__(self, request_id: str, sent: T) -> None:
        super().__setitem__(request_id, sent)
        while len(self) > REMEMBERED:
            del self[next(iter(self))]


# the words of Slack for the ways in which an app does not take a request
TIMED_OUT = "operation_timeout"
UNREACHABLE = "dispatch_failed"


class Transport(Protocol):
    """One of the two ways to an app; it remembers what it sent, to send the same again."""

    async def send(self, request: Request, retry: Retry | None = None) -> Answer:
        """Deliver and wait for the answer; whoever calls sets the limit."""
        ...

    async def send_again(self, request_id: str, signature: str) -> Answer:
        """Deliver the very same bytes; `signature`: `same`, `bad`, `missing` or `old`."""
        ...
