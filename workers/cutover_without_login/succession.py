"""Succession without a login: a silent cut-over gets another process, and the store is told."""

import logging
import time

from migration.errors import DaybreakError
from migration.model import Facts, Migration
from migration.plan import CUT_OVER, WITHOUT_LOGIN
from migration.ports import Store
from migration.recorder import Recorder
from workers.cutover.budget import Budget
from workers.cutover.errors import Superseded, WayBackFailed
from workers.cutover.go_back import Ending
from workers.cutover.outcome import Outcomes, Telling
from workers.cutover.succession import DIED, DOORS_SECONDS
from workers.cutover.take_over import ABOVE
from workers.cutover_without_login.attempt import Attempt
from workers.cutover_without_login.take_over import TakeOver, charge_of
from workers.journal import StoreJournal
from workers.leases import Tenure
from workers.steps.without_login import NOT_LOOKED_AT
from workers.toolbox import Toolbox

log = logging.getLogger(__name__)

AGAIN_SECONDS = 0.5


class SuccessionWithoutLogin:
    """Takes over one migration after the other."""

    def __init__(self, tools: Toolbox, store: Store, recorder: Recorder) -> None:
        """A successor with these tools."""
        self._tools = tools
        self._store = store
        self._recorder = recorder
        self._outcomes = Outcomes(store, recorder, tools.clock)

    def run(self, migration: Migration, lease: Tenure) -> None:
        """Have one database of this migration take writes, and record which."""
        journal = StoreJournal(self._store, self._tools.clock, migration.id, CUT_OVER)
        # From here on nothing that the predecessor says is recorded.
        begun = self._recorder.cut_over_taken_over(migration, migration.epoch + ABOVE)
        try:
            attempt = self._charge(begun, lease, journal)
        except DaybreakError as error:
            self._outcomes.stuck(begun, f"{DIED} {error}")
            return
        try:
            self._settle(begun, attempt)
        finally:
            attempt.close()

    def _charge(self, begun: Migration, lease: Tenure, journal: StoreJournal) -> Attempt:
        budget = Budget(DOORS_SECONDS)
        while True:
            try:
                return charge_of(begun, self._tools, lease, journal)
            except DaybreakError:
                if budget.left <= 0:
                    raise
                time.sleep(AGAIN_SECONDS)

    def _settle(self, begun: Migration, attempt: Attempt) -> None:
        attempt.tell = telling = Telling(self._outcomes, begun)
        try:
            ending = TakeOver(attempt).run(decided=begun.promoting_since is not None)
        except Superseded:
            log.warning("%s: somebody else is in charge", begun.id)
        except WayBackFailed as failure:
            self._outcomes.stuck(telling.latest, f"{DIED} {failure}")
        else:
            if ending is Ending.OPENED:
                self._outcomes.opened(telling.latest, self._facts(begun, attempt))
            else:
                now = self._tools.clock.now()
                spent = now - (begun.cut_over_began or now)
                self._outcomes.went_back(telling.latest, ending, DIED, spent)

    def _facts(self, begun: Migration, attempt: Attempt) -> Facts:
        """What can be said honestly: nobody's clock saw both ends of the pause."""
        endpoint = attempt.target_endpoint()
        return {
            "mode": WITHOUT_LOGIN,
            "epoch": attempt.epoch,
            "started_at": begun.cut_over_began,
            "ended_at": self._tools.clock.now(),
            "taken_over": True,
            "not_looked_at": list(NOT_LOOKED_AT),
            "endpoint": {"host": endpoint.host, "port": endpoint.port},
        }
