"""Recovery: how a cut-over stands is told from the servers alone, and one database is opened.

For the day on which Redis is empty: the store is neither read nor written, and the source itself
says which migration closed it, under which epoch, and which cluster is its copy.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from migration.errors import DaybreakError, Permanent
from migration.model import Migration, Options
from migration.plan import plan_for
from migration.steps import Journal
from workers.cutover.attempt import InCharge
from workers.cutover.go_back import Ending
from workers.leases import Tenure
from workers.toolbox import Toolbox
from workers.traffic.port import PoolerState


class NothingToRecover(Permanent):
    """No cut-over of Daybreak's has begun on this database."""


class WillNot(Permanent):
    """That would lose writes, so it is not done."""


@dataclass(frozen=True)
class Situation(ABC):
    """What the servers say, and what can be done about it."""

    migration: Migration
    poolers: tuple[PoolerState, ...]
    #: why something could not be looked at
    unknown: tuple[str, ...]

    @property
    @abstractmethod
    def advice(self) -> str:
        """What `recover` would do, in words."""

    @property
    def both_take_writes(self) -> bool:
        """Whether nothing is to be done before people have said whose writes count."""
        return False

    @property
    @abstractmethod
    def source_is_open(self) -> bool:
        """Whether it takes writes, as far as it says."""

    @property
    @abstractmethod
    def target_takes_writes(self) -> bool:
        """Whether clients were let in there, or may have been."""

    @property
    @abstractmethod
    def target_gone(self) -> bool:
        """Whether AWS knows no such cluster: deleted, or renamed, and then it may be in use."""

    @property
    @abstractmethod
    def target_can_be_opened(self) -> bool:
        """Whether it has everything, or takes writes already."""

    @abstractmethod
    def databases(self) -> dict[str, Any]:
        """Both, and the migration, as JSON."""

    @abstractmethod
    def databases_in_words(self) -> list[str]:
        """The same for a terminal, as lines."""

    def described(self) -> dict[str, Any]:
        """As JSON."""
        return {
            **self.databases(),
            "poolers": [
                {"url": one.url, "paused": one.paused, "leads_to": str(one.endpoint)}
                for one in self.poolers
            ],
            "unknown": list(self.unknown),
            "advice": self.advice,
        }

    def in_words(self) -> str:
        """For a terminal."""
        lines = [
            *self.databases_in_words(),
            *(
                f"{one.url}: leads to {one.endpoint}, {'holds' if one.paused else 'flows'}"
                for one in self.poolers
            ),
            *(f"unknown: {words}" for words in self.unknown),
            self.advice,
        ]
        return "\n".join(lines) + "\n"


SituationOf = TypeVar("SituationOf", bound=Situation)
InChargeOf = TypeVar("InChargeOf", bound=InCharge)


class Recovery(ABC, Generic[SituationOf, InChargeOf]):
    """Looks, and acts when asked."""

    def __init__(self, tools: Toolbox, source: str, lease: Tenure, journal: Journal) -> None:
        """For this source instance."""
        self._tools = tools
        self._source = source
        self._lease = lease
        self._journal = journal

    @abstractmethod
    def look(self) -> SituationOf:
        """What is true; changes nothing.

        Raises:
            NothingToRecover: the source says nothing of a cut-over.
        """

    @abstractmethod
    def _charge_of(self, seen: SituationOf) -> InChargeOf:
        """Find the databases; raises DaybreakError where that is not possible now."""

    @abstractmethod
    def _take_over(self, charge: InChargeOf, *, forward: bool) -> Ending:
        """Open one database; raises Superseded or WayBackFailed."""

    def open_one(self, *, forward: bool, target_is_lost: bool = False) -> Ending:
        """Have the source take writes, or the target if it is to go `forward`.

        `target_is_lost`: somebody answers for it that a cluster which is gone is not in use.

        Raises:
            WillNot: the other one may hold writes, or this one was not proven to have them all.
        """
        seen = self.look()
        if seen.both_take_writes:
            raise WillNot(seen.advice)
        if not forward and seen.target_takes_writes:
            raise WillNot(
                "Clients may have written to the target: the source is not reopened. Use --finish."
            )
        if not forward and seen.target_gone and not seen.source_is_open and not target_is_lost:
            raise WillNot(
                "AWS knows no such cluster as the target. If it was opened and renamed since, it "
                "holds clients' writes, and the source must stay closed. If it was deleted, or was "
                "never promoted, say so: --reopen --target-is-lost."
            )
        if forward and not seen.target_can_be_opened:
            raise WillNot(f"The target can't be opened. {seen.advice}")
        charge = self._charge_of(seen)
        charge.gone_is_harmless = target_is_lost
        try:
            return self._take_over(charge, forward=forward)
        finally:
            charge.close()

    def _poolers(self, unknown: list[str]) -> tuple[PoolerState, ...]:
        """What they say; what keeps them from it is added to what is unknown."""
        try:
            return self._tools.traffic.states(self._source)
        except DaybreakError as error:
            unknown.append(f"the poolers: {error}")
            return ()

    def _migration(self, migration_id: str, options: Options) -> Migration:
        """Enough of it to act on: the rest was in the store."""
        now = self._tools.clock.now()
        return Migration(
            id=migration_id,
            source=self._source,
            requester="",
            channel="",
            options=options,
            plan=plan_for(self._source, options),
            created_at=now,
            updated_at=now,
        )
