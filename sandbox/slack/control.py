"""The control API under `/_control/`: the hands, eyes and mouths of people, and of tests."""

from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from sandbox.slack.channels import Channel
from sandbox.slack.delivery.request import Kind
from sandbox.slack.delivery.socket_mode import SocketMode
from sandbox.slack.errors import SlackError
from sandbox.slack.interactions import clicks, commands, forms, suggestions
from sandbox.slack.interactions.acts import Desk, Outcome
from sandbox.slack.messages import Message
from sandbox.slack.modals import View

Json = dict[str, Any]
# how long anybody may wait for a change in one request
LONGEST_WAIT = 30.0

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@web.middleware
async def errors_as_json(request: web.Request, handler: Handler) -> web.StreamResponse:
    """What cannot be done is said with status 400; the Web API words its own errors."""
    try:
        return await handler(request)
    except SlackError as error:
        return web.json_response(error.body(), status=400)
    except KeyError as missing:
        refusal = SlackError("missing_argument", note=str(missing))
        return web.json_response(refusal.body(), status=400)


class Control:
    """The handlers, over the state and the way to the app."""

    def __init__(self, desk: Desk, sockets: SocketMode) -> None:
        self._desk = desk
        self._team = desk.team
        self._sockets = sockets

    def routes(self) -> list[web.RouteDef]:
        """Where each of them is."""
        person = "/_control/people/{user}"
        return [
            web.get("/_control/cast", self.cast),
            web.get("/_control/changes", self.changes),
            web.get("/_control/traffic", self.traffic),
            web.get("/_control/requests", self.requests),
            web.post("/_control/requests/{id}/repeat", self.repeat),
            web.get("/_control/sockets", self.sockets),
            web.post("/_control/sockets/refresh", self.refresh_sockets),
            web.post("/_control/sockets/drop", self.drop_sockets),
            web.post("/_control/reset", self.reset),
            web.get(f"{person}/channel", self.read_channel),
            web.get(f"{person}/modal", self.read_modal),
            web.get(f"{person}/home", self.read_home),
            web.post(f"{person}/home", self.open_home),
            web.post(f"{person}/type", self.type_line),
            web.post(f"{person}/say", self.say),
            web.post(f"{person}/act", self.act),
            web.post(f"{person}/suggest", self.suggest),
            web.post(f"{person}/submit", self.submit),
            web.post(f"{person}/close", self.close),
        ]

    # what is there

    async def cast(self, _request: web.Request) -> web.Response:
        """Who and what is in the workspace."""
        cast = self._team.cast
        return web.json_response(
            {
                "people": [{"id": m.id, "handle": m.handle, "part": m.part} for m in cast.members],
                "bot": {"id": cast.bot.id, "handle": cast.bot.handle},
                "groups": [{"id": g.id, "handle": g.handle} for g in cast.groups],
                "channels": [{"id": r.id, "name": r.name} for r in cast.rooms],
                "commands": [vars(command) for command in self._team.manifest.commands],
            }
        )

    async def changes(self, request: web.Request) -> web.Response:
        """Waits until something changed after the given number."""
        wait = min(float(request.query.get("wait", "0")), LONGEST_WAIT)
        number = await self._team.changes.after(int(request.query.get("after", "0")), wait)
        return web.json_response({"number": number})

    async def traffic(self, request: web.Request) -> web.Response:
        """What passed between workspace and app."""
        after = int(request.query.get("after", "0"))
        return web.json_response(
            {"entries": self._team.traffic.entries(after), "counts": self._team.traffic.counts()}
        )

    async def read_channel(self, request: web.Request) -> web.Response:
        """What a person sees in a channel: the timeline, every thread, and what only they see."""
        user = self._user(request)
        channel = self._team.channels.for_person(user, request.query["channel"])
        own = [m for m in channel.ephemerals.values() if m.only_for == user]
        return web.json_response(
            {
                "channel": channel.id,
                "messages": [self._message(channel, m) for m in channel.timeline()],
                "replies": [
                    self._message(channel, m) for m in channel.messages.values() if m.is_reply
                ],
                "ephemerals": [self._message(channel, m) for m in own],
            }
        )

    def _message(self, channel: Channel, message: Message) -> Json:
        return {**channel.shown(message, metadata=True), "channel": channel.id}

    async def read_modal(self, request: web.Request) -> web.Response:
        """The modal in front of a person, or null."""
        return web.json_response({"view": self._view(self._team.modals.top(self._user(request)))})

    async def read_home(self, request: web.Request) -> web.Response:
        """A person's home tab, or null."""
        return web.json_response({"view": self._view(self._team.modals.home(self._user(request)))})

    def _view(self, view: View | None) -> Json | None:
        if view is None:
            return None
        return {**view.object(self._team.cast), "errors": view.errors, "notice": view.notice}

    # what people do

    async def type_line(self, request: web.Request) -> web.Response:
        """Types a line into a channel."""
        body = await request.json()
        user = self._user(request)
        outcome = await commands.type_line(self._desk, user, body["channel"], body["text"])
        return web.json_response(outcome.object())

    async def say(self, request: web.Request) -> web.Response:
        """Says ordinary words in a channel or a thread."""
        body, user = await request.json(), self._user(request)
        channel = self._team.channels.for_person(user, body["channel"])
        said = commands.say(self._desk, user, channel, body["text"], body.get("thread_ts"))
        return web.json_response(self._message(channel, said))

    async def act(self, request: web.Request) -> web.Response:
        """Presses or fills in something in a modal (`view_id`) or on a message (`ts`)."""
        body, user = await request.json(), self._user(request)
        if "view_id" in body:
            view = self._team.modals.find(body["view_id"])
            outcome = await forms.act_in_view(self._desk, user, view, body)
        else:
            outcome = await clicks.act_on_message(self._desk, user, body)
        return web.json_response(outcome.object())

    async def suggest(self, request: web.Request) -> web.Response:
        """Types into a menu that asks the app for its choices."""
        options = await suggestions.suggest(self._desk, self._user(request), await request.json())
        return web.json_response({"options": options})

    async def submit(self, request: web.Request) -> web.Response:
        """Presses the submit button of the modal."""
        outcome = await forms.submit(self._desk, self._user(request))
        return web.json_response(outcome.object())

    async def close(self, request: web.Request) -> web.Response:
        """Closes the modal, or all of them."""
        body = await request.json()
        everything = bool(body.get("everything"))
        outcome = await forms.close(self._desk, self._user(request), everything=everything)
        return web.json_response(outcome.object())

    async def open_home(self, request: web.Request) -> web.Response:
        """Opens the app's home tab, of which the app is told."""
        user = self._user(request)
        home = self._team.modals.home(user)
        channel = self._team.channels.direct(user, self._team.cast.bot.id)
        event: Json = {
            "type": "app_home_opened",
            "user": user,
            "channel": channel.id,
            "tab": "home",
            "event_ts": self._team.timestamps.new(),
        }
        if home is not None:
            event["view"] = home.object(self._team.cast)
        self._desk.dispatcher.emit(event)
        return web.json_response(Outcome().object())

    # what networks and attackers do

    async def requests(self, request: web.Request) -> web.Response:
        """What was sent to the app, oldest first."""
        name = request.query.get("user")
        user = self._team.directory.member(name).id if name else None
        sent = self._desk.dispatcher.requests(user)
        return web.json_response(
            {"requests": [{"id": r.id, "kind": r.kind, "payload": r.payload} for r in sent]}
        )

    async def repeat(self, request: web.Request) -> web.Response:
        """Sends an earlier request again, to the byte, or with a spoilt signature."""
        body, request_id = await request.json(), request.match_info["id"]
        sent = self._desk.dispatcher.request(request_id)
        answer = await self._desk.dispatcher.repeat(request_id, body.get("signature", "same"))
        if sent.kind is Kind.COMMAND and answer.acknowledged:
            commands.show_answer(self._desk, sent, answer)
        return web.json_response(
            {"error": answer.error, "status": answer.status, "payload": answer.payload}
        )

    async def sockets(self, _request: web.Request) -> web.Response:
        """The sockets that are open."""
        return web.json_response({"sockets": self._sockets.numbers()})

    async def refresh_sockets(self, _request: web.Request) -> web.Response:
        """Replaces every socket in the friendly way."""
        await self._sockets.refresh()
        return web.json_response({})

    async def drop_sockets(self, _request: web.Request) -> web.Response:
        """Cuts every socket."""
        await self._sockets.drop()
        return web.json_response({})

    async def reset(self, _request: web.Request) -> web.Response:
        """Empties the channels and closes the modals."""
        self._team.clear()
        return web.json_response({})

    def _user(self, request: web.Request) -> str:
        return self._team.directory.member(request.match_info["user"]).id
