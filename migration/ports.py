"""What the core needs of the world: a store, an engine, a clock."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from migration.events import Event
from migration.model import Evidence, Facts, Migration, Reading
from migration.preflight import CheckRun
from migration.remedies import RemedyRun
from migration.sync import Sync


@dataclass(frozen=True)
class Work:
    """The next job of a migration: which step, for which version, not before when (unix s)."""

    migration_id: str
    step: str
    version: int
    not_before: float = 0.0


@dataclass(frozen=True)
class Recorded:
    """An event with its place in the migration's history, counted from 1."""

    number: int
    event: Event


@dataclass(frozen=True)
class Source:
    """An instance that could be migrated, as the collector last saw it."""

    identifier: str
    engine: str
    engine_version: str
    status: str
    instance_class: str
    backup_retention_days: int
    tags: Mapping[str, str] = field(default_factory=dict)
    #: The version of Aurora that it would move to; empty while that is not known.
    target_version: str = ""
    #: Why it can't be moved as it is, and what to do; empty when AWS tells of nothing.
    obstacle: str = ""
    #: What is allocated to it, and what of that is free; None while that is not known.
    storage_gib: int = 0
    free_storage_gib: float | None = None
    #: How much it writes; None while that is not known.
    wal_bytes_per_second: float | None = None
    #: How long AWS may take to copy it; 0 while that is not known.
    copy_seconds: float = 0.0


@dataclass(frozen=True)
class Inventory:
    """The account's instances, and when they were read (unix seconds)."""

    sources: tuple[Source, ...]
    at: float
    #: By Aurora version: the instance classes it can be ordered with; none while not known.
    classes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def source(self, identifier: str) -> Source | None:
        """The instance of that name."""
        return next((one for one in self.sources if one.identifier == identifier), None)

    def classes_for(self, identifier: str) -> tuple[str, ...]:
        """What the target of this source can be ordered with; empty when that is not known."""
        source = self.source(identifier)
        return self.classes.get(source.target_version, ()) if source else ()


@dataclass(frozen=True)
class Glance:
    """What was seen of one migration last, as far as a list of many shows it."""

    reading: Reading | None
    evidence: Evidence | None
    sync: Sync | None


class Clock(Protocol):
    """Tells the time, in unix seconds."""

    def now(self) -> float:
        """The time."""


class Lease(Protocol):
    """The exclusive right to work on one migration; it lapses when its holder dies."""

    def renew(self) -> bool:
        """Hold it longer; False when it was lost."""

    def release(self) -> None:
        """Give it back."""


class Store(Protocol):
    """The system of record for what was decided.

    Every method raises StoreUnavailable when it gets no answer.
    """

    def create(self, migration: Migration, events: Sequence[Event], work: Work | None) -> None:
        """Store a new migration; raises SourceBusy if its source has one under way."""

    def commit(
        self,
        before: Migration,
        after: Migration,
        events: Sequence[Event],
        work: Work | None = None,
        *,
        quiet: bool = False,
    ) -> None:
        """State, events and next job at once, if `before.version` still stands; else Conflict.

        A quiet commit leaves the channel to the reconciler, some seconds later: while writers
        wait, the processors have better things to do than to draw messages.
        """

    def load(self, migration_id: str) -> Migration:
        """Raises NoSuchMigration."""

    def append(self, migration_id: str, events: Sequence[Event], *, quiet: bool = False) -> None:
        """Add to the history without touching the state."""

    def events(self, migration_id: str, after: int = 0) -> list[Recorded]:
        """The history after the event numbered `after`, oldest first."""

    def stored_events(self, migration_id: str) -> list[str]:
        """The whole history, each event in the very JSON that was written when it happened."""

    def recent(self, limit: int) -> list[Migration]:
        """The latest migrations, newest first."""

    def under_way(self) -> list[Migration]:
        """Every migration that is not final."""

    def ended(self, limit: int) -> list[Migration]:
        """Those that ended last, the latest first; of those only that ended since this is kept."""

    def glances(self, migration_ids: Sequence[str], reading: str) -> list[Glance]:
        """What was seen of each last, in this order, `reading` by name: one trip for all."""

    def add_reading(self, migration_id: str, reading: Reading) -> None:
        """Keep a reading; only the last ones are kept."""

    def readings(self, migration_id: str, name: str) -> list[Reading]:
        """The last readings of that name, oldest first."""

    def save_evidence(self, migration_id: str, evidence: Evidence) -> None:
        """What was seen at the gate just now."""

    def evidence(self, migration_id: str) -> Evidence | None:
        """The latest evidence."""

    def save_sync(self, migration_id: str, sync: Sync) -> None:
        """What the watch over its synchronization saw just now."""

    def sync(self, migration_id: str) -> Sync | None:
        """What it saw last."""

    def save_inventory(self, inventory: Inventory) -> None:
        """What the collector saw."""

    def inventory(self) -> Inventory | None:
        """The latest inventory."""

    def lease(self, migration_id: str, seconds: float) -> Lease | None:
        """The right to work on it; None while somebody else has it."""

    def overdue(self, now: float) -> list[str]:
        """The ids of migrations whose next look was due by now."""

    def cutting_over(self) -> list[str]:
        """The ids of migrations whose cut-over has begun: looked after whatever a clock says."""

    def look_again(self, migration_id: str, at: float) -> None:
        """Ask for the next look at that time, whatever was asked before."""


class Checks(Protocol):
    """Looks at sources that stand alone: asked for, carried out, shown.

    Every method raises StoreUnavailable when it gets no answer.
    """

    def ask(self, run: CheckRun) -> None:
        """Store it, and have it carried out."""

    def answer(self, run: CheckRun) -> None:
        """Store what was found, and have it shown."""

    def load(self, run_id: str) -> CheckRun | None:
        """One of the last weeks; None when there is none."""

    def latest(self, source: str) -> CheckRun | None:
        """The latest of this source that was answered; None when there is none."""

    def shown(self, run_id: str) -> None:
        """The channel has it: nothing is left to be done."""

    def drive(self, now: float) -> None:
        """Have what is overdue by now carried out, or shown, once more."""


class Remedies(Protocol):
    """Remedies that people asked for, kept for good: they are the audit of their sources.

    Every method raises StoreUnavailable when it gets no answer, and but for `drive`
    RecordUnreadable where what is stored can't be read.
    """

    def ask(self, run: RemedyRun) -> RemedyRun:
        """Store it and have it carried out; of one source and remedy one at a time.

        Gives the one that is under way instead, where there is one.
        """

    def save(self, run: RemedyRun) -> RemedyRun:
        """Write down how far it is, if its version still stands; gives the next one.

        Raises:
            Conflict: it was called off meanwhile, or somebody else goes on with it.
        """

    def look_again(self, run_id: str, at: float) -> None:
        """Ask for the next look at that time (unix seconds)."""

    def call_off(self, run_id: str, by: str, at: float) -> RemedyRun | None:
        """End one that waits and has begun nothing; None where it is too late, or there is none."""

    def close(self, run_id: str) -> None:
        """It ended, and its source was looked at again: the same may be asked for anew."""

    def load(self, run_id: str) -> RemedyRun | None:
        """One of them; None when there is none."""

    def of_source(self, source: str) -> list[RemedyRun]:
        """All of a source's, the oldest first."""

    def drive(self, now: float) -> None:
        """Have what is overdue by now carried out."""


class Audits(Protocol):
    """Audits that are to be written outside: due from a migration's end until they are there.

    Every method raises StoreUnavailable when it gets no answer.
    """

    def drive(self, now: float) -> None:
        """Have what is due by now written, and ask again later unless it is done by then."""

    def put_off(self, migration_id: str, at: float) -> None:
        """Try again at that time."""

    def done(self, migration_id: str) -> None:
        """It is there."""


@dataclass(frozen=True)
class Observation:
    """What the collector saw of one thing, and when it asked for it (unix seconds)."""

    at: float
    #: None: there is no such thing.
    seen: Facts | None


class Observations(Protocol):
    """What one collector saw for everybody, by the names that it has for things.

    Nothing is decided by them: they spare looks that could only show that a wait goes on. What is
    not seen again is forgotten. Every method raises StoreUnavailable when it gets no answer.
    """

    def keep(self, seen: Mapping[str, Facts | None], at: float, seconds: float) -> None:
        """What was asked for at that time; all of it is forgotten unless more comes in time."""

    def of(self, name: str) -> Observation | None:
        """The latest of one thing; None when nobody looked lately."""

    def seat(self, seconds: float) -> Lease | None:
        """The right to be the collector; None while somebody else has it."""


class Engine(Protocol):
    """What runs steps in order; it decides nothing but when."""

    def submit(self, work: Work) -> None:
        """Have the work done as soon as a worker is free."""

    def observe(self, migration_id: str, reply_to: str = "") -> None:
        """Have fresh evidence gathered; whoever asked is answered under `reply_to`."""

    def refresh(self, migration_id: str) -> None:
        """Have the channel show what the store says."""
