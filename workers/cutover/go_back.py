"""Going back: the dangerous act.

Nothing reopens the source unless the target provably holds no write of a client, and provably
never will (rule 3 of docs/cut-over.md).
"""

import logging
import time
from collections.abc import Callable
from enum import StrEnum
from typing import TypeVar

import psycopg

from migration.errors import DaybreakError, Transient
from workers.cutover.attempt import Attempt, Progress
from workers.cutover.budget import LATER_POLL_SECONDS, Budget
from workers.cutover.errors import WayBackFailed
from workers.cutover.pause import let_go
from workers.postgres import fence
from workers.postgres.connect import value
from workers.steps.poolers import WAY_BACK_SECONDS

log = logging.getLogger(__name__)

Result = TypeVar("Result")


class NotReplayedYet(Transient):
    """The target has not replayed that the source reopens."""


class Ending(StrEnum):
    """How an attempt that failed ended."""

    #: The source takes writes; the target is a replica as before.
    REOPENED = "reopened"
    #: The source takes writes; the target was promoted and never will.
    ABANDONED = "abandoned"
    #: It was too late to go back: the target takes writes.
    OPENED = "opened"


def go_back(attempt: Attempt) -> Ending:
    """Undo what this attempt did, as far as it got, or finish it if clients may have written.

    Everything it does can be done again, and is until it works. The poolers are spoken to under
    the next epoch: what is left of this attempt on its way to them is refused.

    Raises:
        WayBackFailed: a person has to; the message says what state things are in.
    """
    attempt.settle()
    attempt.pooler_epoch = attempt.epoch + 1
    budget = Budget(WAY_BACK_SECONDS)
    way = _WayBack(attempt, budget)
    if attempt.progress < Progress.FENCED:
        way.insist("let the traffic go", lambda: let_go(attempt))
        return Ending.REOPENED
    ending = Ending.REOPENED
    if attempt.progress >= Progress.CLAIMED:
        ending = way.insist("give the target up", way.give_target_up)
        if ending is Ending.OPENED:
            way.insist("let the traffic go", lambda: let_go(attempt))
            return ending
    ending = way.insist("reopen the source", lambda: way.reopen_source(ending))
    if attempt.progress >= Progress.CLAIMED:
        way.insist("point the poolers back", way.point_back)
    # Undo order: lift, prove a login, resume.
    way.insist("log in to the source", lambda: attempt.databases.log_in_to_source().close())
    way.insist("let the traffic go", lambda: let_go(attempt))
    return ending


class _WayBack:
    """The acts of one way back; each leaves things so that it can be done again."""

    def __init__(self, attempt: Attempt, budget: Budget) -> None:
        self._attempt = attempt
        self._budget = budget

    def insist(self, what: str, act: Callable[[], Result]) -> Result:
        """Do it until it works or the time is over."""
        while True:
            try:
                result = act()
            except (DaybreakError, psycopg.Error) as error:
                if self._budget.left <= 0:
                    raise WayBackFailed(f"Daybreak could not {what}: {error}") from error
                log.warning("could not %s: %s; once more", what, error)
                time.sleep(LATER_POLL_SECONDS)
            else:
                self._attempt.note(what)
                return result

    def point_back(self) -> None:
        """Lead the held traffic to the source."""
        attempt = self._attempt
        attempt.tools.traffic.point_to(
            attempt.source, attempt.databases.source_endpoint, epoch=attempt.pooler_epoch
        )

    def give_target_up(self) -> Ending:
        """Abandon the claimed target, unless it was opened after all.

        The guarded update waits for a lift whose answer was lost, and then finds it out.
        """
        with self._attempt.databases.log_in_to_target() as target:
            try:
                fence.abandon(target, self._attempt.epoch)
            except fence.NotMine:
                if fence.read(target).state is fence.State.OPENED:
                    return Ending.OPENED
                raise
        return Ending.ABANDONED

    def reopen_source(self, ending: Ending) -> Ending:
        """Let clients in again on the source; the target is made harmless before."""
        attempt = self._attempt
        later = attempt.epoch + 1
        with attempt.databases.log_in_to_source() as source:
            if fence.withdraw(source, attempt.epoch):
                return ending
            found = fence.read(source)
            if found.epoch == attempt.epoch:
                fence.announce_reopening(source, attempt.epoch)
            elif found.state is fence.State.OPEN:
                # Reopened by us, its answer lost; or by a later attempt: not closed by this one.
                return ending
            elif found.epoch != later:
                raise fence.NotMine
            if ending is Ending.REOPENED and attempt.progress >= Progress.PROMOTE_SENT:
                ending = self._make_promotion_harmless(later)
            fence.reopen(source, later)
        return ending

    def _make_promotion_harmless(self, later: int) -> Ending:
        """Until this attempt can never claim the target: reopening replayed there, or abandoned."""
        with self._attempt.databases.log_in_to_target() as target:
            promoted = not value(target, "SELECT pg_is_in_recovery()")
            found = fence.read(target)
            if (found.epoch, found.state) == (later, fence.State.REOPENING):
                # Replayed before any promotion: whatever comes, nobody can claim it.
                return Ending.ABANDONED if promoted else Ending.REOPENED
            if not promoted:
                raise NotReplayedYet
            fence.abandon(target, self._attempt.epoch)
        return Ending.ABANDONED
