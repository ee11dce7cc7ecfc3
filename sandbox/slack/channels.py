"""Channels and direct messages, who is in them, and what has been said there."""

from dataclasses import dataclass, field
from typing import Any

from sandbox.slack.cast import TEAM_ID, Cast
from sandbox.slack.directory import Directory
from sandbox.slack.errors import SlackError
from sandbox.slack.identifiers import new_id
from sandbox.slack.messages import Message

CREATED = 1700000000


@dataclass
class Channel:
    """A channel, private or not, or the direct messages of two."""

    id: str
    name: str
    members: list[str]
    is_private: bool = False
    is_im: bool = False
    is_archived: bool = False
    messages: dict[str, Message] = field(default_factory=dict)
    ephemerals: dict[str, Message] = field(default_factory=dict)

    def replies(self, ts: str) -> list[Message]:
        """What was answered in the thread under a message, oldest first."""
        return [m for m in self.messages.values() if m.thread_ts == ts and m.is_reply]

    def timeline(self) -> list[Message]:
        """What one sees without opening a thread, oldest first."""
        return [m for m in self.messages.values() if not m.is_reply or m.broadcast]

    def message(self, ts: str) -> Message:
        """The message with this time stamp."""
        if ts not in self.messages:
            raise SlackError("message_not_found")
        return self.messages[ts]

    def shown(self, message: Message, *, metadata: bool = False) -> dict[str, Any]:
        """A message with what is known of its thread."""
        told = message.shown(metadata=metadata)
        replies = self.replies(message.ts)
        if replies:
            people = list(dict.fromkeys(reply.user for reply in replies))
            told |= {
                "thread_ts": message.ts,
                "reply_count": len(replies),
                "reply_users": people,
                "reply_users_count": len(people),
                "latest_reply": replies[-1].ts,
            }
        return told

    def object(self, bot: str) -> dict[str, Any]:
        """A conversation object of Slack's."""
        if self.is_im:
            other = next((m for m in self.members if m != bot), bot)
            return {"id": self.id, "is_im": True, "user": other, "created": CREATED}
        return {
            "id": self.id,
            "name": self.name,
            "name_normalized": self.name,
            "is_channel": not self.is_private,
            "is_group": self.is_private,
            "is_im": False,
            "is_mpim": False,
            "is_private": self.is_private,
            "is_archived": self.is_archived,
            "is_general": self.name == "general",
            "is_member": bot in self.members,
            "created": CREATED,
            "context_team_id": TEAM_ID,
            "num_members": len(self.members),
            "topic": {"value": "", "creator": "", "last_set": 0},
            "purpose": {"value": "", "creator": "", "last_set": 0},
        }


class Channels:
    """All of them; direct messages come into being when first opened."""

    def __init__(self, cast: Cast, directory: Directory) -> None:
        self._directory = directory
        self._channels = {
            room.id: Channel(
                room.id,
                room.name,
                [directory.member(handle).id for handle in room.members],
                room.is_private,
            )
            for room in cast.rooms
        }

    def all(self) -> list[Channel]:
        """Every conversation there is."""
        return list(self._channels.values())

    def by_id(self, channel_id: str) -> Channel:
        """The channel with this id."""
        if channel_id not in self._channels:
            raise SlackError("channel_not_found")
        return self._channels[channel_id]

    def named(self, name: str) -> Channel:
        """The channel with this id or name, with or without its `#`."""
        bare = name.removeprefix("#")
        for channel in self._channels.values():
            if channel.id == name or (not channel.is_im and channel.name == bare):
                return channel
        raise SlackError("channel_not_found")

    def direct(self, one: str, other: str) -> Channel:
        """The direct messages between two."""
        pair = sorted({one, other})
        for channel in self._channels.values():
            if channel.is_im and sorted(channel.members) == pair:
                return channel
        channel = Channel(new_id("D"), "directmessage", pair, is_private=True, is_im=True)
        self._channels[channel.id] = channel
        return channel

    def for_person(self, user: str, name: str) -> Channel:
        """A channel as one of its members names it: an id, `#migrations`, or `@daybreak`."""
        if name.startswith("@"):
            return self.direct(user, self._directory.member(name).id)
        channel = self.named(name)
        if user not in channel.members:
            raise SlackError("not_in_channel")
        return channel
