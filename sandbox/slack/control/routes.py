"""Where each part of the control API is, and how it refuses."""

from collections.abc import Awaitable, Callable

from aiohttp import web

from sandbox.slack.control.acts import Acts
from sandbox.slack.control.deliveries import Deliveries
from sandbox.slack.control.live import Live
from sandbox.slack.control.sight import Sight
from sandbox.slack.delivery.socket_mode import SocketMode
from sandbox.slack.errors import SlackError
from sandbox.slack.interactions.acts import Desk

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


def add_control(application: web.Application, desk: Desk, sockets: SocketMode) -> None:
    """Every route under `/_control/`."""
    live = Live(desk.team)
    application.on_shutdown.append(live.close)
    application.add_routes([web.get("/_control/live", live.connect), *_routes(desk, sockets)])


def _routes(desk: Desk, sockets: SocketMode) -> list[web.RouteDef]:
    sight, acts, deliveries = Sight(desk.team), Acts(desk), Deliveries(desk, sockets)
    person = "/_control/people/{user}"
    return [
        web.get("/_control/cast", sight.cast),
        web.get("/_control/changes", sight.changes),
        web.get("/_control/traffic", sight.traffic),
        web.get(f"{person}/screen", sight.screen),
        web.get(f"{person}/channel", sight.channel),
        web.get(f"{person}/modal", sight.modal),
        web.get(f"{person}/home", sight.home),
        web.post(f"{person}/home", acts.open_home),
        web.post(f"{person}/read", acts.read),
        web.post(f"{person}/type", acts.type_line),
        web.post(f"{person}/say", acts.say),
        web.post(f"{person}/act", acts.act),
        web.post(f"{person}/suggest", acts.suggest),
        web.post(f"{person}/submit", acts.submit),
        web.post(f"{person}/close", acts.close),
        web.get("/_control/requests", deliveries.requests),
        web.post("/_control/requests/{id}/repeat", deliveries.repeat),
        web.get("/_control/sockets", deliveries.sockets),
        web.post("/_control/sockets/refresh", deliveries.refresh_sockets),
        web.post("/_control/sockets/drop", deliveries.drop_sockets),
        web.post("/_control/reset", deliveries.reset),
    ]
