"""The control API's switches for trouble, under `/_control/trouble`."""

from typing import Any

from aiohttp import web

from sandbox.slack.team import Team
from sandbox.slack.trouble.entrance import Entrance

PATH = "/_control/trouble"


class TroubleControl:
    """Shows the switches and sets them."""

    def __init__(self, team: Team, entrance: Entrance) -> None:
        self._team = team
        self._entrance = entrance

    def routes(self) -> list[web.RouteDef]:
        """Where each of them is."""
        return [
            web.get(PATH, self.show),
            web.post(f"{PATH}/end", self.end),
            web.post(f"{PATH}/faults", self.add_fault),
            web.post(f"{PATH}/faults/{{number}}/end", self.end_fault),
            web.post(f"{PATH}/rate_limits", self.limit),
            web.post(f"{PATH}/blocks", self.refuse_blocks),
            web.post(f"{PATH}/channels", self.close_channel),
            web.post(f"{PATH}/connections", self.connections),
        ]

    async def show(self, _request: web.Request) -> web.Response:
        """Every switch."""
        return self._shown()

    async def add_fault(self, request: web.Request) -> web.Response:
        """Switches a fault on; gives its number."""
        body: dict[str, Any] = await request.json()
        fault = self._team.faults.add(body.pop("how"), **body)
        return web.json_response(fault.object())

    async def end_fault(self, request: web.Request) -> web.Response:
        """Switches a fault off, and lets go whoever hangs on it."""
        self._team.faults.end(int(request.match_info["number"]))
        return self._shown()

    async def limit(self, request: web.Request) -> web.Response:
        """Limits calls as Slack does, or no longer."""
        self._team.limits.switch(on=bool((await request.json())["on"]))
        return self._shown()

    async def refuse_blocks(self, request: web.Request) -> web.Response:
        """Refuses these types of blocks in messages, and no others."""
        types: list[str] = (await request.json())["types"]
        self._team.refused_blocks = frozenset(types)
        return self._shown()

    async def close_channel(self, request: web.Request) -> web.Response:
        """Archives a channel or takes the app out of it, or the other way round."""
        body: dict[str, Any] = await request.json()
        channel, bot = self._team.channels.named(body["channel"]), self._team.cast.bot.id
        channel.is_archived = bool(body["archived"])
        channel.members = [one for one in channel.members if one != bot]
        if body["with_bot"]:
            channel.members.append(bot)
        self._team.changes.mark()
        return self._shown()

    async def connections(self, request: web.Request) -> web.Response:
        """Takes connections of the app, or refuses them and cuts those that there are."""
        if (await request.json())["on"]:
            await self._entrance.open()
        else:
            await self._entrance.close()
        self._team.changes.mark()
        return self._shown()

    async def end(self, _request: web.Request) -> web.Response:
        """A good day again."""
        self._team.faults.end()
        self._team.limits.switch(on=False)
        self._team.refused_blocks = frozenset()
        await self._entrance.open()
        return self._shown()

    def _shown(self) -> web.Response:
        return web.json_response(
            {
                "faults": [fault.object() for fault in self._team.faults.all()],
                "rate_limits": self._team.limits.on,
                "refused_blocks": sorted(self._team.refused_blocks),
                "connections": self._entrance.is_open,
            }
        )
