"""How far each person has read in each conversation."""

from sandbox.slack.channels import Channel
from sandbox.slack.messages import Message


class Marks:
    """The newest message that a person has seen, by person and channel."""

    def __init__(self) -> None:
        self._seen: dict[tuple[str, str], str] = {}

    def read(self, channel: Channel, user: str) -> bool:
        """The person has seen all there is; whether that is news."""
        newest = max((message.ts for message in _visible(channel, user)), default="")
        known = self._seen.get((user, channel.id), "")
        self._seen[user, channel.id] = max(newest, known)
        return newest > known

    def unread(self, channel: Channel, user: str) -> int:
        """How many messages of others came since; time stamps compare as text."""
        seen = self._seen.get((user, channel.id), "")
        return sum(m.ts > seen and m.user != user for m in _visible(channel, user))


def _visible(channel: Channel, user: str) -> list[Message]:
    return [*channel.timeline(), *(m for m in channel.ephemerals.values() if m.only_for == user)]
