"""Pause: every entry of every pooler holds new transactions; running ones get a bounded wait."""

from workers.cutover.attempt import Attempt, Progress
from workers.cutover.budget import check_lease

# The agent lets traffic go by itself when it hears nothing for so long: longer than a takeover.
RESUME_AFTER_SECONDS = 45.0
RENEW_EVERY_SECONDS = 10.0


def hold(attempt: Attempt) -> None:
    """Hold the traffic.

    Raises:
        PauseTimedOut: transactions ran on; the poolers have let everybody go again.
    """
    seconds = attempt.tools.settings.pause_seconds
    check_lease(attempt.lease, seconds, "held the traffic")
    # From here on an error may have left it held.
    attempt.progress = Progress.PAUSED
    renew(attempt)


def renew(attempt: Attempt) -> None:
    """Tell the poolers that somebody is still in charge; the first time holds the traffic."""
    attempt.tools.traffic.pause(
        attempt.source,
        epoch=attempt.epoch,
        timeout_seconds=attempt.tools.settings.pause_seconds,
        resume_after_seconds=RESUME_AFTER_SECONDS,
    )
