"""Succession: a cut-over whose process is silent gets another one, and the store is told."""

import logging
import time

from migration.errors import DaybreakError
from migration.model import Facts, Migration
from migration.plan import CUT_OVER
from migration.ports import Store
from migration.recorder import Recorder
from workers.cutover.attempt import Charge, Doors
from workers.cutover.budget import LATER_POLL_SECONDS, Budget
from workers.cutover.errors import Superseded, WayBackFailed
from workers.cutover.go_back import Ending
from workers.cutover.outcome import Outcomes, Telling
from workers.cutover.take_over import ABOVE, TakeOver, open_doors
from workers.journal import StoreJournal
from workers.leases import Tenure
from workers.toolbox import Toolbox

log = logging.getLogger(__name__)

# AWS says where the databases are; it may be away for a moment.
DOORS_SECONDS = 10.0

DIED = "The process that carried out the cut-over was silent, and another one took over."


class Succession:
    """Takes over one migration after the other."""

    def __init__(self, tools: Toolbox, store: Store, recorder: Recorder) -> None:
        """A successor with these tools."""
        self._tools = tools
        self._store = store
        self._recorder = recorder
        self._outcomes = Outcomes(store, recorder, tools.clock)

    def run(self, migration: Migration, lease: Tenure) -> None:
        """Have one database of this migration take writes, and record which."""
        journal = StoreJournal(self._store, self._tools.clock, migration.id, CUT_OVER, quiet=True)
        # From here on nothing that the predecessor says is recorded.
        begun = self._recorder.cut_over_taken_over(migration, migration.epoch + ABOVE)
        try:
            doors = self._find_doors(begun)
        except DaybreakError as error:
            self._outcomes.stuck(begun, f"{DIED} {error}")
            return
        charge = Charge(begun, begun.epoch, self._tools, lease, journal, doors=doors)
        try:
            self._settle(begun, charge)
        finally:
            charge.close()

    def _find_doors(self, begun: Migration) -> Doors:
        budget = Budget(DOORS_SECONDS)
        while True:
            try:
                return open_doors(begun, self._tools)
            except DaybreakError:
                if budget.left <= 0:
                    raise
                time.sleep(LATER_POLL_SECONDS)

    def _settle(self, begun: Migration, charge: Charge) -> None:
        charge.tell = telling = Telling(self._outcomes, begun)
        try:
            # Without a decision for it nobody goes forward: a cancel may have been taken.
            ending = TakeOver(charge).run(forward=begun.promoting_since is not None)
        except Superseded:
            log.warning("%s: somebody else is in charge", begun.id)
        except WayBackFailed as failure:
            self._outcomes.stuck(telling.latest, f"{DIED} {failure}")
        else:
            if ending is Ending.OPENED:
                self._outcomes.opened(telling.latest, self._facts(begun, charge))
            else:
                now = self._tools.clock.now()
                spent = now - (begun.cut_over_began or now)
                self._outcomes.went_back(telling.latest, ending, DIED, spent)

    def _facts(self, begun: Migration, charge: Charge) -> Facts:
        """What can be said honestly: nobody's clock saw both ends of the pause."""
        endpoint = charge.doors.to_target
        return {
            "epoch": charge.epoch,
            "started_at": begun.cut_over_began,
            "ended_at": self._tools.clock.now(),
            "taken_over": True,
            "endpoint": {"host": endpoint.host, "port": endpoint.port},
        }
