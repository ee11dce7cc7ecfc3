"""Close: nobody new gets in, and a reboot ends whoever is in."""

import time

from migration.errors import DaybreakError
from workers.aws.errors import AwsUnavailable, NotInThatState
from workers.aws.resources import AVAILABLE
from workers.closure import SourceState
from workers.cutover.attempt import Progress
from workers.cutover_without_login.attempt import Attempt
from workers.cutover_without_login.closed import NotClosed
from workers.failpoints import reach

LOOK_SECONDS = 0.5
# So long must a reboot show nothing before an unclear call is repeated.
REPEAT_AFTER_SECONDS = 10.0
REBOOTING = "rebooting"


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
    attempt.guard(act)
    try:
        attempt.closing.move_instance(attempt.source, [attempt.quarantine])
    except (AwsUnavailable, NotInThatState):
        # The look that follows tells.
        return


def _wait_a_look(attempt: Attempt) -> None:
    """Give AWS time before it is asked again."""
    until = time.monotonic() + REPEAT_AFTER_SECONDS
    while time.monotonic() < until and not attempt.source_is_closed():
        attempt.budget.check("waited for the source's security groups to change")
        time.sleep(LOOK_SECONDS)


def reboot(attempt: Attempt) -> None:
    """End every session, and see that it was done: by its event, or by the status on its way.

    Raises:
        NotClosed: the groups are not what they were made.
        OverBudget: it does not come back in time.
    """
    before = attempt.closing.restarts(attempt.source)
    seen = False
    asked = float("-inf")
    while True:
        status = attempt.source_now().status
        seen = seen or status == REBOOTING or bool(_news(attempt, before))
        if seen and status == AVAILABLE:
            break
        attempt.budget.check("waited for the reboot of the source")
        attempt.still_wanted()
        if not seen and status == AVAILABLE and time.monotonic() - asked > REPEAT_AFTER_SECONDS:
            attempt.guard("rebooted the source")
            asked = time.monotonic()
            try:
                attempt.closing.reboot(attempt.source)
            except (AwsUnavailable, NotInThatState):
                # Whether it was done shows.
                continue
            reach("reboot-sent")
        time.sleep(LOOK_SECONDS)
    attempt.rebooted_at = attempt.tools.clock.now()
    if not attempt.source_is_closed():
        raise NotClosed("The source's security groups were changed while it was rebooted.")
    reach("rebooted")


def _news(attempt: Attempt, before: frozenset[object]) -> frozenset[object]:
    """Restarts that were not there before; an event that can't be read is none."""
    try:
        return frozenset(attempt.closing.restarts(attempt.source)) - before
    except DaybreakError:
        return frozenset()
