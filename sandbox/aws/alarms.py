"""Judges CloudWatch's alarms by what was measured: moto keeps them, and never looks at a metric."""

import time
from collections.abc import Sequence
from datetime import UTC, datetime

from moto.cloudwatch.models import Alarm

from sandbox.aws.measurements import Measurements

OK, ALARM, INSUFFICIENT_DATA = "OK", "ALARM", "INSUFFICIENT_DATA"
# CloudWatch looks at some datapoints more than it needs, in case the newest are late.
_BESIDE = 2


def judge(alarm: Alarm, measurements: Measurements) -> None:
    """Bring its state up to date: by its last datapoints, as many as it wants."""
    points = _points(alarm, measurements)
    wanted = int(alarm.evaluation_periods)
    last = points[-wanted:]
    over = [point for point in last if _breaches(alarm, point)]
    enough = int(alarm.datapoints_to_alarm or wanted)
    if not last:
        state, reason = INSUFFICIENT_DATA, "Insufficient Data: no datapoints were received."
    elif len(over) >= enough:
        state = ALARM
        reason = (
            f"Threshold Crossed: {len(over)} datapoints {over} were {alarm.comparison_operator} "
            f"({alarm.threshold})."
        )
    else:
        state, reason = OK, f"Threshold Crossed: no {enough} datapoints of {last} were over it."
    if state != alarm.state_value:
        alarm.update_state(reason, "{}", state)


def _points(alarm: Alarm, measurements: Measurements) -> Sequence[float]:
    """One a period that is over, oldest first; periods without a sample have none."""
    period = int(alarm.period)
    last = int(time.time() // period)
    found = []
    for number in range(last - int(alarm.evaluation_periods) - _BESIDE, last):
        start, end = (datetime.fromtimestamp(n * period, UTC) for n in (number, number + 1))
        values = [
            value
            for _, value in measurements.samples(
                alarm.metric_name, alarm.dimensions[0].value, start, end
            )
        ]
        if values:
            found.append({"Maximum": max, "Minimum": min}[alarm.statistic](values))
    return found


def _breaches(alarm: Alarm, value: float) -> bool:
    threshold = float(alarm.threshold)
    if alarm.comparison_operator == "GreaterThanThreshold":
        return value > threshold
    if alarm.comparison_operator == "LessThanThreshold":
        return value < threshold
    raise NotImplementedError(f"The sandbox judges no {alarm.comparison_operator}.")
