"""Who opened App Home lately, and what each of them was shown last; kept in Redis."""

from dataclasses import dataclass
from typing import Any

from redis import Redis

from migration.adapters.connection import answered

#: Who opened it longer ago opens it again to see something new.
LATELY_SECONDS = 3600.0
#: More people than these, the latest, are not kept up to date.
MOST = 25

OPENED = "daybreak:home:opened"


@dataclass(frozen=True)
class ShownHome:
    """What a person's tab shows, as digests, and since when (unix seconds)."""

    #: All of it, and its words without the small print.
    whole: str = ""
    words: str = ""
    at: float = 0.0


class Viewers:
    """Everybody whose tab is kept up to date. Raises StoreUnavailable when Redis is away."""

    def __init__(self, redis: Redis) -> None:
        """Viewers noted in this Redis."""
        self._redis = redis

    def opened(self, user: str, now: float) -> None:
        """Somebody opened it just now; whoever did long ago is forgotten."""
        with answered(), self._redis.pipeline() as pipe:
            pipe.zadd(OPENED, {user: now})
            pipe.zremrangebyscore(OPENED, 0, now - LATELY_SECONDS)
            pipe.zremrangebyrank(OPENED, 0, -MOST - 1)
            pipe.execute()

    def lately(self, now: float) -> list[str]:
        """Those who opened it lately, the latest first."""
        with answered():
            found: Any = self._redis.zrevrangebyscore(OPENED, now, now - LATELY_SECONDS, 0, MOST)
        return [user.decode() for user in found]

    def forget(self, user: str) -> None:
        """Slack has no tab for them."""
        with answered():
            self._redis.zrem(OPENED, user)

    def shown(self, user: str) -> ShownHome:
        """What they were shown last."""
        with answered():
            stored: Any = self._redis.hgetall(_key(user))
        known = {name.decode(): value.decode() for name, value in stored.items()}
        return ShownHome(
            known.get("whole", ""), known.get("words", ""), float(known.get("at", "0"))
        )

    def save(self, user: str, shown: ShownHome) -> None:
        """They are shown this; forgotten when nobody keeps it up to date any more."""
        mapping: Any = {"whole": shown.whole, "words": shown.words, "at": str(shown.at)}
        with answered(), self._redis.pipeline() as pipe:
            pipe.hset(_key(user), mapping=mapping)
            pipe.expire(_key(user), int(2 * LATELY_SECONDS))
            pipe.execute()


def _key(user: str) -> str:
    return f"daybreak:home:shown:{user}"
