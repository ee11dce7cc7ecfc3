"""A story for tests of the audit: with a call, a decision on evidence, and an end."""

from builders import ADAM, RITA, FakeClock, FakeEngine, a_migration, good_evidence

from migration.adapters.memory_store import MemoryStore
from migration.audit.story import Story, story_of
from migration.events import (
    ActDone,
    ActIntended,
    ApprovalRefused,
    Approved,
    Event,
    GateReached,
    MigrationCompleted,
    MigrationStarted,
    StepDone,
)
from migration.model import Migration
from migration.plan import CUT_OVER, PROMOTE, planned

NOW = 1_800_000_000.0
PLANNED = planned("orders", a_migration().plan, a_migration().options)
STARTED = MigrationStarted(NOW, RITA, "orders", "orders-aurora", PLANNED)
EVENTS: tuple[Event, ...] = (
    STARTED,
    ActIntended(NOW + 1, "take_safety_snapshot", "rds:CreateDBSnapshot", {"snapshot": "one"}),
    ActDone(NOW + 1.25, "take_safety_snapshot", "rds:CreateDBSnapshot", {"status": "creating"}),
    StepDone(NOW + 60, "take_safety_snapshot", {"snapshot": "one"}),
    GateReached(NOW + 61, PROMOTE),
    Approved(NOW + 70, PROMOTE, ADAM, good_evidence(NOW + 69)),
    StepDone(NOW + 80, CUT_OVER, {"longest_wait_ms": 84}),
)
END = MigrationCompleted(NOW + 90)
LATE = ApprovalRefused(NOW + 95, PROMOTE, ADAM, "stale")


def a_store(*events: Event) -> tuple[MemoryStore, Migration]:
    """A store with a migration of that history."""
    store = MemoryStore(FakeEngine(), FakeClock())
    migration = a_migration()
    store.create(migration, events, None)
    return store, migration


def a_story(*more: Event) -> Story:
    """The usual events, and these behind them."""
    store, migration = a_store(*EVENTS, *more)
    return story_of(store, migration.id)
