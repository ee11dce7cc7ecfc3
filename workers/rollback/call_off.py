"""Calling a roll back off: the target takes writes again.

Which of both may is decided in the target's own row, by one update: it yields, or it is reopened.
Until it has yielded nobody opens the source, so nothing is needed of the source to reopen the
target. Once it has, only a source that provably was not opened, and provably never will be by this
attempt, lets it be reopened.
"""

from workers.cutover.attempt import Charge, Progress
from workers.cutover.budget import Budget
from workers.cutover.errors import Superseded
from workers.cutover.go_back import Ending
from workers.cutover.insist import Insistence
from workers.cutover.pause import lead_to, let_go
from workers.failpoints import reach
from workers.postgres import fence
from workers.postgres.fence import State
from workers.steps.poolers import WAY_BACK_SECONDS


def call_off(charge: Charge, seconds: float = WAY_BACK_SECONDS) -> Ending:
    """Undo what was done so far, or finish it if clients may have written to the source.

    Gives REOPENED where the target takes writes again, OPENED where the source does.

    Raises:
        Superseded: somebody else is in charge by now.
        WayBackFailed: the time was over; it can be called again.
    """
    charge.settle()
    charge.pooler_epoch = charge.epoch + 1
    way = CallingOff(charge, Budget(seconds))
    if charge.progress < Progress.FENCED:
        way.insist("let the traffic go", lambda: let_go(charge))
        return Ending.REOPENED
    ending = way.insist("reopen the target", way.reopen_target)
    reach("called-off")
    if ending is Ending.OPENED:
        way.lead_to_source()
    else:
        way.lead_to_target()
    return ending


class CallingOff(Insistence):
    """The acts of it; each leaves things so that it can be done again."""

    def __init__(self, charge: Charge, budget: Budget) -> None:
        """Takes no longer than the budget."""
        super().__init__(charge, budget)
        self._charge = charge

    def lead_to_target(self) -> None:
        """Let the applications go on with the reopened target: lift, prove a login, resume."""
        charge = self._charge
        self.insist("log in to the target", lambda: charge.doors.log_in_to_source().close())
        self.insist("lead the traffic to the target", lambda: lead_to(charge, charge.doors.source))

    def lead_to_source(self) -> None:
        """Let the applications go on with the source, which takes writes already."""
        charge = self._charge
        self.insist(
            "lead the traffic to the source", lambda: lead_to(charge, charge.doors.to_target)
        )

    def reopen_target(self) -> Ending:
        """Reopen the target, unless the source was opened after all."""
        epoch = self._charge.epoch
        with self._charge.doors.log_in_to_source() as cluster:
            # A plain look would not do: a commit whose answer was lost may be on its way.
            if fence.withdraw(cluster, epoch, State.OPENED):
                return Ending.REOPENED
            found = fence.read(cluster)
            if found.epoch > epoch + 1:
                raise Superseded
            if found.epoch == epoch + 1 and found.state is State.OPENED:
                # Reopened by us, its answer lost.
                return Ending.REOPENED
            if found.state is State.ABANDONED and self._source_opened():
                return Ending.OPENED
            fence.reopen_target(cluster, epoch)
        return Ending.REOPENED

    def _source_opened(self) -> bool:
        """Whether clients were let in; if not, from now on this attempt can't let them in."""
        epoch = self._charge.epoch
        with self._charge.doors.log_in_to_target() as instance:
            if fence.withdraw(instance, epoch, State.FENCED):
                return False
            found = fence.read(instance)
            if found.state is State.OPEN:
                return True
            if found.epoch > epoch + 1:
                raise Superseded
            return False
