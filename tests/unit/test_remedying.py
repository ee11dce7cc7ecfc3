"""A remedy is asked for once, under a look that offers it, where no migration stands against it."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from builders import a_migration
from remedies_in_memory import Remedies

from migration.adapters.memory_store import MemoryStore
from migration.errors import NotPossibleNow
from migration.events import RemedyEnded, RemedyRequested
from migration.model import Migration, Status
from migration.ports import Work
from migration.preflight import CheckRun, Level, Report, Result, State
from migration.remedies import REBOOT_IN_WINDOW, REPLICA_IDENTITY, Offer
from migration.remedying import CALLED_OFF, Remedying

NOW = 1_800_000_000.0
OFFERS = (
    Offer(REPLICA_IDENTITY, ("app: public.heap (FULL)",), {}),
    Offer(REBOOT_IN_WINDOW, ("orders",), {}),
)


class Clock:
    """Stands still."""

    def now(self) -> float:
        """The time."""
        return NOW


class Engine:
    """Nobody works."""

    def submit(self, work: Work) -> None:
        """See `migration.ports.Engine`."""

    def observe(self, migration_id: str, reply_to: str = "") -> None:
        """See `migration.ports.Engine`."""

    def refresh(self, migration_id: str) -> None:
        """See `migration.ports.Engine`."""


class Checks:
    """One look; see `migration.ports.Checks`."""

    def __init__(self, look: CheckRun) -> None:
        self._look = look

    def ask(self, run: CheckRun) -> None:
        """Nobody looks."""

    def answer(self, run: CheckRun) -> None:
        """Nobody looked."""

    def load(self, run_id: str) -> CheckRun | None:
        """That one."""
        return self._look if run_id == self._look.id else None

    def latest(self, source: str) -> CheckRun | None:
        """That one."""
        return self._look if source == self._look.source else None

    def shown(self, run_id: str) -> None:
        """Nobody shows it."""

    def drive(self, now: float) -> None:
        """Nothing is due."""


def look(offers: Sequence[Offer] = OFFERS) -> CheckRun:
    """A look at `orders` that found something."""
    found = Result(
        "replica-identity", "t", Level.WARNING, State.FOUND, ("f",), "w", ("r",), "", tuple(offers)
    )
    report = Report("orders", NOW, True, (found,))
    return CheckRun("check-1", "orders", "orders-aurora", True, "U1", "C1", NOW, report)


def remedying(
    one: CheckRun, migration: Migration | None = None
) -> tuple[Remedying, Remedies, MemoryStore]:
    """The use case, what it has asked for, and what it has told."""
    store = MemoryStore(Engine(), Clock())
    if migration is not None:
        store.create(migration, [], None)
    remedies = Remedies()
    return Remedying(store, Checks(one), remedies, Clock()), remedies, store


def test_it_is_asked_for_once() -> None:
    """Who comes second gets the first one's."""
    case, remedies, _ = remedying(look())
    first, asked = case.ask("check-1", REPLICA_IDENTITY, "U2", OFFERS[0].mark)
    second, asked_again = case.ask("check-1", REPLICA_IDENTITY, "U3", OFFERS[0].mark)

    assert (asked, asked_again) == (True, False)
    assert second == first
    assert list(remedies.runs.values()) == [first]
    assert (first.by, first.offer, first.check) == ("U2", OFFERS[0], "replica-identity")


def test_a_check_s_name_stands_for_its_first_remedy() -> None:
    """As `/migrate remedy` takes it."""
    case, _, _ = remedying(look())

    assert case.ask("check-1", "replica-identity", "U2", OFFERS[0].mark)[0].offer == OFFERS[0]


@pytest.mark.parametrize(
    ("check_run", "remedy", "said"),
    [
        ("check-2", REPLICA_IDENTITY, "too old"),
        ("check-1", "set-logged", "nothing to mend"),
        ("check-1", "", "nothing to mend"),
    ],
)
def test_what_is_not_offered_is_refused(check_run: str, remedy: str, said: str) -> None:
    """A button of long ago, or a name that nobody offered: nothing is asked for."""
    case, remedies, _ = remedying(look())
    with pytest.raises(NotPossibleNow, match=said):
        case.ask(check_run, remedy, "U2", OFFERS[0].mark)

    assert remedies.runs == {}


def test_an_offer_of_another_version_is_refused() -> None:
    """Nobody here knows what it would do."""
    gone = Offer("gone", (), {})
    case, _, _ = remedying(look((gone,)))
    with pytest.raises(NotPossibleNow, match="does not know it"):
        case.ask("check-1", "gone", "U2", gone.mark)


@pytest.mark.parametrize(
    "shown",
    [
        "",
        replace(OFFERS[0], on=(*OFFERS[0].on, "public.more")).mark,
        replace(OFFERS[0], params={"other": 1}).mark,
    ],
)
def test_what_was_not_shown_is_not_done(shown: str) -> None:
    """The look was done again behind an open question, or the button knows of none."""
    case, remedies, _ = remedying(look())
    with pytest.raises(NotPossibleNow, match="looked at again since you were shown this"):
        case.ask("check-1", REPLICA_IDENTITY, "U2", shown)

    assert remedies.runs == {}


def test_a_migration_under_way_is_told_of_it() -> None:
    """Who asked, and for what."""
    migration = a_migration()
    case, _, store = remedying(look(), migration)
    run, _ = case.ask("check-1", REPLICA_IDENTITY, "U2", OFFERS[0].mark)
    case.ask("check-1", REPLICA_IDENTITY, "U3", OFFERS[0].mark)

    assert run.migration == migration.id
    assert [one.event for one in store.events(migration.id)] == [
        RemedyRequested(NOW, "U2", REPLICA_IDENTITY, OFFERS[0].on)
    ]


def test_a_migration_that_is_cut_over_stands_against_it() -> None:
    """It is asked before anything is."""
    case, remedies, _ = remedying(look(), a_migration(Status.CUTTING_OVER))
    with pytest.raises(NotPossibleNow, match="is cutting over"):
        case.ask("check-1", REPLICA_IDENTITY, "U2", OFFERS[0].mark)

    assert remedies.runs == {}


def test_what_waits_for_its_time_can_be_called_off_and_nothing_else() -> None:
    """A migration under way is told; what has begun goes on."""
    migration = a_migration()
    case, _, store = remedying(look(), migration)
    waits, _ = case.ask("check-1", REBOOT_IN_WINDOW, "U2", OFFERS[1].mark)
    begun, _ = case.ask("check-1", REPLICA_IDENTITY, "U2", OFFERS[0].mark)
    case.call_off(waits.id, "U3")
    for run in (waits, begun):
        with pytest.raises(NotPossibleNow, match="nothing to call off"):
            case.call_off(run.id, "U3")
    said = [one.event for one in store.events(migration.id)]

    assert said[-1] == RemedyEnded(NOW, "U3", REBOOT_IN_WINDOW, (), CALLED_OFF)
