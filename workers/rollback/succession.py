"""Succession of a roll back: what differs is which database yields to which."""

from migration.model import Migration
from workers.cutover.attempt import Charge
from workers.cutover.budget import LATER_POLL_SECONDS
from workers.cutover.go_back import Ending
from workers.cutover.outcome import Outcomes
from workers.cutover.succession import Successor
from workers.journal import StoreJournal
from workers.leases import Tenure
from workers.rollback.arm import turned_doors
from workers.rollback.outcome import RollBackOutcomes
from workers.rollback.take_over import TakeOverRollBack
from workers.traffic.port import Endpoint


class SuccessionOfRollBack(Successor[Charge]):
    """With a login to both databases."""

    quiet = True
    pause = LATER_POLL_SECONDS

    def _outcomes_of(self) -> Outcomes:
        return RollBackOutcomes(self._store, self._recorder, self._tools.clock)

    def _charge_of(self, begun: Migration, lease: Tenure, journal: StoreJournal) -> Charge:
        doors = turned_doors(begun, self._tools)
        return Charge(begun, begun.epoch, self._tools, lease, journal, doors=doors)

    def _take_over(self, charge: Charge, *, decided: bool) -> Ending:  # noqa: ARG002
        # Decided is what the target's row says.
        return TakeOverRollBack(charge).run()

    def _target(self, charge: Charge) -> Endpoint:
        return charge.doors.to_target
