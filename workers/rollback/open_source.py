"""Decide and open: the target yields, then the source takes writes."""

from workers.cutover.attempt import ACT_SECONDS, Attempt, Progress
from workers.cutover.budget import Budget, check_lease
from workers.cutover.on_target import on_target
from workers.failpoints import reach
from workers.postgres import fence
from workers.postgres.connect import Connection
from workers.postgres.fence import State


def have_target_yield(attempt: Attempt) -> None:
    """The one decision: from here on the target takes no write any more, whoever is in charge."""
    attempt.budget.check("was about to give the target up")
    check_lease(attempt.lease, ACT_SECONDS, "gave the target up")
    # Were the answer lost, it may have been committed: going back asks the source, too.
    attempt.progress = Progress.CLAIMED
    fence.yield_target(attempt.databases.source, attempt.epoch)
    reach("yielded")
    attempt.budget = Budget(attempt.migration.options.max_write_pause_seconds)


def lift(attempt: Attempt) -> None:
    """Let clients in on the source: from here on calling it off would lose what they write."""
    attempt.budget.check("was about to open the source")
    check_lease(attempt.lease, ACT_SECONDS, "opened the source")
    attempt.progress = Progress.LIFTED
    on_target(attempt, "opened the source", lambda instance: _lift(instance, attempt.epoch))


def _lift(instance: Connection, epoch: int) -> None:
    try:
        fence.open_source(instance, epoch)
    except fence.NotMine:
        found = fence.read(instance)
        if (found.epoch, found.state) != (epoch, State.OPEN):
            raise
        # Opened before, and the answer was lost.
