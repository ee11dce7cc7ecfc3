"""Going back: the dangerous act.

Nothing reopens the source unless the target provably holds no write of a client, and provably
never will (rule 3 of docs/cut-over.md).
"""

from enum import StrEnum

from migration.errors import Transient
from workers.cutover.attempt import Charge, Progress
from workers.cutover.budget import Budget
from workers.cutover.errors import NoTarget, Superseded, TargetGone
from workers.cutover.insist import Insistence
from workers.cutover.pause import lead_to, let_go
from workers.failpoints import reach
from workers.postgres import fence
from workers.postgres.connect import Connection, DatabaseUnreachable, value
from workers.steps.poolers import WAY_BACK_SECONDS


class NotReplayedYet(Transient):
    """The target has not replayed that the source reopens."""


class Ending(StrEnum):
    """How an attempt that failed ended."""

    #: The source takes writes; the target is a replica as before.
    REOPENED = "reopened"
    #: The source takes writes; the target was promoted and never will.
    ABANDONED = "abandoned"
    #: The source takes writes; the replica was deleted, so that nothing could promote it.
    REMOVED = "removed"
    #: It was too late to go back: the target takes writes.
    OPENED = "opened"


def go_back(charge: Charge, seconds: float = WAY_BACK_SECONDS) -> Ending:
    """Undo what was done so far, or finish it if clients may have written to the target.

    Everything it does can be done again, and is until it works. The poolers are spoken to under
    the next epoch: what is left of this attempt on its way to them is refused.

    Raises:
        Superseded: somebody else is in charge by now.
        WayBackFailed: the time was over; the message says what did not work. It can be called
            again.
    """
    charge.settle()
    charge.pooler_epoch = charge.epoch + 1
    way = WayBack(charge, Budget(seconds))
    if charge.progress < Progress.FENCED:
        way.insist("let the traffic go", lambda: let_go(charge))
        return Ending.REOPENED
    ending = Ending.REOPENED
    if charge.progress >= Progress.CLAIMED:
        ending = way.insist("give the target up", way.give_target_up)
        reach("back-gave-up")
    if ending is not Ending.OPENED:
        ending = way.insist("reopen the source", lambda: way.reopen_source(ending))
        reach("back-reopened")
    if ending is Ending.OPENED:
        way.lead_to_target()
    else:
        # A predecessor may have led them to the target: a successor's progress does not tell.
        way.lead_to_source(redirected=charge.progress >= Progress.PROMOTE_SENT)
    return ending


class WayBack(Insistence):
    """The acts of one way back; each leaves things so that it can be done again."""

    def __init__(self, charge: Charge, budget: Budget) -> None:
        """A way back that takes no longer than the budget."""
        super().__init__(charge, budget)
        self._charge = charge

    def lead_to_source(self, *, redirected: bool) -> None:
        """Let the applications go on with the reopened source.

        The order is that of every undo: lift, prove a login, resume.
        """
        charge = self._charge
        self.insist("log in to the source", lambda: charge.doors.log_in_to_source().close())
        if redirected:
            self.insist(
                "lead the traffic to the source", lambda: lead_to(charge, charge.doors.source)
            )
        else:
            self.insist("let the traffic go", lambda: let_go(charge))

    def lead_to_target(self) -> None:
        """Let the applications go on with the target, which takes writes already."""
        charge = self._charge
        self.insist(
            "lead the traffic to the target", lambda: lead_to(charge, charge.doors.to_target)
        )

    def give_target_up(self) -> Ending:
        """Abandon the claimed target, unless it was opened after all.

        The guarded update waits for a lift whose answer was lost, and then finds it out.
        """
        doors = self._charge.doors
        with doors.log_in_to_target() as target:
            if fence.read(target).state is not fence.State.OPENED:
                # Given up while the source is lost, it would have been the only complete copy.
                doors.log_in_to_source().close()
            try:
                fence.abandon(target, self._charge.epoch)
            except fence.NotMine:
                found = fence.read(target)
                if found.epoch > self._charge.epoch:
                    raise Superseded from None
                if found.state is fence.State.OPENED:
                    return Ending.OPENED
                raise
        return Ending.ABANDONED

    def reopen_source(self, ending: Ending) -> Ending:
        """Let clients in again on the source; the target is made harmless before."""
        charge = self._charge
        later = charge.epoch + 1
        with charge.doors.log_in_to_source() as source:
            if fence.withdraw(source, charge.epoch):
                return ending
            found = fence.read(source)
            if found.epoch == charge.epoch:
                fence.announce_reopening(source, charge.epoch)
                reach("back-announced")
            elif found.epoch > later:
                raise Superseded
            elif found.state is fence.State.OPEN:
                # Reopened by us, its answer lost.
                return ending
            elif found.epoch != later:
                raise fence.NotMine
            if ending is Ending.REOPENED and charge.progress >= Progress.PROMOTE_SENT:
                ending = self._make_promotion_harmless(later)
            if ending is not Ending.OPENED:
                fence.reopen(source, later)
        return ending

    def _make_promotion_harmless(self, later: int) -> Ending:
        """Until no attempt can ever claim the target: reopening replayed there, or abandoned."""
        try:
            with self._charge.doors.log_in_to_target() as target:
                return self._see_harmless(target, later)
        except (DatabaseUnreachable, NoTarget):
            charge = self._charge
            if charge.tools.rds.cluster(charge.migration.target) is not None:
                raise
            if not charge.gone_is_harmless:
                raise TargetGone(charge.source, charge.migration.target) from None
            # Nothing is left that could be promoted.
            return Ending.REOPENED

    def _see_harmless(self, target: Connection, later: int) -> Ending:
        promoted = not value(target, "SELECT pg_is_in_recovery()")
        try:
            found = fence.read(target)
        except fence.NoFence:
            if promoted:
                # It never saw a fence: there is nothing that anybody could claim.
                return Ending.ABANDONED
            raise NotReplayedYet from None
        if (found.epoch, found.state) == (later, fence.State.REOPENING):
            # Replayed before any promotion: whatever comes, nobody can claim it.
            return Ending.ABANDONED if promoted else Ending.REOPENED
        if not promoted:
            raise NotReplayedYet
        if found.state is fence.State.OPENED:
            return Ending.OPENED
        if found.epoch < self._charge.epoch:
            # Promoted while a predecessor was in charge: it is the successor's to give up.
            fence.supersede(target, found, self._charge.epoch)
        fence.abandon(target, self._charge.epoch)
        return Ending.ABANDONED
