"""Step: wait until the replica has been close behind for long enough."""

from migration.errors import Permanent
from migration.model import Migration
from migration.service import LAG
from migration.steps import Done, Journal, Outcome, Wait
from workers.steps import alarms, lag, marks
from workers.steps.create_replica import FAILED
from workers.toolbox import Toolbox


class WatchLag:
    """Each look leaves a reading; together they tell for how long the lag has been small."""

    def __init__(self, tools: Toolbox) -> None:
        """With these tools."""
        self._tools = tools

    def run(self, migration: Migration, journal: Journal) -> Outcome:
        """One look. A reading that is missing never counts as good.

        Raises:
            Permanent: the replica is gone or has failed.
        """
        self._check_replica(migration)
        seen = self.look(migration)
        for reading in seen.readings:
            journal.reading(reading)
        threshold = migration.options.lag_threshold_seconds
        every = self._tools.settings.watch_seconds
        if seen.lag is None or not seen.streaming:
            return Wait(every, f"The lag is unknown: {'; '.join(seen.missing)}", 0.0)
        if seen.lag.value > threshold:
            return Wait(every, f"The lag is over {threshold:g} s", 0.0)
        wanted = self._tools.settings.lag_sustain_seconds
        lasted = lag.sustained_seconds(
            # The store may keep this look's reading already, or not yet.
            [*lag.of_this_replica(migration, self._tools.readings(migration.id, LAG)), seen.lag],
            threshold,
            self._tools.clock.now(),
            every,
        )
        if lasted < wanted:
            words = f"The lag has to stay at or under {threshold:g} s for {wanted:g} s"
            return Wait(every, words, round(lasted / wanted, 2))
        loud = self._alarms(migration, journal)
        if loud:
            return Wait(every, loud, None)
        return Done(
            {
                "lag_seconds": round(seen.lag.value, 3),
                "lag_bytes": seen.bytes.value if seen.bytes else None,
                "under_seconds": threshold,
                "sustained_seconds": round(lasted, 1),
                "lag_by": [f"{one.origin}: {one.value:.4g} {one.unit}" for one in seen.ranked],
                "alarms": alarms.names(migration),
            }
        )

    def look(self, migration: Migration) -> lag.Look:
        """What CloudWatch and the source say."""
        return lag.look(migration, self._tools)

    def compensate(self, migration: Migration, journal: Journal) -> Outcome:  # noqa: ARG002 - nothing was made
        """Nothing was made."""
        return Done()

    def _alarms(self, migration: Migration, journal: Journal) -> str:
        """Make the one that is missing; otherwise what the first says that is not quiet.

        Only once all else is well: a call for each look of hundreds of migrations adds up.
        """
        source = self._tools.rds.instance(migration.source)
        if source is None:
            return f"There is no instance `{migration.source}`"
        wanted = alarms.of_replica(migration, source, self._tools)
        made = alarms.make_one(wanted, self._tools, journal)
        if made:
            return f"CloudWatch's alarm `{made}` was made"
        states = self._tools.metrics.alarms.states([alarm.name for alarm in wanted])
        for name, state in sorted(states.items()):
            if state.value != alarms.QUIET:
                return f"CloudWatch's alarm `{name}` is {state.value}"
        return ""

    def _check_replica(self, migration: Migration) -> None:
        for kind, name, status in (
            ("source", migration.source, self._status(migration.source)),
            (
                "replica",
                marks.instance_name(migration),
                self._status(marks.instance_name(migration)),
            ),
        ):
            if status == "gone" or status in FAILED:
                raise Permanent(
                    f"The {kind} `{name}` is {status if status == 'gone' else f'`{status}`'}. "
                    "Cancel the migration, which deletes what it made and lets the WAL on the "
                    "source go; or mend it, then retry."
                )
        cluster = self._tools.rds.cluster(migration.target)
        if cluster is None or not cluster.replication_source:
            raise Permanent(
                f"The cluster `{migration.target}` is no replica any more: somebody deleted or "
                "promoted it. Cancel the migration."
            )

    def _status(self, instance: str) -> str:
        found = self._tools.rds.instance(instance)
        return found.status if found else "gone"
