"""Checks of sources in Redis: what was asked, what was found, what is still to be done or shown."""

from typing import Any

from redis import Redis

from migration.adapters.connection import answered
from migration.adapters.json_codec import CHECK_RUN
from migration.adapters.record import each_alone, read
from migration.adapters.redis_store import PREFIX
from migration.adapters.rq_engine import RqEngine
from migration.adapters.transaction import Transaction
from migration.ports import Clock
from migration.preflight import CheckRun

DUE = PREFIX + "checks-due"
# The channel keeps what was found; this is for a look at it soon after.
KEPT_SECONDS = 30 * 24 * 3600
# A look takes seconds. Whoever carried it out and is silent for longer is gone.
PATIENCE_SECONDS = 60.0


def _key(run_id: str) -> str:
    return f"{PREFIX}check:{run_id}"


def _latest(source: str) -> str:
    return f"{PREFIX}check-of:{source}"


class RedisChecks:
    """Implements `migration.ports.Checks`."""

    def __init__(self, redis: Redis, engine: RqEngine, clock: Clock) -> None:
        """Checks in this Redis; their jobs go to this engine."""
        self._redis = redis
        self._engine = engine
        self._clock = clock

    def ask(self, run: CheckRun) -> None:
        """See `Checks.ask`."""
        with answered(), Transaction(self._redis) as pipe:
            pipe.multi()
            pipe.set(_key(run.id), CHECK_RUN.dump_json(run), ex=KEPT_SECONDS)
            pipe.zadd(DUE, {run.id: self._clock.now() + PATIENCE_SECONDS})
            self._engine.check(run.id, pipe)
            pipe.execute()

    def answer(self, run: CheckRun) -> None:
        """See `Checks.answer`."""
        with answered(), Transaction(self._redis) as pipe:
            pipe.multi()
            pipe.set(_key(run.id), CHECK_RUN.dump_json(run), ex=KEPT_SECONDS)
            pipe.zadd(DUE, {run.id: self._clock.now() + PATIENCE_SECONDS})
            pipe.set(_latest(run.source), run.id, ex=KEPT_SECONDS)
            self._engine.show_check(run.id, pipe)
            pipe.execute()

    def load(self, run_id: str) -> CheckRun | None:
        """See `Checks.load`."""
        with answered():
            stored = self._redis.get(_key(run_id))
        return read(CHECK_RUN, stored, _key(run_id))

    def latest(self, source: str) -> CheckRun | None:
        """See `Checks.latest`."""
        with answered():
            named = self._redis.get(_latest(source))
        return self.load(named.decode()) if isinstance(named, bytes) else None

    def shown(self, run_id: str) -> None:
        """See `Checks.shown`."""
        with answered():
            self._redis.zrem(DUE, run_id)

    def drive(self, now: float) -> None:
        """See `Checks.drive`."""
        with answered():
            overdue: Any = self._redis.zrangebyscore(DUE, 0, now)
        each_alone(
            overdue,
            lambda run_id: self._drive(run_id, now),
            lambda run_id: self._put_off(run_id, now),
        )

    def _put_off(self, run_id: str, now: float) -> None:
        with answered():
            self._redis.zadd(DUE, {run_id: now + PATIENCE_SECONDS}, xx=True)

    def _drive(self, run_id: str, now: float) -> None:
        run = self.load(run_id)
        if run is None:
            self.shown(run_id)
            return
        self._put_off(run_id, now)
        if run.answered:
            self._engine.show_check(run_id)
        else:
            self._engine.check(run_id)
