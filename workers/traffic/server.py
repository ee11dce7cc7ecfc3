"""The agent's HTTP side: mutual TLS, who may call, bodies checked, errors as JSON."""

import json
import logging
import ssl
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

from aiohttp import web
from pydantic import BaseModel, ValidationError

from migration.errors import DaybreakError
from workers.traffic import wire
from workers.traffic.agent import Agent
from workers.traffic.settings import AgentConfig, InvalidAgentConfig, explain
from workers.traffic.ways import Way

log = logging.getLogger(__name__)

# A caller opens its connection when it arms and uses it when it pauses, much later.
KEEP_ALIVE_SECONDS = 3600.0

Model = TypeVar("Model", bound=BaseModel)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def tls(config: AgentConfig) -> ssl.SSLContext:
    """Only certificates of the configured authority get as far as a request."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.verify_mode = ssl.CERT_REQUIRED
    context.sslobject_class = _Doorkeeper
    try:
        context.load_cert_chain(config.certificate, config.key)
        context.load_verify_locations(config.client_ca)
    except OSError as error:
        raise InvalidAgentConfig(
            f"certificate, key or client_ca cannot be used: {error}."
        ) from error
    return context


class _Doorkeeper(ssl.SSLObject):
    """Says in the log whom it turns away: asyncio keeps that to itself, and sends no alert."""

    def do_handshake(self) -> None:
        """See `ssl.SSLObject.do_handshake`."""
        try:
            super().do_handshake()
        except ssl.SSLCertVerificationError as error:
            log.warning("Refused a caller's certificate: %s.", error.verify_message)
            raise
        except ssl.SSLError as error:
            if error.reason == "PEER_DID_NOT_RETURN_A_CERTIFICATE":
                log.warning("Refused a caller: peer did not return a certificate.")
            raise


class Server:
    """Routes of the agent."""

    def __init__(self, agent: Agent, config: AgentConfig) -> None:
        """Routes only; who listens is the caller's business."""
        self._agent = agent
        self._config = config

    def application(self) -> web.Application:
        """What aiohttp runs."""
        application = web.Application(middlewares=[_errors_as_json, self._only_callers])
        application.add_routes(
            [
                web.get("/v1/{source}", self._state),
                web.get("/v1/{source}/sessions", self._sessions),
                web.post("/v1/{source}/pause", self._pause),
                web.post("/v1/{source}/point_to", self._point_to),
                web.post("/v1/{source}/resume", self._resume),
            ]
        )
        return application

    @web.middleware
    async def _only_callers(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        name = _common_name(request)
        if name not in self._config.callers:
            log.warning("Refused a call by the certificate of %r.", name)
            return _answer(
                wire.ErrorAnswer(
                    error="forbidden",
                    message="This certificate's common name is not among the agent's `callers`.",
                ),
                403,
            )
        started = time.perf_counter()
        response = await handler(request)
        if request.method == "POST":
            log.info(
                "%s by %s: %d in %.1f ms",
                request.path,
                name,
                response.status,
                (time.perf_counter() - started) * 1000,
            )
        return response

    async def _state(self, request: web.Request) -> web.Response:
        source = request.match_info["source"]
        state = await self._agent.state(source)
        settings = state.settings
        return _answer(
            wire.StateAnswer(
                source=source,
                epoch=state.epoch,
                paused=state.paused,
                endpoint=state.endpoint,
                entries=tuple(_way(way, state.users.get(way.name)) for way in state.ways),
                foreign=state.foreign,
                resumes_at=state.resumes_at,
                pooler=wire.PoolerAnswer(
                    version=settings.version,
                    pool_mode=settings.pool_mode,
                    query_wait_timeout=settings.query_wait_timeout,
                    client_login_timeout=settings.client_login_timeout,
                    server_login_retry=settings.server_login_retry,
                ),
                public=wire.PublicAnswer(
                    host=self._config.pooler.public_host, port=self._config.pooler.public_port
                ),
            )
        )

    async def _sessions(self, request: web.Request) -> web.Response:
        sessions = await self._agent.sessions(request.match_info["source"])
        return _answer(wire.SessionsAnswer(sessions=sessions))

    async def _pause(self, request: web.Request) -> web.Response:
        body = await _body(request, wire.PauseRequest)
        milliseconds = await self._agent.pause(
            request.match_info["source"],
            body.epoch,
            timeout_seconds=body.timeout_seconds,
            resume_after_seconds=body.resume_after_seconds,
            renew=body.renew,
        )
        return _answer(wire.PauseAnswer(milliseconds=milliseconds))

    async def _point_to(self, request: web.Request) -> web.Response:
        body = await _body(request, wire.PointToRequest)
        source = request.match_info["source"]
        if body.entry == "live":
            await self._agent.point_to(source, body.epoch, body.endpoint)
            return web.json_response({})
        name = await self._agent.open_validation(source, body.epoch, body.endpoint)
        pooler = self._config.pooler
        return _answer(
            wire.EntryAnswer(
                dbname=name,
                user=_common_name(request) or "",
                host=pooler.public_host,
                port=pooler.public_port,
            )
        )

    async def _resume(self, request: web.Request) -> web.Response:
        body = await _body(request, wire.ResumeRequest)
        await self._agent.resume(request.match_info["source"], body.epoch)
        return web.json_response({})


class _BadBody(Exception):
    """A body that is not what the route takes."""


@web.middleware
async def _errors_as_json(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except web.HTTPException as error:
        code = (error.reason or "error").lower().replace(" ", "_")
        message = f"{request.method} {request.path}: {error.reason}"
        return _answer(wire.ErrorAnswer(error=code, message=message), error.status)
    except _BadBody as error:
        return _answer(wire.ErrorAnswer(error="bad_request", message=str(error)), 400)
    except DaybreakError as error:
        answer = wire.error_answer(error)
        if answer is None:
            raise
        status, body = answer
        log.warning("%s %s: %s", request.method, request.path, error)
        return _answer(body, status)
    except Exception:
        log.exception("%s %s", request.method, request.path)
        message = "The agent failed: its log says where."
        return _answer(wire.ErrorAnswer(error="internal", message=message), 500)


async def _body(request: web.Request, model: type[Model]) -> Model:
    try:
        return model.model_validate(json.loads(await request.text()))
    except ValueError as error:
        if isinstance(error, ValidationError):
            raise _BadBody(explain(error)) from error
        raise _BadBody("The body is not JSON.") from error


def _answer(body: BaseModel, status: int = 200) -> web.Response:
    return web.Response(text=body.model_dump_json(), status=status, content_type="application/json")


def _way(way: Way, user: str | None) -> wire.WayAnswer:
    return wire.WayAnswer(
        name=way.name,
        host=way.endpoint.host if way.endpoint else None,
        port=way.endpoint.port if way.endpoint else None,
        held=way.held,
        user=user,
    )


def _common_name(request: web.Request) -> str | None:
    certificate = request.transport.get_extra_info("peercert") if request.transport else None
    for part in (certificate or {}).get("subject", ()):
        for key, value in part:
            if key == "commonName":
                return str(value)
    return None
