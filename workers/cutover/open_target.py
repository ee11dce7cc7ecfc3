"""Redirect and open: the traffic layer points to the target, the fence is lifted, pools resume."""

from workers.cutover.attempt import ACT_SECONDS, Attempt, Progress
from workers.cutover.budget import check_lease
from workers.cutover.on_target import on_target
from workers.cutover.pause import let_go
from workers.postgres import fence
from workers.postgres.connect import Connection


def redirect(attempt: Attempt) -> None:
    """Lead the held traffic to the target."""
    attempt.budget.check("was about to redirect the traffic")
    check_lease(attempt.lease, ACT_SECONDS, "redirected the traffic")
    attempt.tools.traffic.point_to(attempt.source, attempt.doors.to_target, epoch=attempt.epoch)


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
