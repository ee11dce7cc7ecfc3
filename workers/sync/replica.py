"""Whether the replica is there and moves: by AWS's word, and by the source's own view of it."""

from dataclasses import dataclass

import psycopg

from migration.errors import DaybreakError
from migration.model import Migration
from migration.plan import CREATE_REPLICA
from migration.sync import Sync
from workers.aws.cloudwatch import Datapoint
from workers.postgres import replication
from workers.postgres.connect import Connection
from workers.steps import marks
from workers.steps.create_replica import FAILED
from workers.steps.lag import STREAMING
from workers.sync import needs
from workers.toolbox import Toolbox
from workers.traffic.port import Endpoint

# Less than this is no standstill, whatever the next datapoint says.
LEAST_LAG_SECONDS = 30.0
# The lag of a copy that stands still grows by a second a second.
STANDSTILL = 0.8


@dataclass(frozen=True)
class Seen:
    """What was seen of the replica."""

    #: Wrong beyond doubt, as AWS tells it.
    trouble: str = ""
    #: What may pass by itself; said when it stays.
    suspicion: str = ""
    streaming: bool = False
    written: int | None = None
    replayed: int | None = None
    lag: Datapoint | None = None


def look(
    migration: Migration,
    tools: Toolbox,
    *,
    source: Connection | None,
    before: Sync | None,
) -> Seen:
    """Before the replica is made there is nothing to look at; afterwards it has to be there.

    Raises what the gateways raise.
    """
    if CREATE_REPLICA not in migration.facts:
        return Seen()
    wrong = _wrong(migration, tools)
    if wrong:
        return Seen(wrong)
    if source is None:
        return _from_outside(migration, tools, before)
    instance = tools.rds.instance(marks.instance_name(migration))
    return _from_source(source, instance.endpoint if instance else None, before)


def _wrong(migration: Migration, tools: Toolbox) -> str:
    """What AWS says that leaves no doubt."""
    name = marks.instance_name(migration)
    cluster, instance = tools.rds.cluster(migration.target), tools.rds.instance(name)
    if cluster is None:
        return f"The cluster `{migration.target}` is gone: somebody deleted it"
    if not cluster.replication_source:
        return (
            f"The cluster `{cluster.id}` replicates nothing any more: somebody promoted it, or the "
            "replication ended"
        )
    if instance is None:
        return f"The instance `{name}` is gone: somebody deleted it"
    for kind, one in (("cluster", cluster), ("instance", instance)):
        if one.status in FAILED:
            return f"The {kind} `{one.id}` is `{one.status}`"
    return ""


def _from_source(source: Connection, endpoint: Endpoint | None, before: Sync | None) -> Seen:
    if endpoint is None:
        return Seen(suspicion="The replica has no endpoint")
    try:
        written = replication.as_number(replication.position(source))
        standby = replication.standby_of(source, endpoint)
    except psycopg.Error as error:
        return Seen(suspicion=f"The source did not tell how far it is: {str(error).strip()}")
    if standby is None:
        return Seen(suspicion="The replica is not connected to its source", written=written)
    if standby.state != STREAMING:
        words = f"The replica does not stream, its connection is in state `{standby.state}`"
        return Seen(suspicion=words, written=written)
    replayed = replication.as_number(standby.replayed) if standby.replayed else None
    stands = ""
    if before and replayed is not None and not _moved(before, replayed):
        stands = "The replica stands still: it replays nothing of what its source writes"
    return Seen(suspicion=stands, streaming=True, written=written, replayed=replayed)


def _from_outside(migration: Migration, tools: Toolbox, before: Sync | None) -> Seen:
    """By the lag's own growth, which CloudWatch tells some minutes late."""
    metric = needs.of_lag(migration)
    try:
        point = tools.metrics.latest([metric])[metric]
    except DaybreakError:
        point = None
    return Seen(suspicion=stands_still(point, before), streaming=True, lag=point)


def stands_still(point: Datapoint | None, before: Sync | None) -> str:
    """What the lag's growth since the last look says against it; nothing without two datapoints."""
    if point is None or before is None or before.lag_seconds is None:
        return ""
    if point.at <= before.lag_at:
        # Nothing new: what was suspected is suspected still.
        return before.suspicion
    grown = point.value - before.lag_seconds
    stands = point.value >= LEAST_LAG_SECONDS and grown >= STANDSTILL * (point.at - before.lag_at)
    words = "The replica stands still: CloudWatch shows its lag growing by a second a second"
    return words if stands else ""


def _moved(before: Sync, replayed: int) -> bool:
    """Whether it has gone on since, or had nothing left to replay."""
    if before.replayed is None or before.written is None:
        return True
    return replayed > before.replayed or replayed >= before.written
