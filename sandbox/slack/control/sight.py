"""What people see, and what passes between workspace and app."""

from typing import Any

from aiohttp import web

from sandbox.slack.control.shown import (
    channel_object,
    conversations,
    member_object,
    view_object,
)
from sandbox.slack.errors import SlackError
from sandbox.slack.team import Team

Json = dict[str, Any]
# how long anybody may wait for a change in one request
LONGEST_WAIT = 30.0


class Sight:
    """The handlers that change nothing."""

    def __init__(self, team: Team) -> None:
        self._team = team

    async def cast(self, _request: web.Request) -> web.Response:
        """Who and what is in the workspace."""
        cast, manifest = self._team.cast, self._team.manifest
        return web.json_response(
            {
                "people": [member_object(member) for member in cast.members],
                "bot": member_object(cast.bot),
                "system": member_object(cast.slackbot),
                "groups": [{"id": g.id, "handle": g.handle, "name": g.name} for g in cast.groups],
                "channels": [{"id": r.id, "name": r.name} for r in cast.rooms],
                "commands": [vars(command) for command in manifest.commands],
                "home": manifest.home,
            }
        )

    async def changes(self, request: web.Request) -> web.Response:
        """Waits until something changed after the given number."""
        wait = min(float(request.query.get("wait", "0")), LONGEST_WAIT)
        number = await self._team.changes.after(int(request.query.get("after", "0")), wait)
        return web.json_response({"number": number})

    async def traffic(self, request: web.Request) -> web.Response:
        """What passed between workspace and app; `limit` gives the latest so many alone."""
        entries = self._team.traffic.entries(int(request.query.get("after", "0")))
        limit = int(request.query.get("limit", len(entries)))
        newest = entries[max(len(entries) - limit, 0) :]
        return web.json_response({"entries": newest, "counts": self._team.traffic.counts()})

    async def screen(self, request: web.Request) -> web.Response:
        """All that a person has before them: where they can go, one channel, modals, the home tab.

        `modals` is the whole stack, the one in front last; `refused` says why there is no channel.
        """
        team, user = self._team, self._user(request)
        place, channel, refused = request.query.get("channel"), None, None
        if place:
            try:
                channel = team.channels.for_person(user, place)
            except SlackError as error:
                refused = error.code
        return web.json_response(
            {
                "number": team.changes.number,
                "conversations": conversations(team, user),
                "channel": channel and channel_object(channel, user),
                "refused": refused,
                "modals": [view_object(team, view) for view in team.modals.stack(user)],
                "home": view_object(team, team.modals.home(user)),
            }
        )

    async def channel(self, request: web.Request) -> web.Response:
        """What a person sees in a channel."""
        user = self._user(request)
        channel = self._team.channels.for_person(user, request.query["channel"])
        return web.json_response(channel_object(channel, user))

    async def modal(self, request: web.Request) -> web.Response:
        """The modal in front of a person, or null."""
        top = self._team.modals.top(self._user(request))
        return web.json_response({"view": view_object(self._team, top)})

    async def home(self, request: web.Request) -> web.Response:
        """A person's home tab, or null."""
        home = self._team.modals.home(self._user(request))
        return web.json_response({"view": view_object(self._team, home)})

    def _user(self, request: web.Request) -> str:
        return self._team.directory.member(request.match_info["user"]).id
