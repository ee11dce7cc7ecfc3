"""One call of a Web API method: its arguments, read from a form, a query or JSON."""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from sandbox.slack.channels import Channel
from sandbox.slack.content import as_json
from sandbox.slack.delivery.socket_mode import SocketMode
from sandbox.slack.errors import Problem, SlackError
from sandbox.slack.team import Team

Json = dict[str, Any]


@dataclass(frozen=True)
class Call:
    """What a method gets to see."""

    team: Team
    sockets: SocketMode
    args: Mapping[str, Any]

    def required(self, name: str, error: str = "invalid_arguments") -> str:
        """An argument that must be there."""
        value = self.args.get(name)
        if value is None or value == "":
            problem = [Problem(f"/{name}", f"missing required field: {name}")]
            raise SlackError(error, problem if error == "invalid_arguments" else ())
        return str(value)

    def text(self, name: str) -> str | None:
        """An argument that may be there."""
        value = self.args.get(name)
        return None if value is None or value == "" else str(value)

    def flag(self, name: str) -> bool:
        """A yes or no; forms carry it as `1` or `true`."""
        return str(self.args.get(name, "")).lower() in {"1", "true"}

    def number(self, name: str, default: int, maximum: int) -> int:
        """A whole number, cut to the maximum."""
        try:
            return max(1, min(int(self.args.get(name) or default), maximum))
        except (TypeError, ValueError):
            raise SlackError("invalid_limit") from None

    def moment(self, name: str, default: float) -> float:
        """A time stamp of a message."""
        try:
            return float(self.args.get(name) or default)
        except (TypeError, ValueError):
            raise SlackError(f"invalid_ts_{name}") from None

    def json(self, name: str) -> Any:
        """An argument that is a structure."""
        return as_json(self.args.get(name), "invalid_json")

    def channel(self, name: str = "channel") -> Channel:
        """A conversation that the app's bot can see."""
        channel = self.team.channels.by_id(self.required(name, "channel_not_found"))
        hidden = channel.is_private and self.team.cast.bot.id not in channel.members
        if hidden:
            raise SlackError("channel_not_found")
        return channel

    def own_channel(self, name: str = "channel") -> Channel:
        """A conversation that the app's bot is in."""
        channel = self.channel(name)
        if self.team.cast.bot.id not in channel.members:
            raise SlackError("not_in_channel")
        return channel


Method = Callable[[Call], Json | Awaitable[Json]]


async def read_arguments(request: web.Request) -> Json:
    """The arguments of a request; a body that cannot be read is refused as Slack does."""
    args: Json = dict(request.query)
    if request.content_type == "application/json":
        try:
            body = json.loads(await request.text() or "{}")
        except ValueError:
            raise SlackError("invalid_json") from None
        if not isinstance(body, dict):
            raise SlackError("json_not_object")
        return args | body
    if request.can_read_body:
        form = await request.post()
        args |= {name: value for name, value in form.items() if isinstance(value, str)}
    return args


def token_of(request: web.Request, args: Mapping[str, Any]) -> str | None:
    """The token in the header or, as old clients send it, among the arguments."""
    header = request.headers.get("Authorization", "")
    if header.startswith("Bearer "):
        return header.removeprefix("Bearer ")
    token = args.get("token")
    return str(token) if token else None
