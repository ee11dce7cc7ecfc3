"""Metrics of CloudWatch: one call for many; what is missing is None and never 0."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from workers.aws.alarms import AlarmGateway
from workers.aws.clock import told_at
from workers.aws.errors import asking

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient

NAMESPACE = "AWS/RDS"
# RDS publishes once a minute, and a datapoint arrives up to two minutes late.
PERIOD_SECONDS = 60
LOOK_BACK = timedelta(minutes=5)
# AWS's limit for one GetMetricData.
MOST_METRICS = 500
# AWS takes no call from a clock that is further off: by AWS's, now is not later than this.
MOST_SKEW = timedelta(minutes=15)

# Lag of a replica cluster behind an RDS instance, in seconds, on the cluster's instance.
REPLICA_LAG = "RDSToAuroraPostgreSQLReplicaLag"
# What the laggiest slot of a source keeps back, in bytes, on the source.
SLOT_LAG = "OldestReplicationSlotLag"
# Of a source: free bytes of its storage, and bytes of WAL a second.
FREE_STORAGE = "FreeStorageSpace"
WAL_RATE = "TransactionLogsGeneration"


@dataclass(frozen=True)
class Metric:
    """One metric of one DB instance."""

    name: str
    instance: str
    statistic: str = "Maximum"


@dataclass(frozen=True)
class Datapoint:
    """A value and the start of its minute (unix seconds)."""

    value: float
    at: float


@dataclass(frozen=True)
class Span:
    """One datapoint of a metric: the start of its period (unix seconds), the extremes in it."""

    at: float
    lowest: float
    highest: float


@dataclass(frozen=True)
class History:
    """Datapoints, oldest first, and AWS's time when it told them (unix seconds)."""

    spans: Sequence[Span]
    told_at: float


class CloudWatchGateway:
    """Reads metrics; raises what `workers.aws.errors.asking` raises."""

    def __init__(self, client: "CloudWatchClient") -> None:
        """Over this client."""
        self._client = client
        self.alarms = AlarmGateway(client)

    def latest(self, metrics: Sequence[Metric]) -> dict[Metric, Datapoint | None]:
        """The newest datapoint of each in the last minutes; None where there is none."""
        found: dict[Metric, Datapoint | None] = {}
        for start in range(0, len(metrics), MOST_METRICS):
            found |= self._latest(metrics[start : start + MOST_METRICS])
        return found

    def _latest(self, metrics: Sequence[Metric]) -> dict[Metric, Datapoint | None]:
        now = datetime.now(UTC)
        with asking("cloudwatch:GetMetricData"):
            answer = self._client.get_metric_data(
                MetricDataQueries=[_query(n, metric) for n, metric in enumerate(metrics)],
                StartTime=now - LOOK_BACK,
                # The running minute is wanted too.
                EndTime=now + timedelta(seconds=PERIOD_SECONDS),
                ScanBy="TimestampDescending",
            )
        found = {result["Id"]: result for result in answer["MetricDataResults"]}
        return {metric: _newest(found.get(f"m{n}", {})) for n, metric in enumerate(metrics)}

    def history(self, name: str, instance: str, since: float, period_seconds: int) -> History:
        """One metric's datapoints since then (unix seconds), with their extremes."""
        metrics = [Metric(name, instance, statistic) for statistic in ("Minimum", "Maximum")]
        with asking("cloudwatch:GetMetricData"):
            answer = self._client.get_metric_data(
                MetricDataQueries=[
                    _query(n, metric, period_seconds) for n, metric in enumerate(metrics)
                ],
                StartTime=datetime.fromtimestamp(since, UTC),
                EndTime=datetime.now(UTC) + MOST_SKEW,
                ScanBy="TimestampAscending",
            )
        found = {result["Id"]: result for result in answer["MetricDataResults"]}
        lowest, highest = (_points(found.get(f"m{n}", {})) for n in range(len(metrics)))
        spans = [Span(at, lowest[at], highest[at]) for at in sorted(lowest.keys() & highest.keys())]
        return History(spans, told_at(answer).timestamp())


def _points(result: Mapping[str, Any]) -> dict[float, float]:
    pairs = zip(result.get("Timestamps", ()), result.get("Values", ()), strict=True)
    return {at.timestamp(): float(value) for at, value in pairs}


def _query(number: int, metric: Metric, period_seconds: int = PERIOD_SECONDS) -> Any:
    return {
        "Id": f"m{number}",
        "MetricStat": {
            "Metric": {
                "Namespace": NAMESPACE,
                "MetricName": metric.name,
                "Dimensions": [{"Name": "DBInstanceIdentifier", "Value": metric.instance}],
            },
            "Period": period_seconds,
            "Stat": metric.statistic,
        },
    }


def _newest(result: Mapping[str, Any]) -> Datapoint | None:
    points = sorted(zip(result.get("Timestamps", ()), result.get("Values", ()), strict=True))
    if not points:
        return None
    at, value = points[-1]
    return Datapoint(float(value), at.timestamp())
