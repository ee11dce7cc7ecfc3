"""Fence: logins off, sessions ended, and looked at again until nobody is left."""

import time
from concurrent.futures import Future

from workers.cutover.attempt import ACT_SECONDS, Attempt, Progress
from workers.cutover.budget import POLL_SECONDS, Budget, check_lease
from workers.cutover.consumers import READING_SECONDS, Consumers
from workers.cutover.errors import Stragglers
from workers.postgres import fence, inventory, roles, sessions
from workers.postgres.connect import Connection
from workers.postgres.fence import State

# A backend that was told to end does so between two rows; one that doesn't is stuck.
SESSIONS_END_SECONDS = 3.0


def close(
    attempt: Attempt,
    before: State = State.OPEN,
    after: State = State.FENCED,
    *,
    reopen_by: float | None = None,
) -> Future[None]:
    """Close the source; the future is the proof that Daybreak can still log in anew.

    `reopen_by` (unix seconds) stands in its row where it is closed for a copy.

    Raises:
        Stragglers: sessions that do not end, by name.
        NotMine: another attempt has taken over.
    """
    attempt.budget.check("put up the fence")
    check_lease(attempt.lease, ACT_SECONDS, "put up the fence")
    attempt.progress = Progress.FENCED
    source = attempt.databases.source
    attempt.roles = fence.close(
        source, attempt.epoch, rehearse=False, before=before, after=after, reopen_by=reopen_by
    )
    proof = attempt.background.submit(_log_in, attempt)
    consumers = Consumers(source, attempt.epoch, wanted=attempt.slots_noted)
    longest = SESSIONS_END_SECONDS + (READING_SECONDS if attempt.slots_noted else 0.0)
    patience = Budget(min(longest, attempt.budget.left))
    ended: dict[int, str] = {}
    while True:
        left = sessions.stragglers(source)
        if not left:
            consumers.note()
            return proof
        going_on = consumers.may_go_on(left)
        ending = [one for one in left if one.pid not in going_on]
        ended |= {one.pid: str(one) for one in ending if one.pid not in ended}
        attempt.ended = tuple(ended.values())
        sessions.end(source, ending)
        if patience.left <= 0:
            raise Stragglers(
                "These sessions did not end under the fence: " + "; ".join(map(str, left))
            )
        time.sleep(POLL_SECONDS)


def look_again(source: Connection) -> None:
    """See that still nobody is there, that nobody could come, and that nothing waits to commit.

    A backend that was let in just before the fence shows up only when it has started.

    Raises:
        Stragglers: somebody is, or somebody could; going back loses nothing yet.
    """
    left = [
        *map(str, sessions.stragglers(source)),
        *(f"the role {name}, which may log in" for name in roles.login_roles(source)),
        *map(str, inventory.prepared_transactions(source)),
    ]
    if left:
        raise Stragglers("These got past the fence: " + "; ".join(left))


def _log_in(attempt: Attempt) -> None:
    """A new login as Daybreak: whoever has to undo this will need one."""
    attempt.doors.log_in_to_source().close()
