"""Takes every call of the Web API: which method, may it, what came of it."""

import inspect
import time
from typing import Any

from aiohttp import web

from sandbox.slack.channels import Channel
from sandbox.slack.delivery.socket_mode import SocketMode
from sandbox.slack.errors import SlackError
from sandbox.slack.team import Team
from sandbox.slack.trouble.rate_limits import RateLimited
from sandbox.slack.trouble.striking import limited
from sandbox.slack.web import apps, chat, conversations, files, pins, usergroups, users, views
from sandbox.slack.web.call import Call, Json, Method, read_arguments, token_of
from sandbox.slack.web.scopes import check_scope

METHODS: dict[str, Method] = {
    **apps.METHODS,
    **chat.METHODS,
    **conversations.METHODS,
    **files.METHODS,
    **pins.METHODS,
    **usergroups.METHODS,
    **users.METHODS,
    **views.METHODS,
}
# the one method that wants the app's token and not the bot's
APP_TOKEN_METHODS = frozenset({"apps.connections.open"})
NO_TOKEN_METHODS = frozenset({"api.test"})


class WebApi:
    """The methods, behind `/api/`."""

    def __init__(self, team: Team, sockets: SocketMode) -> None:
        self._team = team
        self._sockets = sockets

    async def handle(self, request: web.Request) -> web.Response:
        """Answer one call with status 200, an error being in the body; 429 when it is too many."""
        started, name = time.monotonic(), request.match_info["method"]
        args: Json = {}
        retry_after: int | None = None
        try:
            args = await read_arguments(request)
            self._authorize(name, token_of(request, args))
            args.pop("token", None)
            check_scope(name, self._team.manifest.scopes, self._conversation(args))
            self._team.limits.take(name, args)
            answer = {"ok": True, **await self._run(name, args)}
        except RateLimited as error:
            answer, retry_after = error.body(), error.retry_after
        except SlackError as error:
            answer = error.body()
        self._team.traffic.record("in", name, args, answer, started)
        if retry_after is not None:
            return limited(retry_after)
        headers = {"x-oauth-scopes": ",".join(self._team.manifest.scopes)}
        return web.json_response(answer, headers=headers)

    def _authorize(self, name: str, token: str | None) -> None:
        if name in NO_TOKEN_METHODS:
            return
        if name not in METHODS:
            raise SlackError("unknown_method")
        if token is None:
            raise SlackError("not_authed")
        tokens = self._team.tokens
        if token not in {tokens.bot, tokens.app}:
            raise SlackError("invalid_auth")
        wanted = tokens.app if name in APP_TOKEN_METHODS else tokens.bot
        if token != wanted:
            raise SlackError("not_allowed_token_type")

    def _conversation(self, args: Json) -> Channel | None:
        """The one that a call names, if it names one that is there."""
        try:
            return self._team.channels.by_id(str(args.get("channel", "")))
        except SlackError:
            return None

    async def _run(self, name: str, args: Json) -> Any:
        answer = METHODS[name](Call(self._team, self._sockets, args))
        return await answer if inspect.isawaitable(answer) else answer
