"""Promote, and believe only what AWS says several times: there is no login to ask the target by.

Rule 2 of docs/cut-over.md. Before the call the intent stands in the target's tags: from there on
nobody deletes the cluster, and whoever takes over goes forward if it was promoted.
"""

import time
from concurrent.futures import Future
from dataclasses import dataclass

from migration.errors import DaybreakError
from workers.aws.promotion import PromoteRefused, PromoteUnclear
from workers.aws.resources import AVAILABLE, Cluster
from workers.cutover.attempt import Progress
from workers.cutover.budget import Budget
from workers.cutover.decision import Decision
from workers.cutover.errors import Cancelled
from workers.cutover.promote import NEVER, REPEAT_AFTER_SECONDS
from workers.cutover.request import send
from workers.cutover_without_login.attempt import Attempt
from workers.cutover_without_login.closed import Outside
from workers.failpoints import reach

LOOK_SECONDS = 0.5
# A describe can lag: so many looks in a row have to say the same.
EQUAL_LOOKS = 3


def promote(attempt: Attempt, decision: Decision) -> None:
    """Promote the target; returns when AWS says three times that it stands alone.

    Raises:
        Cancelled: somebody did before it was decided.
        OverBudget: it does not, in time.
    """
    attempt.budget.check("was about to promote")
    attempt.guard("decided to promote")
    # From here on it may be decided, and then nobody may delete the cluster.
    attempt.progress = Progress.PROMOTE_SENT
    try:
        decision.promote()
    except Cancelled:
        attempt.progress = Progress.FENCED
        raise
    reach("promotion-decided")
    attempt.intend_promotion()
    reach("promote-intended")
    see_promoted(attempt, Budget(attempt.migration.options.max_write_pause_seconds))


def see_promoted(attempt: Attempt, budget: Budget) -> None:
    """Send it, unless it was done, and again while it is unclear; promoting twice does no harm.

    Raises:
        OverBudget: it is still a replica, as far as AWS tells.
        PromoteRefused: AWS says no, however often it is asked.
    """
    attempt.budget = budget
    watch = Watch(attempt)
    call: Future[None] | None = None
    sent = float("-inf")
    while not watch.promoted():
        attempt.budget.check("waited for AWS to show the target promoted")
        if watch.replicates and _may_send(call) and time.monotonic() - sent > REPEAT_AFTER_SECONDS:
            attempt.guard("promoted the target")
            call, sent = send(attempt, attempt.calls), time.monotonic()
            reach("promote-sent")
        time.sleep(LOOK_SECONDS)
    reach("promoted")


def _may_send(call: Future[None] | None) -> bool:
    """Whether the last call, if any, gives reason to send another; raises PromoteRefused."""
    if call is None:
        return True
    if not call.done():
        return False
    error = call.exception()
    if isinstance(error, PromoteRefused) and error.code in NEVER:
        raise error
    return isinstance(error, (PromoteRefused, PromoteUnclear))


@dataclass
class Watch:
    """Looks at the cluster until equal answers in a row say that it stands alone."""

    charge: Outside
    equal: int = 0
    #: By the last look: still a replica, and nothing is under way.
    replicates: bool = False

    def promoted(self) -> bool:
        """One look more; a failed one breaks the row and says nothing."""
        try:
            cluster = self.charge.target_now()
            alone = stands_alone(cluster)
            told = alone and self._told(cluster)
        except DaybreakError:
            self.equal, self.replicates = 0, False
            return False
        self.replicates = bool(cluster.replication_source) and cluster.status == AVAILABLE
        self.equal = self.equal + 1 if told else 0
        return self.equal >= EQUAL_LOOKS

    def _told(self, cluster: Cluster) -> bool:
        """A second witness beside the cluster's own description: the event, or its writer."""
        return any(member.writer for member in cluster.members) or bool(
            self.charge.closing.promotions(cluster.id)
        )


def stands_alone(cluster: Cluster) -> bool:
    """By one look: available, and no replica of anything."""
    return cluster.status == AVAILABLE and not cluster.replication_source
