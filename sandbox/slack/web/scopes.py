"""The scopes that methods want, by Slack's reference; a token without gets `missing_scope`.

Methods that are not here want none, or one that nobody has asked us to hold back yet. The same goes
for an app's own direct messages.
"""

from collections.abc import Collection

from sandbox.slack.channels import Channel
from sandbox.slack.errors import SlackError

_CHAT, _FILES = "chat:write", "files:write"
_OF_CHANNELS = ("channels", "groups", "im", "mpim")

#: By method: one scope, or a word that goes with the kind of the conversation (`channels:read`).
WANTED: dict[str, str] = {
    "chat.delete": _CHAT,
    "chat.postEphemeral": _CHAT,
    "chat.postMessage": _CHAT,
    "chat.update": _CHAT,
    "conversations.history": "history",
    "conversations.info": "read",
    "conversations.members": "read",
    "conversations.replies": "history",
    "files.completeUploadExternal": _FILES,
    "files.getUploadURLExternal": _FILES,
    "usergroups.list": "usergroups:read",
    "usergroups.users.list": "usergroups:read",
    "users.info": "users:read",
    "users.list": "users:read",
}


class MissingScope(SlackError):
    """The token lacks one: Slack names it, and those that the token has."""

    def __init__(self, needed: str, provided: Collection[str]) -> None:
        super().__init__("missing_scope")
        self._needed = needed
        self._provided = provided

    def body(self) -> dict[str, object]:
        """The answer as Slack words it."""
        provided = ",".join(self._provided)
        return {**super().body(), "needed": self._needed, "provided": provided}


def check_scope(method: str, granted: Collection[str], channel: Channel | None) -> None:
    """Refuse a method that the token has no scope for, in this conversation if it has one."""
    wanted = WANTED.get(method)
    if wanted is None:
        return
    if channel is not None and channel.is_im and ":" not in wanted:
        return
    if ":" in wanted:
        enough, needed = wanted in granted, wanted
    else:
        kinds = _OF_CHANNELS if channel is None else (_kind(channel),)
        enough = any(f"{kind}:{wanted}" in granted for kind in kinds)
        needed = ",".join(f"{kind}:{wanted}" for kind in _OF_CHANNELS)
    if not enough:
        raise MissingScope(needed, granted)


def _kind(channel: Channel) -> str:
    return "groups" if channel.is_private else "channels"
