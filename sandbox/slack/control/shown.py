"""Messages, views and conversations in the form in which one person sees them."""

from typing import Any

from sandbox.slack.cast import Member
from sandbox.slack.channels import Channel
from sandbox.slack.messages import Message
from sandbox.slack.modals import View
from sandbox.slack.team import Team

Json = dict[str, Any]


def member_object(member: Member) -> Json:
    """Somebody in the workspace, as the list of people names them."""
    names = {"id": member.id, "handle": member.handle, "real_name": member.real_name}
    return {**names, "part": member.part, "deleted": member.deleted}


def message_object(channel: Channel, message: Message) -> Json:
    """A message, what was chosen in its menus (`values`), and where it stands."""
    shown = channel.shown(message, metadata=True)
    return {**shown, "channel": channel.id, "values": message.values}


def view_object(team: Team, view: View | None) -> Json | None:
    """A modal or a home tab, with what the person's own form says of it; null for none."""
    if view is None:
        return None
    return {**view.object(team.cast), "errors": view.errors, "notice": view.notice}


def channel_object(channel: Channel, user: str) -> Json:
    """What a person sees in a channel: the timeline, every thread, and what only they see."""
    own = [m for m in channel.ephemerals.values() if m.only_for == user]
    return {
        "channel": channel.id,
        "messages": [message_object(channel, m) for m in channel.timeline()],
        "replies": [message_object(channel, m) for m in channel.messages.values() if m.is_reply],
        "ephemerals": [message_object(channel, m) for m in own],
    }


def conversations(team: Team, user: str) -> list[Json]:
    """A person's channels and direct messages; those with the app are there before a word is said.

    `place` is what the other calls take for `channel`; `unread` counts messages.
    """
    own = [channel for channel in team.channels.all() if user in channel.members]
    found = [_conversation(team, channel, user) for channel in own]
    bot = f"@{team.cast.bot.handle}"
    if all(entry["place"] != bot for entry in found):
        found.append({"place": bot, "id": None, "name": bot[1:], "kind": "im", "unread": 0})
    return sorted(found, key=lambda entry: entry["kind"] == "im")


def _conversation(team: Team, channel: Channel, user: str) -> Json:
    name, place, kind = channel.name, channel.id, "private" if channel.is_private else "public"
    if channel.is_im:
        (other,) = [one for one in channel.members if one != user] or [user]
        name, kind = team.directory.by_id(other).handle, "im"
        place = f"@{name}"
    unread = team.marks.unread(channel, user)
    return {"place": place, "id": channel.id, "name": name, "kind": kind, "unread": unread}
