"""The exclusive right to work on one migration, kept in Redis until its holder is silent."""

import secrets

from redis import Redis
from redis.exceptions import RedisError

RENEW = """
if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('pexpire', KEYS[1], ARGV[2]) end
return 0
"""
RELEASE = """
if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end
return 0
"""


class RedisLease:
    """A key with a time to live that only its holder's token renews or removes."""

    def __init__(self, redis: Redis, key: str, seconds: float) -> None:
        """A lease that is not held yet."""
        self._redis = redis
        self._key = key
        self._milliseconds = int(seconds * 1000)
        self._token = secrets.token_hex(16)

    def take(self) -> bool:
        """Hold it, if nobody does."""
        return bool(self._redis.set(self._key, self._token, nx=True, px=self._milliseconds))

    def renew(self) -> bool:
        """Hold it longer; False when it was lost, and when Redis does not answer."""
        try:
            return bool(self._redis.eval(RENEW, 1, self._key, self._token, self._milliseconds))
        except RedisError:
            return False

    def release(self) -> None:
        """Give it back; one that can't be given back lapses by itself."""
        try:
            self._redis.eval(RELEASE, 1, self._key, self._token)
        except RedisError:
            return
