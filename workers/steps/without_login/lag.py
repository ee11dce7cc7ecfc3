"""How far a replica is behind, by CloudWatch alone."""

from migration.errors import DaybreakError
from migration.model import Migration, Reading
from migration.service import LAG
from workers.aws.cloudwatch import REPLICA_LAG, SLOT_LAG, Datapoint, Metric
from workers.steps import marks
from workers.steps.lag import LAG_BYTES, OLDEST_DATAPOINT_SECONDS, Look
from workers.toolbox import Toolbox


def look(migration: Migration, tools: Toolbox) -> Look:
    """Two metrics in one call; a failure to look is a missing reading and raises nothing."""
    seconds = Metric(REPLICA_LAG, marks.instance_name(migration))
    kept = Metric(SLOT_LAG, migration.source, "Minimum")
    missing: list[str] = []
    found: dict[Metric, Datapoint | None] = {}
    try:
        found = tools.metrics.latest([seconds, kept])
    except DaybreakError as error:
        missing.append(str(error))
    now = tools.clock.now()
    lag = _reading(LAG, "seconds", seconds, found.get(seconds), now, missing)
    in_bytes = _reading(LAG_BYTES, "bytes", kept, found.get(kept), now, missing)
    both = lag is not None and in_bytes is not None
    ranked = tuple(one for one in (lag, in_bytes) if one)
    return Look(lag, in_bytes, both, tuple(missing), lag if both else None, ranked)


def _reading(
    name: str, unit: str, metric: Metric, point: Datapoint | None, now: float, missing: list[str]
) -> Reading | None:
    """The metric's newest datapoint, unless it says nothing about now."""
    if point is None or point.value < 0:
        missing.append(f"CloudWatch has no datapoint of `{metric.name}`")
        return None
    if now - point.at > OLDEST_DATAPOINT_SECONDS:
        minutes = (now - point.at) / 60
        missing.append(f"the last datapoint of `{metric.name}` is {minutes:.0f} minutes old")
        return None
    # Read now: how old the datapoint may be is limited above.
    return Reading(name, point.value, unit, f"CloudWatch {metric.name}", now)
