"""What a person does, and what they see of it: the base of commands, clicks and forms."""

from dataclasses import dataclass, field
from typing import Any

from sandbox.slack.delivery.dispatcher import Dispatcher
from sandbox.slack.delivery.request import Answer
from sandbox.slack.team import Team

Json = dict[str, Any]


@dataclass
class Outcome:
    """What came of an act: nothing is wrong, or an error that the person sees."""

    request_id: str | None = None
    error: str | None = None
    note: str = ""
    errors: dict[str, str] = field(default_factory=dict)

    def object(self) -> Json:
        """For the control API."""
        return {
            "request_id": self.request_id,
            "error": self.error,
            "note": self.note,
            "errors": self.errors,
        }


@dataclass(frozen=True)
class Desk:
    """What every act needs: the state, and the way to the app."""

    team: Team
    dispatcher: Dispatcher


def failed(request_id: str, answer: Answer, note: str) -> Outcome:
    """The app did not take it."""
    return Outcome(request_id, answer.error, note)
