"""The local workspace: a server in a thread of its own that an app takes for Slack."""

import asyncio
import json
import threading
from pathlib import Path
from typing import Any, Literal, Self

from aiohttp import web

from sandbox.slack.cast import Cast, default_cast
from sandbox.slack.control.routes import add_control, errors_as_json
from sandbox.slack.delivery.dispatcher import Dispatcher
from sandbox.slack.delivery.signed_http import SignedHttp
from sandbox.slack.delivery.socket_mode import SocketMode
from sandbox.slack.errors import SlackError
from sandbox.slack.guard import own_pages_only
from sandbox.slack.interactions.acts import Desk
from sandbox.slack.manifest import Manifest, read_manifest
from sandbox.slack.page.serving import page_routes
from sandbox.slack.responding import respond
from sandbox.slack.team import Team
from sandbox.slack.timings import Timings
from sandbox.slack.tokens import Tokens
from sandbox.slack.trouble.control import TroubleControl
from sandbox.slack.trouble.entrance import Entrance, stop_listening
from sandbox.slack.trouble.striking import striking
from sandbox.slack.web.dispatch import WebApi
from sandbox.slack.web.files import give, receive_upload

ADDRESS = "127.0.0.1"
LARGEST_BODY = 32 * 1024 * 1024
START_SECONDS = 30


class Workspace:
    """Slack, for one app, on one machine: Web API, Socket Mode or signed HTTP, and people."""

    def __init__(
        self,
        tokens: Tokens,
        cast: Cast | None = None,
        *,
        transport: Literal["socket", "http"] = "socket",
        request_url: str = "",
        manifest: Manifest | Path | None = None,
        timings: Timings | None = None,
        port: int = 0,
    ) -> None:
        if transport == "http" and not request_url:
            raise ValueError("Signed HTTP requests need a request URL to go to.")
        read = manifest if isinstance(manifest, Manifest) else None
        read = read or (read_manifest(manifest) if isinstance(manifest, Path) else read_manifest())
        self._team = Team(tokens, cast or default_cast(), read, timings or Timings())
        self._transport = transport
        self._request_url = request_url
        self._port = port
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping: asyncio.Event | None = None
        self._started = threading.Event()
        self._failure: BaseException | None = None

    @property
    def base_url(self) -> str:
        """Where people are: for `Person` and the control API; it is there on a bad day too."""
        return self._team.base_url

    @property
    def api_url(self) -> str:
        """What an app takes for `https://slack.com/api/`."""
        return f"{self._team.app_url}/api/"

    @property
    def tokens(self) -> Tokens:
        """The secrets that the app needs."""
        return self._team.tokens

    @property
    def cast(self) -> Cast:
        """Who is there."""
        return self._team.cast

    def counts(self) -> dict[str, int]:
        """How many messages were posted, updated and shown to one person alone."""
        return self._team.traffic.counts()

    def traffic(self) -> list[dict[str, Any]]:
        """Everything that passed between workspace and app, payloads included."""
        return self._team.traffic.entries()

    def start(self) -> Self:
        """Listen on a free port of the loopback interface; returns when it can be reached."""
        self._thread = threading.Thread(target=self._run, name="slack-workspace", daemon=True)
        self._thread.start()
        if not self._started.wait(START_SECONDS):
            raise TimeoutError("The workspace did not start.")
        if self._failure is not None:
            raise self._failure
        return self

    def stop(self) -> None:
        """Close everything; stopping twice does no harm."""
        if self._thread is None or self._loop is None or self._stopping is None:
            return
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stopping.set)
            self._thread.join(START_SECONDS)
        self._thread = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_failure: object) -> None:
        self.stop()

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except Exception as failure:  # noqa: BLE001 - it is raised again in the caller's thread
            self._failure = failure
        finally:
            self._started.set()

    async def _serve(self) -> None:
        self._loop, self._stopping = asyncio.get_running_loop(), asyncio.Event()
        sockets = SocketMode(self._team)
        http = SignedHttp(self._request_url, self._team.tokens.signing_secret)
        dispatcher = Dispatcher(self._team, http if self._transport == "http" else sockets)
        application = self._application(sockets, dispatcher)
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=1.0)
        entrance = Entrance(runner, ADDRESS)
        application.add_routes(TroubleControl(self._team, entrance).routes())
        await runner.setup()
        try:
            site = web.TCPSite(runner, ADDRESS, self._port)
            await site.start()
            host, port = runner.addresses[0][:2]
            self._team.base_url = f"http://{host}:{port}"
            await entrance.open()
            self._team.app_url = entrance.url
            self._started.set()
            await self._stopping.wait()
        finally:
            self._team.faults.end()
            await dispatcher.close()
            await sockets.close()
            await http.close()
            for listening in list(runner.sites):
                await stop_listening(listening)
            await runner.cleanup()

    def _application(self, sockets: SocketMode, dispatcher: Dispatcher) -> web.Application:
        application = web.Application(
            middlewares=[own_pages_only, errors_as_json, striking(self._team)],
            client_max_size=LARGEST_BODY,
        )
        api = WebApi(self._team, sockets)
        application.add_routes(
            [
                web.post("/api/{method}", api.handle),
                web.get("/api/{method}", api.handle),
                web.get("/link/", sockets.connect),
                web.post("/commands/{token}", self._take_response),
                web.post("/actions/{token}", self._take_response),
                web.post("/upload/v1/{file_id}", self._take_upload),
                web.get("/files/{file_id}/{name}", self._give_file),
                *page_routes(),
            ]
        )
        add_control(application, Desk(self._team, dispatcher), sockets)
        return application

    async def _take_upload(self, request: web.Request) -> web.Response:
        return await receive_upload(self._team, request)

    async def _give_file(self, request: web.Request) -> web.Response:
        return give(self._team, request)

    async def _take_response(self, request: web.Request) -> web.Response:
        """An app's answer to a response URL."""
        loop = asyncio.get_running_loop()
        started = loop.time()
        body: Any = None
        try:
            body = json.loads(await request.text())
            respond(self._team, request.match_info["token"], body)
            status, answer = 200, "ok"
        except ValueError:
            status, answer = 400, "invalid_payload"
        except SlackError as error:
            gone = error.code in {"used_url", "expired_url", "no_such_url"}
            status, answer = (404 if gone else 400), json.dumps(error.body())
        self._team.traffic.record("in", "response_url", body, answer, started)
        return web.Response(status=status, text=answer)
