"""Promote: ask AWS once at a time, and believe only what the target itself says.

Rule 2 of docs/cut-over.md: an answer that proves the call was not executed may be followed by
another call; after anything else the target is looked at until it is plain what happened.
Promoting twice does no harm, so while time is left an unclear call is repeated after enough equal
looks.
"""

import time
from concurrent.futures import Future

import psycopg

from migration.errors import DaybreakError
from workers.aws.promotion import PromoteRefused, PromoteUnclear
from workers.cutover.attempt import ACT_SECONDS, Attempt, Progress
from workers.cutover.budget import LATER_POLL_SECONDS, POLL_SECONDS, Budget, check_lease
from workers.cutover.errors import NotSent, OverBudget
from workers.cutover.request import CALL_SECONDS, Asked, Request, send
from workers.failpoints import reach
from workers.postgres.connect import Connection, DatabaseUnreachable

# Refusals that asking again does not change.
NEVER = frozenset(
    {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "DBClusterNotFoundFault"}
)
# So long must the target keep saying "still a replica" before an unclear call is repeated.
REPEAT_AFTER_SECONDS = 3.0


def ask_for_promotion(attempt: Attempt, request: Request, decided: Future[None]) -> Asked:
    """Let the request go once that is decided; from here on the target may be promoted.

    Raises:
        Cancelled: that was decided instead.
    """
    decided.result()
    reach("promote-intended")
    attempt.budget.check("was about to promote")
    check_lease(attempt.lease, ACT_SECONDS, "promoted")
    attempt.progress = Progress.PROMOTE_SENT
    asked = request.send()
    attempt.budget = Budget(attempt.migration.options.max_write_pause_seconds)
    return asked


def see_promoted(attempt: Attempt, asked: Asked) -> None:
    """Wait until the target says that it is a primary; `attempt.databases.target` is a login on it.

    Raises:
        OverBudget: it is still a replica, as far as can be seen.
    """
    watch = _Watch(attempt)
    answered = False
    while True:
        promoted = watch.promoted()
        if not answered and (promoted or asked.call.done()):
            answered = True
            reach("promote-sent")
        if promoted:
            return
        now = time.monotonic()
        if attempt.budget.left <= 0:
            raise OverBudget("The target did not become writable in time after the promotion.")
        waited = now - asked.sent
        if asked.call.done() and waited > REPEAT_AFTER_SECONDS and _may_repeat(attempt, asked.call):
            asked = Asked(send(attempt, attempt.calls), now)
        time.sleep(POLL_SECONDS if waited < 1 else LATER_POLL_SECONDS)


def _may_repeat(attempt: Attempt, call: Future[None]) -> bool:
    """Whether the answered call gives reason to send another.

    Raises:
        PromoteRefused: AWS will say no however often it is asked.
        NotSent: whoever was about to send it found that it may not.
    """
    error = call.exception()
    if isinstance(error, NotSent):
        raise error
    if isinstance(error, PromoteUnclear):
        return attempt.lease.left() > CALL_SECONDS
    if not isinstance(error, PromoteRefused):
        return False
    if error.code in NEVER:
        raise error
    try:
        cluster = attempt.tools.rds.cluster(attempt.migration.target)
    except DaybreakError:
        # No look, no decision: the target goes on being watched.
        return False
    # Refused because it is promoting already: then wait for it.
    still = cluster is not None and cluster.replication_source is not None
    return still and attempt.lease.left() > CALL_SECONDS


class _Watch:
    """Asks the target whether it is still a replica; promotion ends its sessions."""

    def __init__(self, attempt: Attempt) -> None:
        self._attempt = attempt

    def promoted(self) -> bool:
        """One look; a server that does not answer has not said yes."""
        databases = self._attempt.databases
        if not databases.target.closed:
            try:
                return not _in_recovery(databases.target)
            except psycopg.Error:
                databases.target.close()
        try:
            databases.target = self._attempt.doors.log_in_to_target()
            databases.target_is_new = True
            return not _in_recovery(databases.target)
        except psycopg.Error:
            databases.target.close()
        except DatabaseUnreachable:
            pass
        return False


def _in_recovery(connection: Connection) -> bool:
    row = connection.execute("SELECT pg_is_in_recovery()").fetchone()
    return row is None or bool(row[0])
