"""What people do."""

from typing import Any

from aiohttp import web

from sandbox.slack.control.shown import message_object
from sandbox.slack.interactions import clicks, commands, forms, suggestions
from sandbox.slack.interactions.acts import Desk, Outcome

Json = dict[str, Any]


class Acts:
    """The handlers, over the state and the way to the app."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._team = desk.team

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
        return web.json_response(message_object(channel, said))

    async def read(self, request: web.Request) -> web.Response:
        """Has seen all there is in a channel."""
        body, user = await request.json(), self._user(request)
        if self._team.marks.read(self._team.channels.for_person(user, body["channel"]), user):
            self._team.changes.mark()
        return web.json_response(Outcome().object())

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

    def _user(self, request: web.Request) -> str:
        return self._team.directory.member(request.match_info["user"]).id
