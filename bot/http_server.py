"""Signed HTTP requests from Slack: aiohttp in front of the same Bolt app."""

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus

from aiohttp import web
from slack_bolt import App, BoltRequest, BoltResponse

log = logging.getLogger(__name__)

PATH = "/slack/events"
# Slack's own payloads stay far below.
LARGEST_BODY = 1024 * 1024
# Each waits for its listener's ack, three seconds at most.
REQUESTS_AT_ONCE = 64
SHUTDOWN_SECONDS = 5.0


def application(app: App) -> web.Application:
    """An aiohttp application that hands requests to Bolt, each in a thread of its own."""
    threads = ThreadPoolExecutor(REQUESTS_AT_ONCE, thread_name_prefix="request")

    async def events(request: web.Request) -> web.Response:
        received = BoltRequest(
            body=await request.text(),
            query=request.query_string,
            headers={name: [value] for name, value in request.headers.items()},
        )
        loop = asyncio.get_running_loop()
        return _answer(await loop.run_in_executor(threads, app.dispatch, received))

    async def health(_request: web.Request) -> web.Response:
        return web.json_response({"listening": True})

    async def close(_application: web.Application) -> None:
        threads.shutdown(wait=False, cancel_futures=True)

    made = web.Application(client_max_size=LARGEST_BODY)
    made.add_routes([web.post(PATH, events), web.get("/health", health)])
    made.on_cleanup.append(close)
    return made


def _answer(response: BoltResponse) -> web.Response:
    headers = response.first_headers_without_set_cookie()
    return web.Response(
        status=response.status or HTTPStatus.OK, body=response.body, headers=headers
    )


def serve(app: App, host: str, port: int) -> None:
    """Listen until SIGTERM or SIGINT; requests under way are answered first."""
    log.info("Listening for Slack's requests on http://%s:%s%s", host, port, PATH)
    web.run_app(
        application(app),
        host=host,
        port=port,
        print=None,
        access_log=None,
        shutdown_timeout=SHUTDOWN_SECONDS,
    )
