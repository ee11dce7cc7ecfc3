"""Pause: every entry of every pooler holds new transactions; running ones get a bounded wait."""

from workers.cutover.attempt import InCharge, Progress
from workers.cutover.budget import check_lease
from workers.cutover.keeper import Keeper
from workers.traffic.port import Endpoint

# The agent lets traffic go by itself when it hears nothing for so long: longer than a takeover.
RESUME_AFTER_SECONDS = 45.0
RENEW_EVERY_SECONDS = 10.0


def hold(attempt: InCharge) -> None:
    """Hold the traffic, and keep it held until `let_go`.

    Raises:
        PauseTimedOut: transactions ran on; the poolers have let everybody go again.
    """
    seconds = attempt.tools.settings.pause_seconds
    check_lease(attempt.lease, seconds, "held the traffic")
    # From here on an error may have left it held.
    attempt.progress = max(attempt.progress, Progress.PAUSED)
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


def lead_to(charge: InCharge, endpoint: Endpoint) -> None:
    """Lead the traffic to a database that takes writes, and let it go."""
    _end_renewing(charge)
    charge.tools.traffic.lead_to(charge.source, endpoint, epoch=charge.pooler_epoch)


def let_go(charge: InCharge) -> None:
    """Let the traffic go where it leads."""
    _end_renewing(charge)
    charge.tools.traffic.resume(charge.source, epoch=charge.pooler_epoch)


def _end_renewing(charge: InCharge) -> None:
    """Nobody has to be told any more that somebody is in charge."""
    if charge.keeper:
        charge.keeper.stop()
