"""Pause: every entry of every pooler holds new transactions; running ones get a bounded wait."""

from workers.cutover.attempt import Attempt, Charge, Progress
from workers.cutover.budget import check_lease
from workers.cutover.keeper import Keeper

# The agent lets traffic go by itself when it hears nothing for so long: longer than a takeover.
RESUME_AFTER_SECONDS = 45.0
RENEW_EVERY_SECONDS = 10.0


def hold(attempt: Attempt) -> None:
    """Hold the traffic, and keep it held until `let_go`.

    Raises:
        PauseTimedOut: transactions ran on; the poolers have let everybody go again.
    """
    seconds = attempt.tools.settings.pause_seconds
    check_lease(attempt.lease, seconds, "held the traffic")
    # From here on an error may have left it held.
    attempt.progress = Progress.PAUSED
    traffic = attempt.tools.traffic
    traffic.pause(
        attempt.source,
        epoch=attempt.epoch,
        timeout_seconds=seconds,
        resume_after_seconds=RESUME_AFTER_SECONDS,
    )

    def renew() -> None:
        traffic.renew(
            attempt.source,
            epoch=attempt.pooler_epoch,
            timeout_seconds=seconds,
            resume_after_seconds=RESUME_AFTER_SECONDS,
        )

    attempt.keeper = Keeper(renew, RENEW_EVERY_SECONDS)
    attempt.keeper.start()


def let_go(charge: Charge) -> None:
    """Let the traffic go; nothing renews the pause any more."""
    if charge.keeper:
        charge.keeper.stop()
    charge.tools.traffic.resume(charge.source, epoch=charge.pooler_epoch)
