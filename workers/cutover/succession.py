"""Succession: a cut-over whose process is silent gets another one, and the store is told."""

import logging
import time
from abc import ABC, abstractmethod
from typing import ClassVar, Generic, TypeVar

import psycopg

from migration.errors import Conflict, DaybreakError
from migration.model import Facts, Migration
from migration.ports import Store
from migration.recorder import Recorder
from migration.schedule import job_of
from workers.cutover.attempt import Charge, InCharge
from workers.cutover.budget import LATER_POLL_SECONDS, Budget
from workers.cutover.errors import Superseded, WayBackFailed
from workers.cutover.go_back import Ending
from workers.cutover.outcome import CutOverOutcomes, Outcomes, Telling
from workers.cutover.take_over import ABOVE, TakeOver, open_doors
from workers.journal import StoreJournal
from workers.leases import Tenure
from workers.postgres import slots
from workers.toolbox import Toolbox
from workers.traffic.port import Endpoint

log = logging.getLogger(__name__)

# AWS says where the databases are; it may be away for a moment.
DOORS_SECONDS = 10.0

DIED = "The process that carried it out was silent, and another one took over."

InChargeOf = TypeVar("InChargeOf", bound=InCharge)


class Successor(ABC, Generic[InChargeOf]):
    """Takes over one migration after the other, by whatever means its databases are closed."""

    #: Whether its journal's entries are nothing that the channel has to be shown.
    quiet: ClassVar[bool]
    #: Between two looks for the databases, in seconds.
    pause: ClassVar[float]

    def __init__(self, tools: Toolbox, store: Store, recorder: Recorder) -> None:
        """A successor with these tools."""
        self._tools = tools
        self._store = store
        self._recorder = recorder
        self._outcomes = self._outcomes_of()

    def _outcomes_of(self) -> Outcomes:
        """How its ends are recorded."""
        return CutOverOutcomes(self._store, self._recorder, self._tools.clock)

    @abstractmethod
    def _charge_of(self, begun: Migration, lease: Tenure, journal: StoreJournal) -> InChargeOf:
        """Find the databases; raises DaybreakError where that is not possible now."""

    @abstractmethod
    def _take_over(self, charge: InChargeOf, *, decided: bool) -> Ending:
        """Open one database; raises Superseded or WayBackFailed."""

    @abstractmethod
    def _target(self, charge: InChargeOf) -> Endpoint:
        """Where the target is."""

    def _more_facts(self, charge: InChargeOf) -> Facts:  # noqa: ARG002 - modes look
        """What only this mode reports."""
        return {}

    def run(self, migration: Migration, lease: Tenure) -> None:
        """Have one database of this migration take writes, and record which."""
        clock = self._tools.clock
        journal = StoreJournal(
            self._store, clock, migration.id, job_of(migration), quiet=self.quiet
        )
        # From here on nothing that the predecessor says is recorded.
        begun = self._recorder.cut_over_taken_over(migration, migration.epoch + ABOVE)
        try:
            charge = self._find(begun, lease, journal)
        except DaybreakError as error:
            self._outcomes.stuck(begun, f"{DIED} {error}")
            return
        try:
            self._settle(begun, charge)
        finally:
            charge.close()

    def _find(self, begun: Migration, lease: Tenure, journal: StoreJournal) -> InChargeOf:
        budget = Budget(DOORS_SECONDS)
        while True:
            try:
                return self._charge_of(begun, lease, journal)
            except DaybreakError:
                if budget.left <= 0:
                    raise
                time.sleep(self.pause)

    def _settle(self, begun: Migration, charge: InChargeOf) -> None:
        charge.tell = telling = Telling(self._outcomes, begun)
        try:
            # Without a decision for it nobody goes forward: a cancel may have been taken.
            ending = self._take_over(charge, decided=begun.promoting_since is not None)
        except Superseded:
            log.warning("%s: somebody else is in charge", begun.id)
        except WayBackFailed as failure:
            self._outcomes.stuck(telling.latest, f"{DIED} {failure}")
        except Conflict:
            raise
        except Exception as failure:
            # Whatever it is, nobody else will say so.
            log.exception("%s: the succession failed", begun.id)
            what = failure if isinstance(failure, DaybreakError) else type(failure).__name__
            self._outcomes.stuck(telling.latest, f"{DIED} It could not go on: {what}.")
        else:
            if ending is Ending.OPENED:
                self._outcomes.moved(telling.latest, self._facts(begun, charge))
            else:
                now = self._tools.clock.now()
                spent = now - (begun.cut_over_began or now)
                self._outcomes.went_back(telling.latest, ending, DIED, spent)

    def _facts(self, begun: Migration, charge: InChargeOf) -> Facts:
        """What can be said honestly: nobody's clock saw both ends of the pause."""
        endpoint = self._target(charge)
        return {
            "epoch": charge.epoch,
            "started_at": begun.cut_over_began,
            "ended_at": self._tools.clock.now(),
            "taken_over": True,
            "endpoint": {"host": endpoint.host, "port": endpoint.port},
            **self._more_facts(charge),
        }


class Succession(Successor[Charge]):
    """With a login to both databases."""

    quiet = True
    pause = LATER_POLL_SECONDS

    def _charge_of(self, begun: Migration, lease: Tenure, journal: StoreJournal) -> Charge:
        doors = open_doors(begun, self._tools)
        return Charge(begun, begun.epoch, self._tools, lease, journal, doors=doors)

    def _take_over(self, charge: Charge, *, decided: bool) -> Ending:
        charge.gone_is_harmless = not decided
        return TakeOver(charge).run(forward=decided)

    def _target(self, charge: Charge) -> Endpoint:
        return charge.doors.to_target

    def _more_facts(self, charge: Charge) -> Facts:
        """The slots that it or its predecessor made, and those that it could not.

        The target is open by now, and nobody waits.
        """
        if not charge.migration.options.recreate_slots:
            return {}
        try:
            with charge.doors.log_in_to_target() as target:
                missing = [one.name for one in slots.missing(target)]
                return {"slots": list(slots.made(target)), "slots_missing": missing}
        except (DaybreakError, psycopg.Error) as error:
            log.warning("%s: its slots could not be read: %s", charge.migration.id, error)
            return {"slots_unread": True}
