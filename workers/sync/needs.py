"""What the watch over a synchronization asks of AWS: the collector asks it once for all of them."""

from migration.model import Migration, Status
from migration.plan import CREATE_REPLICA
from workers.aws.cloudwatch import FREE_STORAGE, REPLICA_LAG, SLOT_LAG, WAL_RATE, Metric
from workers.steps import marks
from workers.toolbox import Toolbox


def of_disk(source: str) -> tuple[Metric, Metric, Metric]:
    """Free storage, the rate of the log, and what the laggiest slot keeps."""
    return (
        Metric(FREE_STORAGE, source, "Minimum"),
        Metric(WAL_RATE, source, "Average"),
        Metric(SLOT_LAG, source),
    )


def of_lag(migration: Migration) -> Metric:
    """The replica's lag."""
    return Metric(REPLICA_LAG, marks.instance_name(migration))


def touch(migration: Migration, tools: Toolbox) -> None:
    """Look for all of it, so that it is kept for whoever watches; raises what the tools raise."""
    tools.rds.instance(migration.source)
    metrics = [*of_disk(migration.source)]
    if CREATE_REPLICA in migration.facts:
        tools.rds.cluster(migration.target)
        tools.rds.instance(marks.instance_name(migration))
        metrics.append(of_lag(migration))
        if migration.status is Status.PAUSED and not migration.options.login:
            metrics.append(Metric(SLOT_LAG, migration.source, "Minimum"))
    tools.metrics.latest(metrics)
