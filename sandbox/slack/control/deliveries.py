"""What was sent to the app, sent again, and over which sockets; and starting afresh."""

from aiohttp import web

from sandbox.slack.delivery.request import Kind
from sandbox.slack.delivery.socket_mode import SocketMode
from sandbox.slack.interactions import commands
from sandbox.slack.interactions.acts import Desk


class Deliveries:
    """The handlers that no person has in hand."""

    def __init__(self, desk: Desk, sockets: SocketMode) -> None:
        self._desk = desk
        self._sockets = sockets

    async def requests(self, request: web.Request) -> web.Response:
        """What was sent to the app, oldest first."""
        name = request.query.get("user")
        user = self._desk.team.directory.member(name).id if name else None
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
        self._desk.team.clear()
        return web.json_response({})
