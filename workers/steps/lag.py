"""How far a replica is behind, from all that tell it, ranked by how far they can be trusted.

1. The source's own positions: bytes that the replica has yet to replay. Exact, and of now.
2. The source's `replay_lag`: the same in time; it says nothing while nothing is written.
3. CloudWatch's lag of the replica: minutes late, and up to five minutes too much on a quiet source.
4. CloudWatch's lag of the oldest slot: of all slots, and a saw-tooth of whole WAL segments.

The lag is the larger of what 2 and 3 say, and there is none while 1 or 3 is missing: one that ranks
lower may make it worse, and never better.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import psycopg

from migration.errors import DaybreakError, Permanent
from migration.model import Migration, Reading
from migration.plan import CREATE_REPLICA
from migration.service import LAG
from workers.aws.cloudwatch import REPLICA_LAG, SLOT_LAG, Datapoint, Metric
from workers.postgres import replication
from workers.steps import marks
from workers.toolbox import Toolbox

LAG_BYTES = "lag_bytes"
SLOT_BYTES = "slot_bytes"
# When the replica was seen to be there, among the facts of the step that makes it (unix seconds).
MADE_AT = "available_at"
# RDS publishes a datapoint a minute, and it may arrive two minutes late. An older one says
# nothing about now.
OLDEST_DATAPOINT_SECONDS = 180.0
STREAMING = "streaming"
# A look that was missed for this many others breaks the sequence: nobody saw the lag meanwhile.
_LOOKS_MISSED = 4
_LEAST_GAP_SECONDS = 10.0


@dataclass(frozen=True)
class Look:
    """What could be read; what could not is None, and `missing` says why."""

    metric: Reading | None
    bytes: Reading | None
    streaming: bool
    missing: tuple[str, ...]
    #: The larger of what CloudWatch and the source say, in seconds; None when either is missing.
    lag: Reading | None
    #: What each source says by itself, the most trustworthy first; those that say nothing are left.
    ranked: tuple[Reading, ...] = ()

    @property
    def told(self) -> str:
        """The same in words: what each says, in that order."""
        return ", ".join(
            f"{reading.origin} {reading.value:.4g} {reading.unit}" for reading in self.ranked
        )

    @property
    def readings(self) -> tuple[Reading, ...]:
        """What is worth keeping."""
        return tuple(reading for reading in (self.lag, self.bytes) if reading is not None)


def look(migration: Migration, tools: Toolbox) -> Look:
    """Ask both; a failure to look is a missing reading and raises nothing."""
    missing: list[str] = []
    metric, slot = _from_cloudwatch(migration, tools, missing)
    standby = _from_source(migration, tools, missing)
    now = tools.clock.now()
    in_bytes = None
    lag = replay_lag = None
    if standby and standby.behind_bytes is not None:
        in_bytes = Reading(
            LAG_BYTES, float(standby.behind_bytes), "bytes", "pg_stat_replication", now
        )
    if standby and standby.behind_seconds is not None:
        replay_lag = Reading(LAG, standby.behind_seconds, "seconds", "pg_stat_replication", now)
    if metric and standby:
        worst = max((one for one in (replay_lag, metric) if one), key=lambda one: one.value)
        lag = Reading(LAG, worst.value, "seconds", worst.origin, now)
    streaming = standby is not None and standby.state == STREAMING
    ranked = tuple(one for one in (in_bytes, replay_lag, metric, slot) if one)
    return Look(metric, in_bytes, streaming, tuple(missing), lag, ranked)


def _from_cloudwatch(
    migration: Migration, tools: Toolbox, missing: list[str]
) -> tuple[Reading | None, Reading | None]:
    """The replica's lag, which is missed where it is not there, and the oldest slot's."""
    wanted = Metric(REPLICA_LAG, marks.instance_name(migration))
    slots = Metric(SLOT_LAG, migration.source)
    try:
        points = tools.metrics.latest([wanted, slots])
    except DaybreakError as error:
        missing.append(str(error))
        return None, None
    return _lag_of(points[wanted], tools, missing), _slot_of(points[slots], tools)


def _slot_of(point: Datapoint | None, tools: Toolbox) -> Reading | None:
    if point is None or point.value < 0:
        return None
    if tools.clock.now() - point.at > OLDEST_DATAPOINT_SECONDS:
        return None
    return Reading(SLOT_BYTES, point.value, "bytes", f"CloudWatch {SLOT_LAG}", point.at)


def _lag_of(point: Datapoint | None, tools: Toolbox, missing: list[str]) -> Reading | None:
    # A negative value means that there is no replica.
    if point is None or point.value < 0:
        missing.append(f"CloudWatch has no datapoint of `{REPLICA_LAG}`")
        return None
    age = tools.clock.now() - point.at
    if age > OLDEST_DATAPOINT_SECONDS:
        missing.append(f"the last datapoint of `{REPLICA_LAG}` is {age / 60:.0f} minutes old")
        return None
    return Reading(LAG, point.value, "seconds", f"CloudWatch {REPLICA_LAG}", point.at)


def _from_source(
    migration: Migration, tools: Toolbox, missing: list[str]
) -> replication.Standby | None:
    instance = tools.rds.instance(marks.instance_name(migration))
    try:
        if instance is None or instance.endpoint is None:
            raise Permanent("the replica has no endpoint")
        with tools.databases.source(migration.source) as source:
            standby = replication.standby_of(source, instance.endpoint)
    except (DaybreakError, psycopg.Error) as error:
        missing.append(str(error).strip())
        return None
    if standby is None:
        missing.append("the source has no connection of the replica")
        return None
    if standby.state != STREAMING:
        missing.append(f"the replica's connection is in state `{standby.state}`")
    if standby.behind_bytes is None:
        missing.append("the source does not know what the replica has replayed")
        return None
    return standby


def of_this_replica(migration: Migration, readings: Sequence[Reading]) -> list[Reading]:
    """Those that were taken since it is there: one that was dropped says nothing of the next."""
    made = float(migration.fact(CREATE_REPLICA, MADE_AT) or 0.0)
    return [reading for reading in readings if reading.at >= made]


def sustained_seconds(
    readings: Sequence[Reading], threshold: float, now: float, every_seconds: float
) -> float:
    """For how long, up to now, every reading was at or under the threshold without a gap.

    `readings` are those of one name, oldest first; `every_seconds` is how often one is taken.
    """
    longest_gap = max(_LOOKS_MISSED * every_seconds, _LEAST_GAP_SECONDS)
    later = now
    since = now
    for reading in reversed(readings):
        if reading.value > threshold or later - reading.at > longest_gap:
            break
        since = later = reading.at
    return now - since
