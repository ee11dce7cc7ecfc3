"""AWS as it was observed: the reads that steps wait by, answered without asking AWS for each.

Whatever was not observed raises `NotObserved`, and so does everything that is no such read: from
observations nobody acts.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from pydantic import TypeAdapter

from migration.errors import DaybreakError
from migration.model import Facts
from migration.ports import Observations
from workers.aws.cloudwatch import CloudWatchGateway, Datapoint, Metric
from workers.aws.errors import AwsUnavailable
from workers.aws.rds import RdsGateway
from workers.aws.resources import Cluster, Instance, Snapshot

INSTANCE, CLUSTER, SNAPSHOT, METRIC = "instance", "cluster", "snapshot", "metric"
_FORMS: Mapping[str, TypeAdapter[Any]] = {
    INSTANCE: TypeAdapter(Instance),
    CLUSTER: TypeAdapter(Cluster),
    SNAPSHOT: TypeAdapter(Snapshot),
    METRIC: TypeAdapter(Datapoint),
}


class NotObserved(Exception):
    """Observations do not tell it, and a step has to ask for itself.

    None of our errors: steps take some of those for an answer.
    """


class Unanswered(NotObserved):
    """AWS gave no answer, or asked us to come back later."""


class Unobserved:
    """Stands for a tool that nobody observes with."""

    def __getattr__(self, name: str) -> Any:
        """Raises NotObserved, whatever it is."""
        raise NotObserved(name)

    def __call__(self, *about: object) -> Any:
        """A tool may be a mere question."""
        raise NotObserved(str(about))


class Sight(Unobserved):
    """The reads of `RdsGateway` and `CloudWatchGateway` that steps wait by."""

    def instance(self, identifier: str) -> Instance | None:
        """See `RdsGateway.instance`."""
        found: Instance | None = self.look(INSTANCE, identifier)
        return found

    def cluster(self, identifier: str) -> Cluster | None:
        """See `RdsGateway.cluster`."""
        found: Cluster | None = self.look(CLUSTER, identifier)
        return found

    def snapshot(self, identifier: str) -> Snapshot | None:
        """See `RdsGateway.snapshot`."""
        found: Snapshot | None = self.look(SNAPSHOT, identifier)
        return found

    def latest(self, metrics: Sequence[Metric]) -> dict[Metric, Datapoint | None]:
        """See `CloudWatchGateway.latest`."""
        return {metric: self.look(METRIC, _named(metric)) for metric in metrics}

    def look(self, kind: str, name: str) -> Any:
        """One thing of that kind, None where AWS says that there is none; or NotObserved."""
        raise NotObserved(f"{kind} {name}")


class Collected(Sight):
    """Asks AWS for all of a kind, a page for each hundred, when the first of them is looked for.

    One of these is good for one moment. Metrics are first noted, then asked for all at once.
    """

    def __init__(self, rds: RdsGateway, metrics: CloudWatchGateway) -> None:
        """Nothing was asked for yet."""
        self._lists: Mapping[str, Callable[[], Iterable[Any]]] = {
            INSTANCE: rds.every_instance,
            CLUSTER: rds.every_cluster,
            SNAPSHOT: rds.every_snapshot,
        }
        self._metrics = metrics
        self._there: dict[str, Mapping[str, Any]] = {}
        self._points: dict[Metric, Datapoint | None] = {}
        self._noted: set[Metric] = set()
        self._touched: dict[str, Facts | None] = {}
        #: What AWS did not answer, by kind, in its or our words.
        self.failures: dict[str, DaybreakError] = {}

    @property
    def touched(self) -> Mapping[str, Facts | None]:
        """Everything that was looked for and told, as it is kept for others."""
        return self._touched

    def look(self, kind: str, name: str) -> Any:
        """See `Sight.look`."""
        found = self._all(kind).get(name)
        self._touch(kind, name, found)
        return found

    def latest(self, metrics: Sequence[Metric]) -> dict[Metric, Datapoint | None]:
        """See `CloudWatchGateway.latest`; NotObserved until `ask_for_metrics` was called."""
        missing = [metric for metric in metrics if metric not in self._points]
        if missing:
            self._check(METRIC)
            self._noted.update(missing)
            raise NotObserved(f"{len(missing)} metrics")
        for metric in metrics:
            self._touch(METRIC, _named(metric), self._points[metric])
        return {metric: self._points[metric] for metric in metrics}

    def ask_for_metrics(self) -> bool:
        """Ask for all that were noted since; False where there were none."""
        wanted, self._noted = sorted(self._noted, key=_named), set()
        if not wanted:
            return False
        try:
            self._points |= self._metrics.latest(wanted)
        except DaybreakError as error:
            self.failures[METRIC] = error
        return True

    def _all(self, kind: str) -> Mapping[str, Any]:
        self._check(kind)
        if kind not in self._there:
            try:
                self._there[kind] = {one.id: one for one in self._lists[kind]()}
            except DaybreakError as error:
                self.failures[kind] = error
                self._check(kind)
        return self._there[kind]

    def _check(self, kind: str) -> None:
        """Raises Unanswered or NotObserved where this look failed to see that kind."""
        error = self.failures.get(kind)
        if error is not None:
            raise (Unanswered if isinstance(error, AwsUnavailable) else NotObserved)(kind)

    def _touch(self, kind: str, name: str, found: Any) -> None:
        told = None if found is None else _FORMS[kind].dump_python(found, mode="json")
        self._touched[f"{kind}:{name}"] = told


class Kept(Sight):
    """What the collector kept for others."""

    def __init__(self, observations: Observations) -> None:
        """By what is kept at the moment of each look."""
        self._observations = observations

    def look(self, kind: str, name: str) -> Any:
        """See `Sight.look`."""
        kept = self._observations.of(f"{kind}:{name}")
        if kept is None:
            raise NotObserved(f"{kind} {name}")
        return None if kept.seen is None else _FORMS[kind].validate_python(kept.seen)


def _named(metric: Metric) -> str:
    return f"{metric.name}:{metric.statistic}:{metric.instance}"
