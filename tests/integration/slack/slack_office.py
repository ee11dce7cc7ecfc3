"""What the tests of the workspace work in: an office, and calls that are refused."""

from dataclasses import dataclass
from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from tiny_app import TinyApp

from sandbox.slack.cast import Member, default_cast
from sandbox.slack.people import Person, Trouble, Wire
from sandbox.slack.timings import Timings
from sandbox.slack.tokens import Tokens
from sandbox.slack.workspace import Workspace

GUEST = Member("U0GUEST0001", "gina", "Gina Guest", "guest", is_restricted=True)
GONE = Member("U0GONE00001", "gone", "Gone Since", "left", "gone@example.com", deleted=True)
# events come again at once, and a file is looked at at once
HURRIED = Timings(event_retries=(0.01, 0.01, 0.01), file_scan=0.0, socket_refresh=0.05)


@dataclass(frozen=True)
class Office:
    """A workspace and whoever works in it."""

    workspace: Workspace
    client: WebClient
    app: TinyApp | None = None

    @property
    def wire(self) -> Wire:
        """What networks do."""
        return Wire(self.workspace.base_url)

    @property
    def trouble(self) -> Trouble:
        """What goes wrong at Slack."""
        return Trouble(self.workspace.base_url)

    def person(self, handle: str) -> Person:
        """Somebody in the cast."""
        return Person(self.workspace.base_url, handle)

    @property
    def seen(self) -> list[dict[str, Any]]:
        """What the app was told."""
        assert self.app is not None
        return self.app.seen

    def trigger(self, handle: str = "rita") -> str:
        """The trigger id of a command that nobody takes."""
        self.person(handle).type("#migrations", "/migrate start")
        found: str = self.wire.requests(handle)[-1]["payload"]["trigger_id"]
        return found


def open_office(**more: Any) -> Office:
    """A workspace that is listening, with its app's client."""
    workspace = Workspace(Tokens.generate(), default_cast(GUEST, GONE), **more).start()
    return Office(workspace, WebClient(workspace.tokens.bot, base_url=workspace.api_url))


def refused(error: str, call: Any, **arguments: Any) -> dict[str, Any]:
    """The call is refused with this error; the body of the answer."""
    with pytest.raises(SlackApiError) as caught:
        call(**arguments)
    body: dict[str, Any] = caught.value.response.data
    assert body["error"] == error
    return body
