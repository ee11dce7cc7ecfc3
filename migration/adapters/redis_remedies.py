"""Remedies in Redis: what was asked for, how far it is, what it changed; nothing of it lapses."""

from dataclasses import replace
from typing import Any

from redis import Redis

from migration.adapters.connection import answered
from migration.adapters.json_codec import REMEDY_RUN
from migration.adapters.record import each_alone, read
from migration.adapters.redis_store import PREFIX
from migration.adapters.rq_engine import RqEngine
from migration.adapters.transaction import Transaction
from migration.errors import Conflict
from migration.ports import Clock
from migration.remedies import RemedyRun, RunState, lease_of

DUE = PREFIX + "remedies-due"
# A worker takes a job within seconds, and a dead one's lease lapses by then: it is asked again.
PATIENCE_SECONDS = 10.0
# How soon a source is looked at again that somebody is mending.
MISS_SECONDS = 1.0


def _key(run_id: str) -> str:
    return f"{PREFIX}remedy:{run_id}"


def _of_source(source: str) -> str:
    return f"{PREFIX}remedies-of:{source}"


def _open(run: RemedyRun) -> str:
    return f"{PREFIX}remedying:{run.source}:{run.offer.remedy}"


class RedisRemedies:
    """Implements `migration.ports.Remedies`."""

    def __init__(self, redis: Redis, engine: RqEngine, clock: Clock) -> None:
        """Remedies in this Redis; their jobs go to this engine."""
        self._redis = redis
        self._engine = engine
        self._clock = clock

    def ask(self, run: RemedyRun) -> RemedyRun:
        """See `Remedies.ask`."""
        while True:
            try:
                return self._ask(run)
            except Conflict:
                # Pressed twice at once: the other one has it now.
                continue

    def _ask(self, run: RemedyRun) -> RemedyRun:
        with answered(), Transaction(self._redis) as pipe:
            pipe.watch(_open(run))  # type: ignore[no-untyped-call]  # redis-py leaves it untyped
            holder = pipe.get(_open(run))
            if isinstance(holder, bytes):
                other = self.load(holder.decode())
                if other is not None and not other.ended:
                    return other
            pipe.multi()
            pipe.set(_open(run), run.id)
            pipe.set(_key(run.id), REMEDY_RUN.dump_json(run))
            pipe.rpush(_of_source(run.source), run.id)
            pipe.zadd(DUE, {run.id: self._clock.now() + PATIENCE_SECONDS})
            self._engine.remedy(run.id, pipe)
            # Its button goes, and who asked for it stands there.
            self._engine.show_check(run.check_run, pipe)
            pipe.commit()
        return run

    def save(self, run: RemedyRun) -> RemedyRun:
        """See `Remedies.save`."""
        after = replace(run, version=run.version + 1)
        with answered(), Transaction(self._redis) as pipe:
            stored = self._watched(pipe, run.id)
            if stored is None or stored.version != run.version:
                raise Conflict
            pipe.multi()
            pipe.set(_key(run.id), REMEDY_RUN.dump_json(after))
            pipe.commit()
        return after

    def look_again(self, run_id: str, at: float) -> None:
        """See `Remedies.look_again`."""
        with answered():
            self._redis.zadd(DUE, {run_id: at}, xx=True)

    def call_off(self, run_id: str, by: str, at: float) -> RemedyRun | None:
        """See `Remedies.call_off`."""
        with answered(), Transaction(self._redis) as pipe:
            stored = self._watched(pipe, run_id)
            if stored is None or not stored.can_be_called_off:
                return None
            off = replace(
                stored,
                version=stored.version + 1,
                state=RunState.CALLED_OFF,
                called_off_by=by,
                ended_at=at,
                waiting="",
            )
            pipe.multi()
            pipe.set(_key(run_id), REMEDY_RUN.dump_json(off))
            # It is looked at once more, and its report shown anew.
            pipe.zadd(DUE, {run_id: at + PATIENCE_SECONDS})
            self._engine.remedy(run_id, pipe)
            pipe.commit()
        return off

    @staticmethod
    def _watched(pipe: Transaction, run_id: str) -> RemedyRun | None:
        pipe.watch(_key(run_id))  # type: ignore[no-untyped-call]  # redis-py leaves it untyped
        return read(REMEDY_RUN, pipe.get(_key(run_id)), _key(run_id))

    def close(self, run_id: str) -> None:
        """See `Remedies.close`."""
        with answered(), Transaction(self._redis) as pipe:
            stored = self._watched(pipe, run_id)
            if stored is None:
                return
            pipe.watch(_open(stored))  # type: ignore[no-untyped-call]  # see above
            # The same may have been asked for anew: that one goes on.
            mine = pipe.get(_open(stored)) == run_id.encode()
            pipe.multi()
            seen = replace(stored, version=stored.version + 1, looked_again=True)
            pipe.set(_key(run_id), REMEDY_RUN.dump_json(seen))
            pipe.zrem(DUE, run_id)
            if mine:
                pipe.delete(_open(stored))
            pipe.commit()

    def load(self, run_id: str) -> RemedyRun | None:
        """See `Remedies.load`."""
        with answered():
            stored = self._redis.get(_key(run_id))
        return read(REMEDY_RUN, stored, _key(run_id))

    def of_source(self, source: str) -> list[RemedyRun]:
        """See `Remedies.of_source`."""
        with answered():
            found: Any = self._redis.lrange(_of_source(source), 0, -1)
        runs = [self.load(name.decode()) for name in found]
        return [run for run in runs if run is not None]

    def drive(self, now: float) -> None:
        """See `Remedies.drive`."""
        with answered():
            overdue: Any = self._redis.zrangebyscore(DUE, 0, now)
        each_alone(
            overdue,
            lambda run_id: self._drive(run_id, now),
            lambda run_id: self.look_again(run_id, now + PATIENCE_SECONDS),
        )

    def _drive(self, run_id: str, now: float) -> None:
        run = self.load(run_id)
        if run is None:
            with answered():
                self._redis.zrem(DUE, run_id)
            return
        with answered():
            at_work = self._redis.exists(f"{PREFIX}lease:{lease_of(run.source)}")
        self.look_again(run_id, now + (MISS_SECONDS if at_work else PATIENCE_SECONDS))
        if not at_work:
            self._engine.remedy(run_id)
