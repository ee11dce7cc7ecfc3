"""Catch up: proof by CloudWatch that the replica has everything; missing data blocks."""

import time

from migration.errors import DaybreakError
from workers.aws.cloudwatch import SLOT_LAG
from workers.cutover.errors import OverBudget
from workers.cutover_without_login.attempt import Armed
from workers.cutover_without_login.saw_tooth import Verdict, judge
from workers.failpoints import reach


def catch_up(attempt: Armed) -> Verdict:
    """Wait for a whole cycle that proves it.

    Raises:
        OverBudget: none came in time; the message says what was missing.
    """
    period = attempt.tools.settings.datapoint_seconds
    while True:
        verdict = _look(attempt, period)
        if verdict.proven:
            break
        attempt.still_wanted()
        if attempt.budget.left <= 0:
            raise OverBudget(
                f"The replica was not proven to have everything in time: by `{SLOT_LAG}` of "
                f"CloudWatch, {verdict.words}."
            )
        time.sleep(min(period / 2, 5.0))
    attempt.checked |= {
        "slot_lag_lowest_bytes": verdict.lowest,
        "slot_lag_highest_bytes": verdict.highest,
        "slot_lag_datapoints": verdict.datapoints,
        "wal_segment_bytes": attempt.cycle.segment_bytes,
        "archive_timeout_seconds": attempt.cycle.seconds,
    }
    reach("caught-up")
    return verdict


def _look(attempt: Armed, period: int) -> Verdict:
    try:
        seen = attempt.tools.metrics.history(
            SLOT_LAG, attempt.source, attempt.rebooted_at - period, period
        )
    except DaybreakError as error:
        return Verdict(False, str(error))
    return judge(seen.spans, attempt.cycle, period, attempt.rebooted_at, seen.told_at)
