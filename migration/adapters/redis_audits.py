"""Audits that are to be written outside, in Redis: whose, and when the next try is due."""

from typing import Any

from redis import Redis

from migration.adapters.connection import answered
from migration.adapters.redis_store import AUDITS_DUE
from migration.adapters.rq_engine import RqEngine

# Writing takes seconds. Whoever was asked to and is silent for longer is gone.
PATIENCE_SECONDS = 60.0


class RedisAudits:
    """Implements `migration.ports.Audits`; the store's last commit of a migration makes it due."""

    def __init__(self, redis: Redis, engine: RqEngine) -> None:
        """Audits in this Redis; their jobs go to this engine."""
        self._redis = redis
        self._engine = engine

    def drive(self, now: float) -> None:
        """See `Audits.drive`."""
        with answered():
            overdue: Any = self._redis.zrangebyscore(AUDITS_DUE, 0, now)
        for name in overdue:
            migration_id = name.decode()
            self.put_off(migration_id, now + PATIENCE_SECONDS)
            self._engine.write_audit(migration_id)

    def put_off(self, migration_id: str, at: float) -> None:
        """See `Audits.put_off`."""
        with answered():
            self._redis.zadd(AUDITS_DUE, {migration_id: at}, xx=True)

    def done(self, migration_id: str) -> None:
        """See `Audits.done`."""
        with answered():
            self._redis.zrem(AUDITS_DUE, migration_id)
