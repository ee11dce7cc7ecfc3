"""How far each migration's channel has come, kept in Redis: what is shown where, what is due."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter
from redis import Redis

#: The number of no post.
NONE = -1


@dataclass(frozen=True)
class Cursor:
    """Where a migration is shown and up to which event; empty strings for what is not known."""

    channel: str = ""
    #: Slack's `ts` of the root message.
    root: str = ""
    link: str = ""
    #: Number of the last event that the thread has.
    posted: int = 0
    #: The number whose post was begun and not seen to end; 0 is the root's own, -1 none.
    intended: int = NONE
    #: What the root shows, as digests: all of it, its words without numbers, its buttons.
    shown: str = ""
    words: str = ""
    buttons: str = ""
    edited_at: float = 0.0
    #: Slack's word for why it is not shown where it was, and where that was.
    moved: str = ""
    moved_from: str = ""
    #: Slack's word for why it can be shown nowhere now.
    hidden: str = ""


CURSOR: TypeAdapter[Cursor] = TypeAdapter(Cursor)


class Cursors:
    """The cursors of all migrations."""

    def __init__(self, redis: Redis) -> None:
        """Cursors in this Redis."""
        self._redis = redis

    @staticmethod
    def _key(migration_id: str) -> str:
        return f"daybreak:channel:{migration_id}"

    def load(self, migration_id: str) -> Cursor:
        """How far it has come; a blank one for a migration that was never shown."""
        stored: Any = self._redis.hgetall(self._key(migration_id))
        return CURSOR.validate_python(
            {name.decode(): value.decode() for name, value in stored.items()}
        )

    def links(self, migration_ids: Sequence[str]) -> dict[str, str]:
        """Where these are shown, as far as they are: one trip for all."""
        if not migration_ids:
            return {}
        with self._redis.pipeline(transaction=False) as pipe:
            for found in migration_ids:
                pipe.hget(self._key(found), "link")
            stored = pipe.execute()
        return {
            found: link.decode() for found, link in zip(migration_ids, stored, strict=True) if link
        }

    def save(self, migration_id: str, **changes: str | float) -> Cursor:
        """Write these fields down, and give the whole."""
        mapping: Any = {name: str(value) for name, value in changes.items()}
        self._redis.hset(self._key(migration_id), mapping=mapping)
        return self.load(migration_id)
