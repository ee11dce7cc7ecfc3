"""Fence: logins off, sessions ended, and looked at again until nobody is left."""

import time
from concurrent.futures import Future

from workers.cutover.attempt import ACT_SECONDS, Attempt, Progress
from workers.cutover.budget import POLL_SECONDS, Budget, check_lease
from workers.cutover.errors import Stragglers
from workers.postgres import fence, sessions

# A backend that was told to end does so between two rows; one that doesn't is stuck.
SESSIONS_END_SECONDS = 3.0


def close(attempt: Attempt) -> Future[None]:
    """Close the source; the future is the proof that Daybreak can still log in anew.

    Raises:
        Stragglers: sessions that do not end, by name.
        NotMine: another attempt has taken over.
    """
    attempt.budget.check("put up the fence")
    check_lease(attempt.lease, ACT_SECONDS, "put up the fence")
    attempt.progress = Progress.FENCED
    source = attempt.databases.source
    fence.close(source, attempt.epoch, attempt.roles, rehearse=False)
    proof = attempt.background.submit(_log_in, attempt)
    patience = Budget(min(SESSIONS_END_SECONDS, attempt.budget.left))
    while True:
        sessions.end_sessions(source)
        left = sessions.stragglers(source)
        if not left:
            return proof
        if patience.left <= 0:
            raise Stragglers(
                "These sessions did not end under the fence: " + "; ".join(map(str, left))
            )
        time.sleep(POLL_SECONDS)


def _log_in(attempt: Attempt) -> None:
    """A new login as Daybreak: whoever has to undo this will need one."""
    attempt.databases.log_in_to_source().close()
