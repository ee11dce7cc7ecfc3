"""Close: nobody new gets in, and a reboot ends whoever is in."""

import time
from contextlib import suppress
from datetime import datetime

from migration.errors import DaybreakError
from workers.aws import clock
from workers.aws.errors import AwsUnavailable, NotInThatState
from workers.aws.resources import AVAILABLE
from workers.closure import SourceState
from workers.cutover.attempt import Progress
from workers.cutover_without_login.attempt import Attempt
from workers.cutover_without_login.closed import NotClosed
from workers.failpoints import reach

LOOK_SECONDS = 0.5
# So long after an unclear call another one is sent.
REPEAT_AFTER_SECONDS = 10.0


def close(attempt: Attempt) -> None:
    """Swap the source's groups for the quarantine group; sessions that stand go on until rebooted.

    Raises:
        OverBudget: it does not show in time.
    """
    attempt.still_wanted()
    # From here on it may be closed, whatever the answers are.
    attempt.progress = Progress.FENCED
    attempt.say_source(SourceState.CLOSED)
    reach("closing")
    while not attempt.source_is_closed():
        attempt.budget.check("waited for the source's security groups to change")
        # Sent again it changes nothing.
        _ask(attempt, "closed the source")
        _wait_a_look(attempt)
    reach("closed")


def _ask(attempt: Attempt, act: str) -> None:
    # After an unclear answer the look that follows tells.
    with suppress(AwsUnavailable, NotInThatState), attempt.acting(act):
        attempt.closing.move_instance(attempt.source, [attempt.quarantine])


def _wait_a_look(attempt: Attempt) -> None:
    """Give AWS time before it is asked again."""
    until = time.monotonic() + REPEAT_AFTER_SECONDS
    while time.monotonic() < until and not attempt.source_is_closed():
        attempt.budget.check("waited for the source's security groups to change")
        time.sleep(LOOK_SECONDS)


def reboot(attempt: Attempt) -> None:
    """End every session, and see that it was done: by an event that AWS dates after our call.

    Others reboot too, and a describe or an event may show that late: a session that stood before
    the source was closed would go on, and what it commits after the proof would be lost.

    Raises:
        NotClosed: the groups are not what they were made.
        OverBudget: it does not come back in time.
    """
    accepted: datetime | None = None
    asked = float("-inf")
    while True:
        restarted = _restarted(attempt, accepted)
        status = attempt.source_now().status
        if restarted is not None and status == AVAILABLE:
            break
        attempt.budget.check("waited for the reboot of the source")
        attempt.still_wanted()
        due = accepted is None and time.monotonic() - asked > REPEAT_AFTER_SECONDS
        if due and status == AVAILABLE:
            asked = time.monotonic()
            # Only an answer tells from when on a restart is ours: without one it is sent again.
            with (
                suppress(AwsUnavailable, NotInThatState),
                attempt.acting("rebooted the source"),
            ):
                accepted = attempt.closing.reboot(attempt.source)
            if accepted is not None:
                reach("reboot-sent")
        time.sleep(LOOK_SECONDS)
    attempt.rebooted_at = restarted.timestamp()
    if not attempt.source_is_closed():
        raise NotClosed("The source's security groups were changed while it was rebooted.")
    reach("rebooted")


def _restarted(attempt: Attempt, accepted: datetime | None) -> datetime | None:
    """The first restart after AWS accepted ours; an event that can't be read is none."""
    if accepted is None:
        return None
    try:
        events = attempt.closing.restarts(attempt.source)
    except DaybreakError:
        return None
    later = (event.at for event in events if event.at >= accepted + clock.RESOLUTION)
    return min(later, default=None)
