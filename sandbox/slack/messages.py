"""A message, and how it looks to an app and to a person."""

from dataclasses import dataclass, field
from typing import Any

from sandbox.slack.cast import TEAM_ID

Json = dict[str, Any]


@dataclass
class Message:
    """Something said in a channel; `only_for` makes it visible to one person alone."""

    channel: str
    ts: str
    user: str
    text: str
    blocks: list[Json] = field(default_factory=list)
    attachments: list[Json] = field(default_factory=list)
    files: list[Json] = field(default_factory=list)
    metadata: Json | None = None
    thread_ts: str | None = None
    bot_id: str | None = None
    app_id: str | None = None
    broadcast: bool = False
    edited_ts: str | None = None
    only_for: str | None = None
    reactions: dict[str, list[str]] = field(default_factory=dict)
    pinned: bool = False
    # what people chose in the message's own menus: block_id -> action_id -> entry
    values: dict[str, dict[str, Json]] = field(default_factory=dict)

    @property
    def is_reply(self) -> bool:
        """Whether it stands in somebody else's thread."""
        return self.thread_ts is not None and self.thread_ts != self.ts

    def shown(self, *, metadata: bool = False) -> Json:
        """The message as `conversations.history` and an interaction carry it."""
        told: Json = {"type": "message", "user": self.user, "ts": self.ts, "text": self.text}
        told["team"] = TEAM_ID
        for name in ("bot_id", "app_id", "thread_ts", "blocks", "attachments", "files"):
            if getattr(self, name):
                told[name] = getattr(self, name)
        if self.broadcast:
            told["subtype"] = "thread_broadcast"
        if self.edited_ts:
            told["edited"] = {"user": self.user, "ts": self.edited_ts}
        if self.only_for:
            told |= {"is_ephemeral": True, "subtype": "bot_message"}
        if self.metadata and metadata:
            told["metadata"] = self.metadata
        if self.pinned:
            told["pinned_to"] = [self.channel]
        if self.reactions:
            told["reactions"] = [
                {"name": name, "users": users, "count": len(users)}
                for name, users in self.reactions.items()
            ]
        return told
