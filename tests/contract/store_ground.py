"""What the contract tests stand on: a store, its clock, and what was queued."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from migration.errors import Conflict, NotPossibleNow
from migration.model import Migration, Options
from migration.plan import plan_for
from migration.ports import Store, Work

NOW = 1_800_000_000.0


def a_migration(identifier: str = "orders-0001", source: str = "orders") -> Migration:
    """A migration that has just been asked for."""
    options = Options(target=f"{source}-aurora")
    return Migration(
        id=identifier,
        source=source,
        requester="U-RITA",
        channel="C1",
        options=options,
        plan=plan_for(source, options),
        created_at=NOW,
        updated_at=NOW,
    )


@dataclass
class Clock:
    """Stands still until told otherwise."""

    time: float = NOW

    def now(self) -> float:
        """The time that was set."""
        return self.time


class ListEngine:
    """The fake engine: remembers the work it was given."""

    def __init__(self) -> None:
        self.work: list[Work] = []

    def submit(self, work: Work) -> None:
        """Remember it."""
        self.work.append(work)

    def observe(self, migration_id: str, reply_to: str = "") -> None:
        """Nothing here asks for it."""

    def refresh(self, migration_id: str) -> None:
        """The channel is tested with the bot."""


@dataclass
class Ground:
    """A store, its clock, and the steps that were queued: (migration, step, version)."""

    store: Store
    clock: Clock
    queued: Callable[[], list[tuple[str, str, int]]]


def race(acts: dict[str, tuple[float, Callable[[], object]]]) -> dict[str, Exception | None]:
    """Do both at once, each this much later; what each of them was told."""
    barrier = threading.Barrier(len(acts))
    told: dict[str, Exception | None] = {}

    def run(name: str, late: float, act: Callable[[], object]) -> None:
        barrier.wait()
        time.sleep(late)
        try:
            act()
        except (Conflict, NotPossibleNow) as error:
            told[name] = error
        else:
            told[name] = None

    threads = [
        threading.Thread(target=run, args=(name, late, act)) for name, (late, act) in acts.items()
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return told
