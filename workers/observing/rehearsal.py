"""Would a step only go on waiting? It is run on observations, where it can do nothing.

A step that waits for the cloud looks again and again, and nearly always its answer is that it
waits on. That answer, and no other, may rest on observations: a step that would act, be done or
fail is run by a worker, and asks AWS for itself.
"""

import logging
from dataclasses import dataclass, fields, replace
from typing import Any, cast

from migration.errors import DaybreakError, StoreUnavailable
from migration.model import Migration, Reading, Status
from migration.plan import SWITCHOVERS
from migration.steps import Wait
from workers.observing.sight import NotObserved, Sight, Unanswered, Unobserved
from workers.postgres.databases import Databases
from workers.steps.registry import activity
from workers.toolbox import Toolbox

log = logging.getLogger(__name__)

# What asks nobody outside of Daybreak.
_PASSED_ON = ("settings", "clock", "readings", "acknowledged", "done_at")


@dataclass(frozen=True)
class GoesOn:
    """A wait that goes on, and what was read on the way."""

    wait: Wait
    readings: tuple[Reading, ...]


def only_waits(migration: Migration) -> bool:
    """Whether its step has looked for itself already, and waits; gates and cut-overs never do."""
    return (
        migration.status in {Status.ACTIVE, Status.CANCELLING}
        and migration.waiting is not None
        and migration.attempts == 0
        and migration.cut_over_began is None
        and migration.step is not None
        and migration.step.name not in SWITCHOVERS
    )


def by_sight(tools: Toolbox, sight: Sight) -> Toolbox:
    """The same tools, on observations of AWS alone; one that is not named here does nothing."""
    chosen: dict[str, Any] = {one.name: Unobserved() for one in fields(tools)}
    chosen |= {name: getattr(tools, name) for name in _PASSED_ON}
    chosen |= {"rds": sight, "metrics": sight, "databases": _NoDatabases(sight)}
    return Toolbox(**chosen)


def by_sight_and_sql(tools: Toolbox, sight: Sight) -> Toolbox:
    """The same tools, on observations of AWS and on the databases' own word."""
    databases = Databases(tools.secrets, cast(Any, sight), tools.settings.rds_ca_file)
    return replace(by_sight(tools, sight), databases=databases)


def rehearse(migration: Migration, tools: Toolbox) -> GoesOn | None:
    """What the step would answer, if that is to wait; None for everything else.

    Raises:
        Unanswered: nobody knows, because AWS did not answer.
        StoreUnavailable: nobody can be told anyway.
    """
    step, journal = migration.step, _Notes()
    if step is None:
        return None
    try:
        carrier = activity(step)(tools)
        act = carrier.compensate if migration.status is Status.CANCELLING else carrier.run
        outcome = act(migration, journal)
    except (Unanswered, StoreUnavailable):
        raise
    except (NotObserved, DaybreakError):
        return None
    except Exception:  # a bug of one step keeps no other from being observed
        log.exception("%s of %s could not be rehearsed", step.name, migration.id)
        return None
    if not isinstance(outcome, Wait) or outcome.seconds <= 0:
        return None
    return GoesOn(outcome, tuple(journal.readings))


class _Notes:
    """A journal for a step that must not act."""

    def __init__(self) -> None:
        self.readings: list[Reading] = []

    def intend(self, act: str, **_: object) -> None:
        """Here it would act."""
        raise NotObserved(act)

    def done(self, act: str, **_: object) -> None:
        """See `intend`."""
        raise NotObserved(act)

    def reading(self, reading: Reading) -> None:
        """Kept, if it goes on waiting."""
        self.readings.append(reading)


class _NoDatabases(Unobserved):
    """Where a worker will have to log in: what it will ask AWS for then is looked for."""

    def __init__(self, sight: Sight) -> None:
        self._sight = sight

    def source(self, source: str, dbname: str = "") -> Any:
        """See `Databases.source`."""
        self._sight.instance(source)
        raise NotObserved(f"database of {source} {dbname}")

    def target(self, cluster: str, dbname: str = "") -> Any:
        """See `Databases.target`."""
        self._sight.cluster(cluster)
        raise NotObserved(f"database of {cluster} {dbname}")
