"""Observations in Redis: one hash of what was seen, which Redis forgets by its own clock."""

from collections.abc import Mapping
from typing import Any

from redis import Redis

from migration.adapters.connection import answered
from migration.adapters.json_codec import SEEN
from migration.adapters.redis_lease import RedisLease
from migration.adapters.redis_store import PREFIX
from migration.adapters.transaction import Transaction
from migration.model import Facts
from migration.ports import Observation

SEEN_KEY = PREFIX + "observations"
AT_KEY = PREFIX + "observations-at"
SEAT_KEY = PREFIX + "collector"


class RedisObservations:
    """Implements `migration.ports.Observations`."""

    def __init__(self, redis: Redis) -> None:
        """Observations in this Redis."""
        self._redis = redis

    def keep(self, seen: Mapping[str, Facts | None], at: float, seconds: float) -> None:
        """See `Observations.keep`.

        Redis syncs each write to its disk before it answers: what has not changed, which is nearly
        all of it nearly always, is not written again.
        """
        told = {name: SEEN.dump_json(facts) for name, facts in seen.items()}
        with answered(), Transaction(self._redis) as pipe:
            before: Any = self._redis.hgetall(SEEN_KEY)
            known = {name.decode(): text for name, text in before.items()}
            changed: Any = {name: text for name, text in told.items() if known.get(name) != text}
            gone = sorted(known.keys() - told.keys())
            pipe.multi()
            if gone:
                pipe.hdel(SEEN_KEY, *gone)
            if changed:
                pipe.hset(SEEN_KEY, mapping=changed)
            pipe.pexpire(SEEN_KEY, int(seconds * 1000))
            pipe.set(AT_KEY, repr(at), px=int(seconds * 1000))
            pipe.execute()

    def of(self, name: str) -> Observation | None:
        """See `Observations.of`."""
        with answered(), Transaction(self._redis) as pipe:
            pipe.multi()
            pipe.hget(SEEN_KEY, name)
            pipe.get(AT_KEY)
            text, at = pipe.execute()
        if text is None or at is None:
            return None
        return Observation(float(at), SEEN.validate_json(text))

    def seat(self, seconds: float) -> RedisLease | None:
        """See `Observations.seat`."""
        lease = RedisLease(self._redis, SEAT_KEY, seconds)
        with answered():
            return lease if lease.take() else None
