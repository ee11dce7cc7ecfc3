"""Judges CloudWatch's alarms by what was measured: moto keeps them, and never looks at a metric."""

import operator
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

from moto.cloudwatch.models import Alarm

from sandbox.aws.measurements import Measurements

OK, ALARM, INSUFFICIENT_DATA = "OK", "ALARM", "INSUFFICIENT_DATA"
STATISTICS: Mapping[str, Callable[[Sequence[float]], float]] = {
    "Average": lambda values: sum(values) / len(values),
    "Minimum": min,
    "Maximum": max,
    "Sum": sum,
    "SampleCount": lambda values: float(len(values)),
}
# Those of a band that CloudWatch learns are not here: such an alarm can't be made.
COMPARISONS: Mapping[str, Callable[[float, float], bool]] = {
    "GreaterThanThreshold": operator.gt,
    "GreaterThanOrEqualToThreshold": operator.ge,
    "LessThanThreshold": operator.lt,
    "LessThanOrEqualToThreshold": operator.le,
}
# CloudWatch looks at some datapoints more than it needs, in case the newest are late.
_BESIDE = 2


def judge(alarm: Alarm, measurements: Measurements) -> None:
    """Bring its state up to date: by its last datapoints, as many as it wants."""
    points = _points(alarm, measurements)
    wanted = int(alarm.evaluation_periods)
    last = points[-wanted:]
    breaches = COMPARISONS[alarm.comparison_operator]
    over = [point for point in last if breaches(point, float(alarm.threshold))]
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
            found.append(STATISTICS[alarm.statistic](values))
    return found
