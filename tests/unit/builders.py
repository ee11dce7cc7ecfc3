"""Builders for tests of the core: say only what matters to the test."""

from dataclasses import dataclass, field, replace

from migration.adapters.memory_store import MemoryStore
from migration.approvals import Policy
from migration.model import Check, Evidence, Migration, Options, Status
from migration.plan import CUT_OVER, plan_for
from migration.ports import Inventory, Source, Work
from migration.recorder import Recorder
from migration.service import Service

RITA, ADAM, OSCAR = "U-RITA", "U-ADAM", "U-OSCAR"


@dataclass
class FakeClock:
    """Stands still until told otherwise."""

    time: float = 1_800_000_000.0

    def now(self) -> float:
        """The time that was set."""
        return self.time


@dataclass
class FakeEngine:
    """Remembers what it was asked to do."""

    submitted: list[Work] = field(default_factory=list)
    observed: list[tuple[str, str]] = field(default_factory=list)
    refreshed: list[str] = field(default_factory=list)

    def submit(self, work: Work) -> None:
        """Remember it."""
        self.submitted.append(work)

    def observe(self, migration_id: str, reply_to: str = "") -> None:
        """Remember it."""
        self.observed.append((migration_id, reply_to))

    def refresh(self, migration_id: str) -> None:
        """Remember it."""
        self.refreshed.append(migration_id)


def a_migration(status: Status = Status.ACTIVE, **changes: object) -> Migration:
    """A migration of `orders`, asked for by Rita."""
    options = Options(target="orders-aurora")
    plain = Migration(
        id="orders-0001",
        source="orders",
        requester=RITA,
        channel="C-MIGRATIONS",
        options=options,
        plan=plan_for("orders", options),
        created_at=1_800_000_000.0,
        updated_at=1_800_000_000.0,
    )
    return replace(plain, status=status, **changes)


def position_of(step: str) -> int:
    """Where a step stands in the plan."""
    return [one.name for one in a_migration().plan.steps].index(step)


def at_the_gate(**changes: object) -> Migration:
    """A migration that waits for its promotion to be approved."""
    return a_migration(Status.WAITING_FOR_APPROVAL, position=position_of(CUT_OVER), **changes)


def good_evidence(at: float = 1_800_000_000.0) -> Evidence:
    """Every condition holds."""
    return Evidence((Check("lag", ok=True, detail="0.1 s"),), (), at)


def bad_evidence(at: float = 1_800_000_000.0) -> Evidence:
    """One condition does not."""
    return Evidence((Check("lag", ok=False, detail="12 s"),), (), at)


@dataclass
class House:
    """A service over fakes, with an inventory of one source."""

    clock: FakeClock = field(default_factory=FakeClock)
    engine: FakeEngine = field(default_factory=FakeEngine)

    def __post_init__(self) -> None:
        self.store = MemoryStore(self.engine, self.clock)
        self.service = Service(self.store, self.clock, Policy(frozenset({ADAM, RITA})))
        self.recorder = Recorder(self.store, self.clock)
        self.lists()

    def lists(self, classes: tuple[str, ...] = (), **changes: str) -> None:
        """The collector sees `orders` so, and this can be ordered for it."""
        source = Source("orders", "postgres", "15.4", "available", "db.r6g.large", 7, **changes)
        offered = {source.target_version: classes} if classes else {}
        self.store.save_inventory(Inventory((source,), self.clock.now(), offered))

    def with_migration(self, migration: Migration) -> Migration:
        """Put a migration into the store."""
        self.store.create(migration, [], None)
        return migration
