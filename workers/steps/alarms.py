"""The alarms of one migration: what they watch, when they are made, and that they go at its end.

They are CloudWatch's, so that somebody is told even when Daybreak is not there to look.
"""

from collections.abc import Sequence

from migration.model import Migration
from migration.steps import Journal
from workers.aws.alarms import Alarm
from workers.aws.cloudwatch import FREE_STORAGE, REPLICA_LAG, SLOT_LAG
from workers.aws.resources import Instance
from workers.steps import marks
from workers.toolbox import Toolbox

GIB = 2**30
# Less of its storage free, or more of it taken by what the laggiest slot keeps.
FREE_SHARE = 0.10
SLOT_SHARE = 0.25
QUIET = "OK"
LAG, STORAGE, SLOT = "lag", "storage", "slot"


def name_of(migration: Migration, what: str) -> str:
    """The name by which a repeat finds it."""
    return f"daybreak-{migration.id}-{what}"


def names(migration: Migration) -> list[str]:
    """All that a migration may have."""
    return [name_of(migration, what) for what in (LAG, STORAGE, SLOT)]


def of_source(migration: Migration, source: Instance, tools: Toolbox) -> tuple[Alarm, ...]:
    """Those that need no replica: from before it is begun, its source's disk is at stake."""
    allocated = source.storage_gib * GIB
    settings = tools.settings
    common = {"period_seconds": settings.datapoint_seconds, "actions": settings.alarm_topics}
    return (
        Alarm(
            name=name_of(migration, STORAGE),
            metric=FREE_STORAGE,
            instance=source.id,
            statistic="Minimum",
            comparison="LessThanThreshold",
            threshold=FREE_SHARE * allocated,
            description=_words(migration, f"less than {FREE_SHARE:.0%} of its storage is free"),
            **common,  # type: ignore[arg-type]  # of two types, as said above
        ),
        Alarm(
            name=name_of(migration, SLOT),
            metric=SLOT_LAG,
            instance=source.id,
            statistic="Maximum",
            comparison="GreaterThanThreshold",
            threshold=SLOT_SHARE * allocated,
            description=_words(migration, f"a slot keeps {SLOT_SHARE:.0%} of its storage"),
            **common,  # type: ignore[arg-type]  # see above
        ),
    )


def of_replica(migration: Migration, source: Instance, tools: Toolbox) -> tuple[Alarm, ...]:
    """All of them."""
    threshold = migration.options.lag_threshold_seconds
    lag = Alarm(
        name=name_of(migration, LAG),
        metric=REPLICA_LAG,
        instance=marks.instance_name(migration),
        statistic="Maximum",
        comparison="GreaterThanThreshold",
        threshold=threshold,
        period_seconds=tools.settings.datapoint_seconds,
        description=_words(migration, f"its replica is more than {threshold:g} s behind"),
        actions=tools.settings.alarm_topics,
    )
    return (*of_source(migration, source, tools), lag)


def _words(migration: Migration, what: str) -> str:
    return f"Daybreak, migration {migration.id} of {migration.source}: {what}."


def make_one(wanted: Sequence[Alarm], tools: Toolbox, journal: Journal) -> str:
    """Make the first that is not there; its name, or nothing when all are."""
    there = tools.metrics.alarms.states([alarm.name for alarm in wanted])
    for alarm in wanted:
        if alarm.name not in there:
            journal.intend("put_alarm", alarm=alarm.name, instance=alarm.instance)
            tools.metrics.alarms.put(alarm)
            journal.done("put_alarm", alarm=alarm.name)
            return alarm.name
    return ""


def remove(migration: Migration, tools: Toolbox, journal: Journal) -> bool:
    """Delete what there is of them; whether there was anything."""
    there = sorted(tools.metrics.alarms.states(names(migration)))
    if there:
        journal.intend("delete_alarms", alarms=there)
        tools.metrics.alarms.delete(there)
        journal.done("delete_alarms", alarms=there)
    return bool(there)
