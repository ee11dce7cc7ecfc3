"""The store on Redis: state, events and the next job in one MULTI under WATCH on the version."""

from collections.abc import Sequence
from typing import Any

from redis import Redis
from redis.client import Pipeline

from migration.adapters.connection import answered
from migration.adapters.json_codec import EVENT, EVIDENCE, INVENTORY, MIGRATION, READING, SYNC
from migration.adapters.redis_lease import RedisLease
from migration.adapters.rq_engine import RqEngine
from migration.adapters.transaction import Transaction
from migration.errors import Conflict, NoSuchMigration, SourceBusy
from migration.events import Event
from migration.model import Evidence, Migration, Reading
from migration.ports import Clock, Glance, Inventory, Recorded, Work
from migration.schedule import is_ready, next_look
from migration.sync import Sync

PREFIX = "daybreak:"
ALL = PREFIX + "migrations"
UNDER_WAY = PREFIX + "under-way"
DUE = PREFIX + "due"
CUTTING_OVER = PREFIX + "cutting-over"
CHANNEL_DUE = PREFIX + "channel-due"
#: Those that have ended, and whose audit is to be written outside (`redis_audits`).
AUDITS_DUE = PREFIX + "audits-due"
#: The latest that ended, by when; no more of them than anybody looks at.
ENDED = PREFIX + "ended"
ENDED_KEPT = 100
INVENTORY_KEY = PREFIX + "inventory"
READINGS_KEPT = 60


def _key(migration_id: str, part: str = "") -> str:
    return f"{PREFIX}migration:{migration_id}{part}"


def _source_key(source: str) -> str:
    return f"{PREFIX}source:{source}"


class RedisStore:
    """Implements `migration.ports.Store`."""

    def __init__(self, redis: Redis, engine: RqEngine, clock: Clock) -> None:
        """A store on this Redis; its jobs go to this engine."""
        self._redis = redis
        self._engine = engine
        self._clock = clock

    # State ------------------------------------------------------------------------------------

    def create(self, migration: Migration, events: Sequence[Event], work: Work | None) -> None:
        """See `Store.create`."""
        source = _source_key(migration.source)
        with answered(), Transaction(self._redis) as pipe:
            _watch(pipe, source, _key(migration.id))
            holder = _bytes(pipe.get(source))
            if holder is not None:
                raise SourceBusy(migration.source, holder.decode())
            if pipe.exists(_key(migration.id)):
                raise Conflict
            pipe.multi()
            pipe.set(source, migration.id)
            pipe.sadd(UNDER_WAY, migration.id)
            pipe.zadd(ALL, {migration.id: migration.created_at})
            self._write(pipe, migration, events, work)
            pipe.commit()

    def commit(
        self,
        before: Migration,
        after: Migration,
        events: Sequence[Event],
        work: Work | None = None,
        *,
        quiet: bool = False,
    ) -> None:
        """See `Store.commit`."""
        key = _key(before.id)
        with answered(), Transaction(self._redis) as pipe:
            _watch(pipe, key)
            stored = _bytes(pipe.get(key))
            if stored is None:
                raise NoSuchMigration
            if MIGRATION.validate_json(stored).version != before.version:
                raise Conflict
            pipe.multi()
            if after.final:
                pipe.srem(UNDER_WAY, after.id)
                pipe.delete(_source_key(after.source))
                pipe.zadd(AUDITS_DUE, {after.id: self._clock.now()})
                pipe.zadd(ENDED, {after.id: after.updated_at})
                pipe.zremrangebyrank(ENDED, 0, -ENDED_KEPT - 1)
            self._write(pipe, after, events, work, quiet=quiet)
            pipe.commit()

    def _write(
        self,
        pipe: Pipeline,
        migration: Migration,
        events: Sequence[Event],
        work: Work | None,
        *,
        quiet: bool = False,
    ) -> None:
        now = self._clock.now()
        pipe.set(_key(migration.id), MIGRATION.dump_json(migration))
        self._write_events(pipe, migration.id, events)
        look = next_look(migration, work, now)
        if look is None:
            pipe.zrem(DUE, migration.id)
        else:
            pipe.zadd(DUE, {migration.id: look})
        if migration.cut_over_began is None:
            pipe.srem(CUTTING_OVER, migration.id)
        else:
            pipe.sadd(CUTTING_OVER, migration.id)
        if work is not None and is_ready(work, now):
            self._engine.submit(work, pipe)
        if not quiet:
            self._engine.refresh(migration.id, pipe)

    def _write_events(self, pipe: Pipeline, migration_id: str, events: Sequence[Event]) -> None:
        for event in events:
            pipe.rpush(_key(migration_id, ":events"), EVENT.dump_json(event))
        pipe.zadd(CHANNEL_DUE, {migration_id: self._clock.now()})

    def load(self, migration_id: str) -> Migration:
        """See `Store.load`."""
        with answered():
            stored = _bytes(self._redis.get(_key(migration_id)))
        if stored is None:
            raise NoSuchMigration(
                f"There is no migration `{migration_id}`. `/migrate list` shows all."
            )
        return MIGRATION.validate_json(stored)

    def recent(self, limit: int) -> list[Migration]:
        """See `Store.recent`."""
        with answered():
            ids = _texts(self._redis.zrevrange(ALL, 0, limit - 1))
        return self._many(ids)

    def under_way(self) -> list[Migration]:
        """See `Store.under_way`."""
        with answered():
            ids = sorted(_texts(self._redis.smembers(UNDER_WAY)))
        return self._many(ids)

    def ended(self, limit: int) -> list[Migration]:
        """See `Store.ended`."""
        with answered():
            ids = _texts(self._redis.zrevrange(ENDED, 0, limit - 1))
        return self._many(ids)

    def _many(self, ids: Sequence[str]) -> list[Migration]:
        if not ids:
            return []
        with answered():
            stored = self._redis.mget([_key(found) for found in ids])
        return [MIGRATION.validate_json(entry) for entry in stored if entry is not None]

    # History ----------------------------------------------------------------------------------

    def append(self, migration_id: str, events: Sequence[Event], *, quiet: bool = False) -> None:
        """See `Store.append`."""
        with answered(), Transaction(self._redis) as pipe:
            pipe.multi()
            self._write_events(pipe, migration_id, events)
            if not quiet:
                self._engine.refresh(migration_id, pipe)
            pipe.execute()

    def events(self, migration_id: str, after: int = 0) -> list[Recorded]:
        """See `Store.events`."""
        with answered():
            stored = self._redis.lrange(_key(migration_id, ":events"), after, -1)
        return [
            Recorded(after + number, EVENT.validate_json(entry))
            for number, entry in enumerate(stored, start=1)
        ]

    def stored_events(self, migration_id: str) -> list[str]:
        """See `Store.stored_events`."""
        with answered():
            return _texts(self._redis.lrange(_key(migration_id, ":events"), 0, -1))

    # What was seen ----------------------------------------------------------------------------

    def add_reading(self, migration_id: str, reading: Reading) -> None:
        """See `Store.add_reading`."""
        key = _key(migration_id, f":readings:{reading.name}")
        with answered(), Transaction(self._redis) as pipe:
            pipe.multi()
            pipe.rpush(key, READING.dump_json(reading))
            pipe.ltrim(key, -READINGS_KEPT, -1)
            pipe.execute()

    def readings(self, migration_id: str, name: str) -> list[Reading]:
        """See `Store.readings`."""
        with answered():
            stored = self._redis.lrange(_key(migration_id, f":readings:{name}"), 0, -1)
        return [READING.validate_json(entry) for entry in stored]

    def save_evidence(self, migration_id: str, evidence: Evidence) -> None:
        """See `Store.save_evidence`."""
        with answered():
            self._redis.set(_key(migration_id, ":evidence"), EVIDENCE.dump_json(evidence))

    def evidence(self, migration_id: str) -> Evidence | None:
        """See `Store.evidence`."""
        with answered():
            stored = _bytes(self._redis.get(_key(migration_id, ":evidence")))
        return None if stored is None else EVIDENCE.validate_json(stored)

    def glances(self, migration_ids: Sequence[str], reading: str) -> list[Glance]:
        """See `Store.glances`."""
        with answered(), self._redis.pipeline(transaction=False) as pipe:
            for found in migration_ids:
                pipe.lindex(_key(found, f":readings:{reading}"), -1)
                pipe.get(_key(found, ":evidence"))
                pipe.get(_key(found, ":sync"))
            stored = iter(pipe.execute() if migration_ids else [])
        return [
            Glance(
                None if last is None else READING.validate_json(last),
                None if evidence is None else EVIDENCE.validate_json(evidence),
                None if sync is None else SYNC.validate_json(sync),
            )
            for last, evidence, sync in zip(stored, stored, stored, strict=True)
        ]

    def save_sync(self, migration_id: str, sync: Sync) -> None:
        """See `Store.save_sync`."""
        with answered():
            self._redis.set(_key(migration_id, ":sync"), SYNC.dump_json(sync))

    def sync(self, migration_id: str) -> Sync | None:
        """See `Store.sync`."""
        with answered():
            stored = _bytes(self._redis.get(_key(migration_id, ":sync")))
        return None if stored is None else SYNC.validate_json(stored)

    def save_inventory(self, inventory: Inventory) -> None:
        """See `Store.save_inventory`."""
        with answered():
            self._redis.set(INVENTORY_KEY, INVENTORY.dump_json(inventory))

    def inventory(self) -> Inventory | None:
        """See `Store.inventory`."""
        with answered():
            stored = _bytes(self._redis.get(INVENTORY_KEY))
        return None if stored is None else INVENTORY.validate_json(stored)

    # Who works on what, and when --------------------------------------------------------------

    def lease(self, migration_id: str, seconds: float) -> RedisLease | None:
        """See `Store.lease`."""
        lease = RedisLease(self._redis, f"{PREFIX}lease:{migration_id}", seconds)
        with answered():
            return lease if lease.take() else None

    def leased(self, migration_id: str) -> bool:
        """Whether somebody works on it."""
        with answered():
            return bool(self._redis.exists(f"{PREFIX}lease:{migration_id}"))

    def overdue(self, now: float) -> list[str]:
        """See `Store.overdue`."""
        with answered():
            return _texts(self._redis.zrangebyscore(DUE, 0, now))

    def cutting_over(self) -> list[str]:
        """See `Store.cutting_over`."""
        with answered():
            return sorted(_texts(self._redis.smembers(CUTTING_OVER)))

    def look_again(self, migration_id: str, at: float) -> None:
        """See `Store.look_again`."""
        with answered():
            self._redis.zadd(DUE, {migration_id: at}, xx=True)

    def channel_overdue(self, before: float) -> list[str]:
        """Ids of migrations whose channel has not been brought up to date since then."""
        with answered():
            return _texts(self._redis.zrangebyscore(CHANNEL_DUE, 0, before))

    def channel_done(self, migration_id: str, version_seen: int, events_seen: int) -> None:
        """The channel shows this version and these events; it stays due if there is more."""
        key, history = _key(migration_id), _key(migration_id, ":events")
        with answered(), Transaction(self._redis) as pipe:
            _watch(pipe, key, history)
            stored = _bytes(pipe.get(key))
            length = pipe.llen(history)
            if stored is None or MIGRATION.validate_json(stored).version != version_seen:
                return
            if length != events_seen:
                return
            pipe.multi()
            pipe.zrem(CHANNEL_DUE, migration_id)
            pipe.execute()

    def channel_again(self, migration_id: str, at: float) -> None:
        """The channel is due at that time (unix s) once more, unless it is due before."""
        with answered():
            self._redis.zadd(CHANNEL_DUE, {migration_id: at}, lt=True)

    def channel_later(self, migration_id: str, seconds: float) -> None:
        """The channel stays due, but not before so many seconds or the next commit."""
        with answered():
            self._redis.zadd(CHANNEL_DUE, {migration_id: self._clock.now() + seconds})


def _watch(pipe: Pipeline, *keys: str) -> None:
    pipe.watch(*keys)  # type: ignore[no-untyped-call]  # redis-py leaves it untyped


def _texts(answer: Any) -> list[str]:
    """redis-py types an answer as all that any protocol could give; these are lists of bytes."""
    return [entry.decode() for entry in answer]


def _bytes(answer: object) -> bytes | None:
    """redis-py types every answer as sync or async; this is what the sync client gives."""
    return answer if isinstance(answer, bytes) else None
