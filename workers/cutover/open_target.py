"""Redirect and open: the traffic layer points to the target, the fence is lifted, pools resume."""

from workers.cutover.attempt import ACT_SECONDS, Attempt, Progress
from workers.cutover.budget import check_lease
from workers.postgres import fence


def redirect(attempt: Attempt) -> None:
    """Lead the held traffic to the target."""
    attempt.tools.traffic.point_to(
        attempt.source, attempt.databases.target_endpoint, epoch=attempt.epoch
    )


def lift(attempt: Attempt) -> None:
    """Let clients in on the target: from here on going back would lose what they write."""
    check_lease(attempt.lease, ACT_SECONDS, "opened the target")
    # Were the answer to the commit lost, it may have been committed: from here on only forward.
    attempt.progress = Progress.LIFTED
    fence.lift(attempt.databases.target, attempt.epoch)


def resume(attempt: Attempt) -> None:
    """Let the traffic go."""
    attempt.tools.traffic.resume(attempt.source, epoch=attempt.epoch)
    attempt.progress = Progress.OPEN
