"""The server's side of Socket Mode: sockets, envelopes and their acknowledgements."""

import asyncio
import itertools
import json
import secrets
import time
from contextlib import suppress
from typing import Any

from aiohttp import WSMsgType, web

from sandbox.slack.delivery.request import UNREACHABLE, Answer, Kind, Request, Retry, Sent
from sandbox.slack.errors import SlackError
from sandbox.slack.team import Team

Json = dict[str, Any]

MAXIMUM_SOCKETS = 10
HOST = "local-simulator"
# a client that was told to leave may be gone without a close frame
CLOSING_SECONDS = 0.5


class Socket:
    """One connection of the app's."""

    def __init__(self, number: int, connection: web.WebSocketResponse) -> None:
        self.number = number
        self.connection = connection
        self.retiring = False


class SocketMode:
    """Delivers each request to one of the open sockets, in turn."""

    def __init__(self, team: Team) -> None:
        self._team = team
        self._tickets: dict[str, float] = {}
        self._numbers = itertools.count(1)
        self._sockets: list[Socket] = []
        self._turn = 0
        self._waiting: dict[str, asyncio.Future[Answer]] = {}
        self._sent: Sent[Json] = Sent()

    def open_url(self, base: str) -> str:
        """An address for one socket, as `apps.connections.open` gives it."""
        ticket = secrets.token_urlsafe(24)
        self._tickets[ticket] = time.monotonic() + self._team.timings.socket_ticket
        return (
            f"{base.replace('http', 'ws', 1)}/link/?ticket={ticket}&app_id={self._team.cast.app_id}"
        )

    def numbers(self) -> list[int]:
        """The sockets that are open, by their numbers."""
        return [socket.number for socket in self._sockets]

    async def connect(self, request: web.Request) -> web.StreamResponse:
        """Serve a socket until it is closed."""
        expires = self._tickets.pop(request.query.get("ticket", ""), 0.0)
        if time.monotonic() > expires:
            return web.json_response({"ok": False, "error": "invalid_ticket"}, status=403)
        connection = web.WebSocketResponse(timeout=CLOSING_SECONDS)
        await connection.prepare(request)
        socket = Socket(next(self._numbers), connection)
        if len(self._sockets) >= MAXIMUM_SOCKETS:
            await self._say_goodbye(socket, "too_many_websockets")
            return connection
        self._sockets.append(socket)
        try:
            await connection.send_json(self._hello())
            self._team.changes.mark()
            async for message in connection:
                if message.type is WSMsgType.TEXT:
                    self._take(message.data)
        finally:
            self._forget(socket)
        return connection

    async def send(self, request: Request, retry: Retry | None = None) -> Answer:
        """Give an envelope with the request to one socket and wait for its ack."""
        envelope: Json = {
            "envelope_id": request.id,
            "type": request.kind.value,
            "payload": request.payload,
            "accepts_response_payload": request.kind is not Kind.EVENT,
        }
        if request.kind is Kind.EVENT:
            envelope["retry_attempt"] = retry.number if retry else 0
            envelope["retry_reason"] = retry.reason if retry else ""
        self._sent[request.id] = envelope
        return await self._deliver(envelope)

    async def send_again(self, request_id: str, signature: str) -> Answer:
        """The same envelope once more; on a socket nothing is signed."""
        if signature != "same":
            raise SlackError("not_signed", note="Socket Mode carries no signatures")
        return await self._deliver(self._sent[request_id])

    async def _deliver(self, envelope: Json) -> Answer:
        usable = [s for s in self._sockets if not s.retiring] or self._sockets
        if not usable:
            return Answer(error=UNREACHABLE)
        self._turn += 1
        socket = usable[self._turn % len(usable)]
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting[envelope["envelope_id"]] = answer
        try:
            await socket.connection.send_json(envelope)
            return await answer
        except ConnectionError:
            return Answer(error=UNREACHABLE)
        finally:
            self._waiting.pop(envelope["envelope_id"], None)

    def _take(self, text: str) -> None:
        """An acknowledgement; one that comes too late finds nobody waiting."""
        try:
            frame = json.loads(text)
        except ValueError:
            return
        waiting = self._waiting.get(frame.get("envelope_id", ""))
        if waiting is not None and not waiting.done():
            waiting.set_result(Answer(payload=frame.get("payload")))

    async def refresh(self, *, warn: bool = True) -> None:
        """Replace every socket, as Slack does from hour to hour: announce it, then close."""
        old = [socket for socket in self._sockets if not socket.retiring]
        for socket in old:
            socket.retiring = True
            with suppress(ConnectionError):
                if warn:
                    await socket.connection.send_json(self._disconnect("warning"))
        if warn:
            await asyncio.sleep(self._team.timings.socket_refresh)
        for socket in old:
            await self._say_goodbye(socket, "refresh_requested")

    async def drop(self) -> None:
        """Cut every connection without a word, as a network does."""
        for socket in list(self._sockets):
            self._forget(socket)
            transport = socket.connection._req.transport if socket.connection._req else None
            if transport is not None:
                transport.abort()

    async def close(self) -> None:
        """End every connection."""
        for socket in list(self._sockets):
            await socket.connection.close()

    async def _say_goodbye(self, socket: Socket, reason: str) -> None:
        with suppress(ConnectionError):
            await socket.connection.send_json(self._disconnect(reason))
            await socket.connection.close()

    def _forget(self, socket: Socket) -> None:
        if socket in self._sockets:
            self._sockets.remove(socket)
            self._team.changes.mark()

    def _hello(self) -> Json:
        return {
            "type": "hello",
            "num_connections": len(self._sockets),
            "debug_info": {
                "host": HOST,
                "build_number": 1,
                "approximate_connection_time": 18060,
            },
            "connection_info": {"app_id": self._team.cast.app_id},
        }

    def _disconnect(self, reason: str) -> Json:
        return {"type": "disconnect", "reason": reason, "debug_info": {"host": HOST}}
