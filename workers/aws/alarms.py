"""CloudWatch's alarms: made, asked how they stand, deleted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from workers.aws.errors import asking

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient

NAMESPACE = "AWS/RDS"
# So many datapoints in a row: one alone is a moment.
DATAPOINTS = 3

Comparison = Literal["GreaterThanThreshold", "LessThanThreshold"]
Statistic = Literal["Maximum", "Minimum"]


@dataclass(frozen=True)
class Alarm:
    """One alarm over one metric of one DB instance; the threshold is in the metric's unit."""

    name: str
    metric: str
    instance: str
    statistic: Statistic
    comparison: Comparison
    threshold: float
    period_seconds: int
    description: str
    #: ARNs of SNS topics that are told.
    actions: tuple[str, ...] = ()


@dataclass(frozen=True)
class AlarmState:
    """`OK`, `ALARM` or `INSUFFICIENT_DATA`, and CloudWatch's words for it."""

    value: str
    reason: str


class AlarmGateway:
    """Makes and reads alarms; raises what `workers.aws.errors.asking` raises."""

    def __init__(self, client: "CloudWatchClient") -> None:
        """Over this client."""
        self._client = client

    def put(self, alarm: Alarm) -> None:
        """Make it, or make it so; missing data leads to INSUFFICIENT_DATA."""
        with asking("cloudwatch:PutMetricAlarm"):
            self._client.put_metric_alarm(
                AlarmName=alarm.name,
                AlarmDescription=alarm.description,
                Namespace=NAMESPACE,
                MetricName=alarm.metric,
                Dimensions=[{"Name": "DBInstanceIdentifier", "Value": alarm.instance}],
                Statistic=alarm.statistic,
                ComparisonOperator=alarm.comparison,
                Threshold=alarm.threshold,
                Period=alarm.period_seconds,
                EvaluationPeriods=DATAPOINTS,
                DatapointsToAlarm=DATAPOINTS,
                TreatMissingData="missing",
                AlarmActions=list(alarm.actions),
            )

    def states(self, names: Sequence[str]) -> Mapping[str, AlarmState]:
        """How those of these names stand that there are."""
        with asking("cloudwatch:DescribeAlarms"):
            answer = self._client.describe_alarms(
                AlarmNames=list(names), AlarmTypes=["MetricAlarm"]
            )
        return {
            found["AlarmName"]: AlarmState(found["StateValue"], found.get("StateReason", ""))
            for found in answer["MetricAlarms"]
        }

    def delete(self, names: Sequence[str]) -> None:
        """Delete those that there are."""
        with asking("cloudwatch:DeleteAlarms"):
            self._client.delete_alarms(AlarmNames=list(names))
