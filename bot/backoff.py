"""When what Slack refused may be asked for again: after its own word, or after growing pauses.

Nobody sleeps meanwhile. A call that comes too early fails at once and is asked for later, so that
one method's limit holds up no other, and an outage costs one call now and then.
"""

import logging
import threading
import time
from dataclasses import dataclass, replace
from typing import NoReturn

from bot.errors import SlackAway, SlackLimits, SlackNotNow

log = logging.getLogger(__name__)

FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 8.0
# After a pause one call tries whether it works again; the others wait for so long to hear of it.
TRIAL_SECONDS = 1.0
# What fails so long after a pause begins anew.
FORGOTTEN_SECONDS = 10.0


@dataclass(frozen=True)
class _Pause:
    trouble: SlackNotNow
    until: float
    seconds: float


class Backoff:
    """The pauses that are on, by what is called."""

    def __init__(self) -> None:
        """Nothing was refused yet."""
        self._pauses: dict[str, _Pause] = {}
        self._lock = threading.Lock()

    def check(self, call: str) -> None:
        """Raises SlackLimits or SlackAway while it is too early for this call."""
        with self._lock:
            pause = self._pauses.get(call)
            if pause is None:
                return
            left = pause.until - time.monotonic()
            if left <= 0:
                self._pauses[call] = replace(pause, until=time.monotonic() + TRIAL_SECONDS)
                return
        if isinstance(pause.trouble, SlackLimits):
            raise SlackLimits(left)
        raise SlackAway(pause.trouble.reason, left, maybe_done=False)

    def refuse(self, call: str, trouble: SlackNotNow) -> NoReturn:
        """Note what came of a call, and raise it with the time at which to try again."""
        with self._lock:
            before = self._pauses.get(call)
            if before and before.until < time.monotonic() - FORGOTTEN_SECONDS:
                # Nobody asked again: what was posted is looked for, and may have been found.
                before = None
            seconds = trouble.seconds
            if isinstance(trouble, SlackAway):
                known = before.seconds if before else 0.0
                seconds = min(max(2 * known, FIRST_PAUSE_SECONDS), LONGEST_PAUSE_SECONDS)
            self._pauses[call] = _Pause(trouble, time.monotonic() + seconds, seconds)
        if before is None or _told(before.trouble) != _told(trouble):
            log.warning("Slack does not take %s: %s. What is due stays due", call, trouble.reason)
        trouble.seconds = seconds
        raise trouble

    def worked(self, call: str) -> None:
        """Slack did it, or said what was wrong with it."""
        with self._lock:
            pause = self._pauses.pop(call, None)
        if pause is not None:
            log.warning("Slack takes %s again", call)


def _told(trouble: SlackNotNow) -> str:
    """What the log says once; the seconds of a limit change all the time."""
    return "limits" if isinstance(trouble, SlackLimits) else trouble.reason
