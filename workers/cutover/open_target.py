"""Redirect and open: the traffic layer points to the target, the fence is lifted, pools resume."""

import time

from workers.cutover.attempt import ACT_SECONDS, Attempt, Progress
from workers.cutover.budget import LATER_POLL_SECONDS, Budget, check_lease
from workers.cutover.on_target import on_target
from workers.cutover.pause import let_go
from workers.postgres import fence
from workers.postgres.connect import Connection
from workers.traffic.errors import PoolerUnreachable

# An agent that has died is started again within a second or two. Giving up earlier would cost the
# promoted target; waiting longer for a pooler that is gone would cost everybody's time.
REDIRECT_SECONDS = 15.0


def redirect(attempt: Attempt) -> None:
    """Lead the held traffic to the target.

    Raises:
        Transient: it could not be done in time; the error names what did not answer.
    """
    patience = Budget(REDIRECT_SECONDS)
    while True:
        attempt.budget.check("was about to redirect the traffic")
        check_lease(attempt.lease, ACT_SECONDS, "redirected the traffic")
        try:
            attempt.tools.traffic.point_to(
                attempt.source,
                attempt.doors.to_target,
                epoch=attempt.epoch,
                timeout_seconds=attempt.budget.left,
            )
        except PoolerUnreachable:
            if min(patience.left, attempt.budget.left) <= 0:
                raise
            time.sleep(LATER_POLL_SECONDS)
        else:
            return


def lift(attempt: Attempt) -> None:
    """Let clients in on the target: from here on going back would lose what they write."""
    attempt.budget.check("was about to open the target")
    check_lease(attempt.lease, ACT_SECONDS, "opened the target")
    # Were the answer to the commit lost, it may have been committed: from here on only forward.
    attempt.progress = Progress.LIFTED
    on_target(attempt, "opened the target", lambda target: _lift(target, attempt.epoch))


def _lift(target: Connection, epoch: int) -> None:
    try:
        fence.lift(target, epoch)
    except fence.NotMine:
        found = fence.read(target)
        if (found.epoch, found.state) != (epoch, fence.State.OPENED):
            raise
        # Opened before, and the answer was lost.


def resume(attempt: Attempt) -> None:
    """Let the traffic go."""
    let_go(attempt)
    attempt.progress = Progress.OPEN
