"""A WebSocket that says when there is something new; what it is, the other calls tell.

A browser keeps six HTTP connections to a server at most, over all of its tabs: waiting in HTTP
requests would stop a workspace that is open in several tabs, one for each person.
"""

import asyncio
from contextlib import suppress

from aiohttp import WSCloseCode, web

from sandbox.slack.team import Team

# A connection that is gone without a word is noticed after so many seconds.
HEARTBEAT_SECONDS = 20.0
# Nobody else is told of a change by this: it only bounds one wait.
WAIT_SECONDS = 60.0


class Live:
    """Tells every page that is open: `{"changes": number, "traffic": number}`."""

    def __init__(self, team: Team) -> None:
        self._team = team
        self._open: set[web.WebSocketResponse] = set()

    async def connect(self, request: web.Request) -> web.WebSocketResponse:
        """Say the numbers at once and after every change, until the page goes away."""
        socket = web.WebSocketResponse(heartbeat=HEARTBEAT_SECONDS)
        await socket.prepare(request)
        self._open.add(socket)
        telling = asyncio.create_task(self._tell(socket))
        try:
            # a page says nothing here; this ends when it is gone
            async for _message in socket:
                pass
        finally:
            self._open.discard(socket)
            telling.cancel()
            with suppress(asyncio.CancelledError, ConnectionError):
                await telling
        return socket

    async def close(self, _application: web.Application) -> None:
        """Send every page away: the server ends."""
        for socket in list(self._open):
            await socket.close(code=WSCloseCode.GOING_AWAY)

    async def _tell(self, socket: web.WebSocketResponse) -> None:
        while True:
            seen, heard = self._team.changes.number, self._team.traffic.changes.number
            await socket.send_json({"changes": seen, "traffic": heard})
            waits = [
                asyncio.create_task(self._team.changes.after(seen, WAIT_SECONDS)),
                asyncio.create_task(self._team.traffic.changes.after(heard, WAIT_SECONDS)),
            ]
            try:
                await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for wait in waits:
                    wait.cancel()
