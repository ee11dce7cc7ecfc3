"""CloudWatch's GetMetricData and alarms for AWS/RDS, answered with what was measured."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import partial
from types import ModuleType
from typing import Any, cast

from moto.cloudwatch import urls
from moto.cloudwatch.exceptions import ValidationError
from moto.cloudwatch.models import Alarm, CloudWatchBackend, cloudwatch_backends

from sandbox.aws import alarms
from sandbox.aws.measurements import Measurements

NAMESPACE = "AWS/RDS"
_MOST_QUERIES = 500


class Backend(CloudWatchBackend):
    """moto's CloudWatch, with AWS/RDS measured."""

    def __init__(self, measurements: Measurements, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self._measurements = measurements

    @property
    def _url_module(self) -> ModuleType:
        # moto looks for `urls` beside the class; ours live elsewhere.
        return urls

    def put_metric_alarm(self, *arguments: Any, **named: Any) -> Alarm:
        """A new alarm knows nothing yet; one that is changed stays as it is until it is judged."""
        name = named["name"] if "name" in named else arguments[0]
        for wanted, judged in (
            (named.get("comparison_operator"), alarms.COMPARISONS),
            (named.get("statistic"), alarms.STATISTICS),
        ):
            if wanted not in judged:
                raise ValidationError(f"The sandbox judges no alarm by {wanted}.")
        known = self.alarms.get(name)
        alarm = super().put_metric_alarm(*arguments, **named)
        alarm.state_value = known.state_value if known else alarms.INSUFFICIENT_DATA
        return alarm

    def describe_alarms(self) -> Iterable[Alarm]:
        """Judged as of now; whatever else is asked of alarms comes by here."""
        self._judge()
        return super().describe_alarms()

    def get_alarms_by_alarm_names(self, alarm_names: list[str]) -> Iterable[Alarm]:
        """The same for some of them."""
        self._judge()
        return super().get_alarms_by_alarm_names(alarm_names)

    def get_alarms_by_alarm_name_prefix(self, name_prefix: str) -> Iterable[Alarm]:
        """The same by the beginning of their names."""
        self._judge()
        return super().get_alarms_by_alarm_name_prefix(name_prefix)

    def _judge(self) -> None:
        self._measurements.measure()
        for alarm in self.alarms.values():
            if alarm.namespace == NAMESPACE:
                alarms.judge(alarm, self._measurements)

    def get_metric_data(
        self,
        queries: list[dict[str, Any]],
        start_time: datetime,
        end_time: datetime,
        scan_by: str = "TimestampDescending",
    ) -> list[dict[str, Any]]:
        """Answer AWS/RDS from the measurements, the rest as moto does."""
        if start_time >= end_time:
            raise ValidationError(
                "The parameter StartTime must be less than the parameter EndTime."
            )
        if len(queries) > _MOST_QUERIES:
            raise ValidationError(
                f"The collection MetricDataQueries must not have a size greater than "
                f"{_MOST_QUERIES}."
            )
        self._measurements.measure()
        start, end = _aware(start_time), _aware(end_time)
        others = [query for query in queries if not _is_measured(query)]
        theirs = super().get_metric_data(others, start_time, end_time, scan_by) if others else []
        ours = [
            self._answer(query, start, end, newest_first=scan_by != "TimestampAscending")
            for query in queries
            if _is_measured(query) and query.get("ReturnData", True)
        ]
        return [*ours, *theirs]

    def _answer(
        self, query: dict[str, Any], start: datetime, end: datetime, *, newest_first: bool
    ) -> dict[str, Any]:
        stat = query["MetricStat"]
        period, name = int(stat["Period"]), stat["Metric"]["MetricName"]
        summarize = alarms.STATISTICS.get(stat["Stat"])
        if summarize is None:
            raise ValidationError(f"The sandbox has no statistic {stat['Stat']}.")
        dimensions = {d["Name"]: d["Value"] for d in stat["Metric"].get("Dimensions", [])}
        buckets: dict[int, list[float]] = {}
        if set(dimensions) == {"DBInstanceIdentifier"}:
            # CloudWatch rounds the start down to the period, so that the first bucket is whole.
            rounded = datetime.fromtimestamp(start.timestamp() // period * period, UTC)
            identifier = dimensions["DBInstanceIdentifier"]
            for moment, value in self._measurements.samples(name, identifier, rounded, end):
                buckets.setdefault(int(moment.timestamp() // period), []).append(value)
        points = sorted(buckets.items(), reverse=newest_first)
        epoch = datetime(1970, 1, 1, tzinfo=UTC)
        return {
            "Id": query["Id"],
            "Label": query.get("Label") or name,
            "Timestamps": [epoch + timedelta(seconds=bucket * period) for bucket, _ in points],
            "Values": [summarize(values) for _, values in points],
            "StatusCode": "Complete",
        }


def _is_measured(query: dict[str, Any]) -> bool:
    metric = query.get("MetricStat", {}).get("Metric", {})
    return bool(metric.get("Namespace") == NAMESPACE)


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def install(measurements: Measurements) -> None:
    """Put it into moto's place for its CloudWatch."""
    cloudwatch_backends.clear()
    cloudwatch_backends.backend = cast(type[CloudWatchBackend], partial(Backend, measurements))


def uninstall() -> None:
    """Give moto its own CloudWatch back."""
    cloudwatch_backends.clear()
    cloudwatch_backends.backend = CloudWatchBackend
