"""Taking over a roll back that died: its successor calls it off, or finishes it.

The target's row says which: until it has yielded, nobody can have opened the source. Everything
here can be done again.
"""

from workers.cutover.attempt import Charge, Progress
from workers.cutover.budget import Budget
from workers.cutover.errors import Superseded, WayBackFailed
from workers.cutover.go_back import Ending
from workers.cutover.on_source import SOURCE_SECONDS
from workers.cutover.take_over import ABOVE, own_row
from workers.failpoints import reach
from workers.postgres import fence, sessions
from workers.postgres.connect import CUT_OVER_APPLICATION_NAME, Connection
from workers.postgres.fence import Fence, State
from workers.rollback.call_off import CallingOff, call_off
from workers.steps.poolers import WAY_BACK_SECONDS


class TakeOverRollBack:
    """One successor; `charge.epoch` is raised to its own as it takes charge of the target."""

    def __init__(self, charge: Charge, seconds: float = WAY_BACK_SECONDS) -> None:
        """A successor that gives up for now when the time is over."""
        self._charge = charge
        self._way = CallingOff(charge, Budget(seconds))
        self._seconds = seconds
        self._tried = False

    def run(self) -> Ending:
        """Have one of the databases take writes again: REOPENED is the target, OPENED the source.

        Raises:
            Superseded: somebody else has taken over from this one.
            WayBackFailed: not yet; it can be run again.
        """
        charge = self._charge
        found = self._found_on_target()
        reach("successor-took-charge")
        if found is None:
            # It was opened before the target went away.
            charge.pooler_epoch = charge.epoch
            self._way.lead_to_source()
            return Ending.OPENED
        if found.state is State.ABANDONED:
            return self._finish()
        # Whatever else it says: it has not yielded, and under the new epoch it never will.
        charge.progress = Progress.FENCED
        return call_off(charge, self._seconds)

    def _found_on_target(self) -> Fence | None:
        """The target's row as it was left, now in our charge; None where the source is open."""
        soon = CallingOff(self._charge, Budget(SOURCE_SECONDS))
        try:
            return soon.insist("take charge of the target", self._take_charge)
        except WayBackFailed:
            if self._source_is_open():
                return None
        return self._way.insist("take charge of the target", self._take_charge)

    def _take_charge(self) -> Fence:
        charge = self._charge
        with charge.doors.log_in_to_source() as cluster:
            found = self._take(cluster)
            reach("successor-looked")
            return _supersede(cluster, found, charge.epoch)

    def _take(self, connection: Connection) -> Fence:
        charge = self._charge
        own_row(connection, charge)
        sessions.end_ours(connection, CUT_OVER_APPLICATION_NAME)
        found = own_row(connection, charge)
        if not self._tried:
            charge.epoch = max(charge.epoch, found.epoch + ABOVE)
        # Once that was sent, a row of this very epoch is ours: an answer can be lost.
        self._tried = True
        return found

    def _source_is_open(self) -> bool:
        return bool(self._way.insist("look at the source", self._look_at_source) is State.OPEN)

    def _look_at_source(self) -> State:
        with self._charge.doors.log_in_to_target() as instance:
            return fence.read(instance).state

    def _finish(self) -> Ending:
        """The target has yielded, and the source has everything: open it."""
        charge = self._charge
        self._way.insist("open the source", self._open_source)
        reach("successor-lifted")
        charge.pooler_epoch = charge.epoch
        self._way.insist("log in to the source", lambda: charge.doors.log_in_to_target().close())
        self._way.lead_to_source()
        return Ending.OPENED

    def _open_source(self) -> None:
        epoch = self._charge.epoch
        with self._charge.doors.log_in_to_target() as instance:
            own_row(instance, self._charge)
            sessions.end_ours(instance, CUT_OVER_APPLICATION_NAME)
            found = _supersede(instance, own_row(instance, self._charge), epoch)
            if found.state is not State.OPEN:
                fence.open_source(instance, epoch)


def _supersede(connection: Connection, found: Fence, epoch: int) -> Fence:
    """Take over from this row; gives it as it was found, and raises NotMine if it is another."""
    if found.epoch > epoch:
        raise Superseded
    if found.epoch < epoch:
        fence.supersede(connection, found, epoch)
    return found
