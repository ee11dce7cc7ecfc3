"""Lets faults strike: between the app's connection and what Slack would have done."""

import time
from collections.abc import Awaitable, Callable

from aiohttp import web

from sandbox.slack.team import Team
from sandbox.slack.trouble.faults import RESPONSE_URL, SOCKET, UPLOAD, Fault, How

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Middleware = Callable[[web.Request, Handler], Awaitable[web.StreamResponse]]

METHODS = "/api/"
OTHERS = {
    "/commands/": RESPONSE_URL,
    "/actions/": RESPONSE_URL,
    "/upload/": UPLOAD,
    "/link/": SOCKET,
}


def called(path: str) -> str:
    """The method that a path stands for; empty for what no app calls."""
    if path.startswith(METHODS):
        return path.removeprefix(METHODS)
    return next((name for prefix, name in OTHERS.items() if path.startswith(prefix)), "")


def striking(team: Team) -> Middleware:
    """A middleware under which the app's calls fail as the team's faults say."""

    @web.middleware
    async def strike(request: web.Request, handler: Handler) -> web.StreamResponse:
        method = called(request.path)
        fault = team.faults.take(method) if method else None
        if fault is None:
            return await handler(request)
        team.traffic.record("in", "fault", {"method": method}, fault.object(), time.monotonic())
        team.changes.mark()
        if fault.done:
            await handler(request)
        return await _fail(request, fault)

    return strike


async def _fail(request: web.Request, fault: Fault) -> web.Response:
    if fault.how is How.ERROR:
        return web.Response(status=500, text="fatal_error")
    if fault.how is How.RATELIMITED:
        return limited(fault.retry_after)
    if fault.how is How.HANG:
        await fault.over.wait()
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=500)


def limited(retry_after: int) -> web.Response:
    """Slack's answer to who asks too often; `retry_after` in whole seconds."""
    return web.json_response(
        {"ok": False, "error": "ratelimited"},
        status=429,
        headers={"Retry-After": str(retry_after)},
    )
