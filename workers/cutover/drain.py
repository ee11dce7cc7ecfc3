"""Drain: everything the source acknowledged has reached the target, and is proven to have."""

import time
from concurrent.futures import Future

from workers.cutover.attempt import ACT_SECONDS, Attempt
from workers.cutover.budget import POLL_SECONDS, check_lease
from workers.cutover.decision import Decision
from workers.failpoints import reach
from workers.postgres import fence, replication
from workers.postgres.connect import value

# The standby has it on its own disk: promotion replays what was received. Its *replayed* position
# is reported only every `wal_receiver_status_interval` (10 s) on a source that nobody writes to;
# that it was replayed, the marker shows that is read on the target itself.
RECEIVED = """
SELECT EXISTS (
    SELECT FROM pg_stat_replication
    WHERE state = 'streaming' AND flush_lsn >= %s::pg_lsn
)
"""


def drain(attempt: Attempt, decision: Decision) -> Future[None]:
    """Mark the end under the fence and see the mark arrive; gives the decision that is under way.

    A replica may take minutes, and all the while the cut-over can be cancelled. When the mark is
    there the promotion is decided, beside the looks that are left.

    Raises:
        Cancelled: somebody did; nothing was decided.
    """
    source, target = attempt.databases.source, attempt.databases.target
    check_lease(attempt.lease, ACT_SECONDS, "marked the end")
    fence.mark(source, attempt.epoch)
    attempt.marker = attempt.epoch
    reach("marked")
    while fence.marker(target) != attempt.epoch:
        attempt.budget.check("waited for the target to replay the marker")
        decision.check()
        time.sleep(POLL_SECONDS)
    return attempt.background.submit(decision.promote)


def see_received(attempt: Attempt) -> None:
    """Wait until the target has all of the source's log as of now: when nobody is left there.

    A session that was let in just before the fence can commit behind the marker, and be gone
    before anybody has seen it. The marker is written once more, because only what is behind a
    synchronous commit is sure to have been sent.
    """
    source = attempt.databases.source
    fence.mark(source, attempt.epoch)
    position = replication.position(source)
    while not value(source, RECEIVED, position):
        attempt.budget.check("waited for the source to see its replica caught up")
        time.sleep(POLL_SECONDS)
    attempt.checked["marker"] = attempt.marker
    attempt.checked["position"] = position
