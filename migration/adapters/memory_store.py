"""The store in memory, for tests of the core: held to the same contract tests as Redis's."""

import threading
from collections import defaultdict
from collections.abc import Sequence

from migration.adapters.json_codec import EVENT
from migration.errors import Conflict, NoSuchMigration, SourceBusy
from migration.events import Event
from migration.model import Evidence, Migration, Reading
from migration.ports import Clock, Engine, Glance, Inventory, Recorded, Work
from migration.schedule import is_ready, next_look
from migration.sync import Sync


class MemoryLease:
    """Held until released or until its time is over."""

    def __init__(
        self, held: dict[str, tuple[object, float]], key: str, clock: Clock, seconds: float
    ) -> None:
        """A lease that is not held yet."""
        self._held, self._key, self._clock, self._seconds = held, key, clock, seconds
        self._token = object()

    def take(self) -> bool:
        """Hold it, if nobody does."""
        holder = self._held.get(self._key)
        if holder is not None and holder[1] > self._clock.now():
            return False
        self._held[self._key] = (self._token, self._clock.now() + self._seconds)
        return True

    def renew(self) -> bool:
        """Hold it longer; False when it was lost."""
        token, until = self._held.get(self._key, (None, 0.0))
        if token is not self._token or until <= self._clock.now():
            return False
        self._held[self._key] = (self._token, self._clock.now() + self._seconds)
        return True

    def release(self) -> None:
        """Give it back."""
        if self._held.get(self._key, (None, 0.0))[0] is self._token:
            del self._held[self._key]


class MemoryStore:
    """Implements `migration.ports.Store`."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        """An empty store."""
        self._engine = engine
        self._clock = clock
        self._lock = threading.Lock()
        self._migrations: dict[str, Migration] = {}
        self._events: defaultdict[str, list[Event]] = defaultdict(list)
        self._due: dict[str, float] = {}
        self._readings: defaultdict[tuple[str, str], list[Reading]] = defaultdict(list)
        self._evidence: dict[str, Evidence] = {}
        self._syncs: dict[str, Sync] = {}
        self._inventory: Inventory | None = None
        self._leases: dict[str, tuple[object, float]] = {}

    def create(self, migration: Migration, events: Sequence[Event], work: Work | None) -> None:
        """See `Store.create`."""
        with self._lock:
            for other in self._migrations.values():
                if other.source == migration.source and not other.final:
                    raise SourceBusy(migration.source, other.id)
            if migration.id in self._migrations:
                raise Conflict
            self._write(migration, events, work)

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
        with self._lock:
            stored = self._migrations.get(before.id)
            if stored is None:
                raise NoSuchMigration
            if stored.version != before.version:
                raise Conflict
            self._write(after, events, work, quiet=quiet)

    def _write(
        self,
        migration: Migration,
        events: Sequence[Event],
        work: Work | None,
        *,
        quiet: bool = False,
    ) -> None:
        now = self._clock.now()
        self._migrations[migration.id] = migration
        self._events[migration.id].extend(events)
        look = next_look(migration, work, now)
        self._due.pop(migration.id, None)
        if look is not None:
            self._due[migration.id] = look
        if work is not None and is_ready(work, now):
            self._engine.submit(work)
        if not quiet:
            self._engine.refresh(migration.id)

    def load(self, migration_id: str) -> Migration:
        """See `Store.load`."""
        if migration_id not in self._migrations:
            raise NoSuchMigration
        return self._migrations[migration_id]

    def append(self, migration_id: str, events: Sequence[Event], *, quiet: bool = False) -> None:
        """See `Store.append`."""
        self._events[migration_id].extend(events)
        if not quiet:
            self._engine.refresh(migration_id)

    def events(self, migration_id: str, after: int = 0) -> list[Recorded]:
        """See `Store.events`."""
        found = self._events[migration_id][after:]
        return [Recorded(after + number, event) for number, event in enumerate(found, start=1)]

    def stored_events(self, migration_id: str) -> list[str]:
        """See `Store.stored_events`."""
        return [EVENT.dump_json(event).decode() for event in self._events[migration_id]]

    def recent(self, limit: int) -> list[Migration]:
        """See `Store.recent`."""
        newest = sorted(self._migrations.values(), key=lambda one: one.created_at, reverse=True)
        return newest[:limit]

    def under_way(self) -> list[Migration]:
        """See `Store.under_way`."""
        return [one for _, one in sorted(self._migrations.items()) if not one.final]

    def ended(self, limit: int) -> list[Migration]:
        """See `Store.ended`."""
        over = [one for one in self._migrations.values() if one.final]
        return sorted(over, key=lambda one: one.updated_at, reverse=True)[:limit]

    def glances(self, migration_ids: Sequence[str], reading: str) -> list[Glance]:
        """See `Store.glances`."""
        return [
            Glance(
                next(iter(self._readings[found, reading][-1:]), None),
                self._evidence.get(found),
                self._syncs.get(found),
            )
            for found in migration_ids
        ]

    def add_reading(self, migration_id: str, reading: Reading) -> None:
        """See `Store.add_reading`."""
        self._readings[migration_id, reading.name].append(reading)

    def readings(self, migration_id: str, name: str) -> list[Reading]:
        """See `Store.readings`."""
        return list(self._readings[migration_id, name])

    def save_evidence(self, migration_id: str, evidence: Evidence) -> None:
        """See `Store.save_evidence`."""
        self._evidence[migration_id] = evidence

    def evidence(self, migration_id: str) -> Evidence | None:
        """See `Store.evidence`."""
        return self._evidence.get(migration_id)

    def save_sync(self, migration_id: str, sync: Sync) -> None:
        """See `Store.save_sync`."""
        self._syncs[migration_id] = sync

    def sync(self, migration_id: str) -> Sync | None:
        """See `Store.sync`."""
        return self._syncs.get(migration_id)

    def save_inventory(self, inventory: Inventory) -> None:
        """See `Store.save_inventory`."""
        self._inventory = inventory

    def inventory(self) -> Inventory | None:
        """See `Store.inventory`."""
        return self._inventory

    def lease(self, migration_id: str, seconds: float) -> MemoryLease | None:
        """See `Store.lease`."""
        lease = MemoryLease(self._leases, migration_id, self._clock, seconds)
        with self._lock:
            return lease if lease.take() else None

    def overdue(self, now: float) -> list[str]:
        """See `Store.overdue`."""
        return sorted(found for found, at in self._due.items() if at <= now)

    def cutting_over(self) -> list[str]:
        """See `Store.cutting_over`."""
        known = self._migrations.values()
        return sorted(one.id for one in known if one.cut_over_began is not None)

    def look_again(self, migration_id: str, at: float) -> None:
        """See `Store.look_again`."""
        if migration_id in self._due:
            self._due[migration_id] = at
