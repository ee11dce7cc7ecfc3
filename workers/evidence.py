"""What the promote gate rests on, as of now: every condition looked at, nothing remembered."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from migration.errors import DaybreakError
from migration.model import Check, Evidence, Migration, Reading, WayBack
from migration.plan import WATCH_LAG
from migration.preflight import Level
from migration.service import LAG
from migration.warnings import unacknowledged, warnings_of
from workers import evidence_of_extensions, evidence_of_slots, evidence_of_way_back
from workers.aws.resources import AVAILABLE, Cluster, Instance
from workers.looks import Look, Looks, no, yes
from workers.postgres import inventory, replication
from workers.preflight import run
from workers.preflight.registry import AT_GATE
from workers.preflight.subject import Subject
from workers.steps import alarms, lag, marks, poolers, windows
from workers.steps.findings import named
from workers.toolbox import Toolbox
from workers.traffic.port import PoolerState


def gather(migration: Migration, tools: Toolbox) -> Evidence:
    """Look at every condition of the promote gate.

    A failure to look is a condition that does not hold; nothing is raised.
    """
    return Gathering(migration, tools).evidence()


class Gathering(Looks):
    """One gathering; the source's position is noted first, so that the rest gives it time.

    The look that proves that the replica moves: what the source had written when it began has to
    be replayed when it ends.
    """

    def __init__(self, migration: Migration, tools: Toolbox) -> None:
        super().__init__(migration, tools)
        self._position: str | None = None
        self._seen: lag.Look | None = None

    def looks(self) -> tuple[tuple[str, Look], ...]:
        """The conditions by name, in the order in which they are looked at."""
        wanted = self._migration.options.way_back is not WayBack.NONE
        slots = self._migration.options.recreate_slots
        return (
            ("Source available", self._source),
            ("No long transaction", self._transactions),
            ("No prepared transaction", self._prepared),
            ("No backup or maintenance now", self._quiet),
            ("Source still fit", self._fit_to_move),
            ("Warnings acknowledged", self._warnings),
            ("Replica available", self._replica),
            ("Target validated", self._validated),
            (evidence_of_extensions.NAME, self._extensions),
            ("Poolers ready", self._poolers),
            ("Lag under the threshold", self._lag),
            ("Lag low for long enough", self._sustained),
            ("Replica streaming and moving", self._moving),
            ("Alarms quiet", self._alarms),
            *([(evidence_of_slots.NAME, self._slots_anew)] if slots else []),
            *([(evidence_of_way_back.NAME, self._way_back)] if wanted else []),
        )

    def evidence(self) -> Evidence:
        """Look at all of them."""
        self._note_position()
        checks = self.checks()
        readings: tuple[Reading, ...] = self._seen.readings if self._seen else ()
        return Evidence(checks, readings, self._tools.clock.now())

    def _note_position(self) -> None:
        try:
            with self._tools.databases.source(self._migration.source) as source:
                self._position = replication.position(source)
        except DaybreakError:
            # `_moving` says that there is none.
            self._position = None

    # The conditions; each answers with words, and the name is put on by `_looked` -----------------

    def _source(self) -> Check:
        source = self._instance(self._migration.source)
        if source.status != AVAILABLE:
            return no(f"`{source.id}` is `{source.status}`")
        if source.pending:
            return no(f"changes wait to be applied to it: {named(sorted(source.pending))}")
        if source.backup_retention_days == 0:
            return no("its automated backups were turned off")
        return yes(f"`{source.id}` is available")

    def _replica(self) -> Check:
        source = self._instance(self._migration.source)
        cluster = self._cluster()
        wrong = [
            *_of_cluster(self._migration, cluster, source),
            *(
                f"the instance `{instance.id}` is `{instance.status}`"
                for instance in (self._instance(member.instance) for member in cluster.members)
                if instance.status != AVAILABLE
            ),
        ]
        wrong += self._wrong_inside(cluster)
        if wrong:
            return no("; ".join(wrong))
        return yes(f"`{cluster.id}` is available and follows `{source.id}`")

    def _wrong_inside(self, cluster: Cluster) -> list[str]:
        with self._tools.databases.target(cluster.id) as target:
            if replication.in_recovery(target):
                return []
        return [f"the cluster `{cluster.id}` takes writes: it was promoted"]

    def _transactions(self) -> Check:
        longest = self._tools.settings.longest_transaction_seconds
        with self._tools.databases.source(self._migration.source) as source:
            found = inventory.long_transactions(source, longest)
        if found:
            return no(
                "open for too long: "
                + named(
                    f"{one.user} ({one.application or 'unnamed'}), {one.seconds:.0f} s"
                    for one in found
                )
            )
        return yes(f"none is older than {longest:g} s")

    def _prepared(self) -> Check:
        with self._tools.databases.source(self._migration.source) as source:
            found = inventory.prepared_transactions(source)
        if found:
            return no(f"there are some: {named(one.gid for one in found)}")
        return yes("there is none")

    def _warnings(self) -> Check:
        noted = self._tools.acknowledged(self._migration.id)
        left = unacknowledged(self._migration, noted)
        if left:
            return no(f"nobody has taken note of {named(left)}")
        count = len(warnings_of(self._migration))
        return yes(f"all {count}" if count else "there was none")

    def _fit_to_move(self) -> Check:
        """What the preflight looked at, and can have changed since."""
        source = self._instance(self._migration.source)
        subject = Subject(self._tools, source, self._migration.options, self._migration)
        looked = run.look(subject, *run.EVERYTHING, only=AT_GATE)
        errors = [str(error) for error in run.errors_of(looked)]
        if errors:
            return no(f"could not be looked at: {'; '.join(errors)}")
        found = [
            finding.what for one in looked if one.level is Level.BLOCKER for finding in one.found
        ]
        if found:
            return no("; ".join(found))
        return yes(f"again: {', '.join(one.check.title.lower() for one in looked)}")

    def _quiet(self) -> Check:
        now = datetime.fromtimestamp(self._tools.clock.now(), UTC)
        source = self._instance(self._migration.source)
        if windows.in_daily(source.backup_window, now):
            return no(f"it is `{source.id}`'s backup window ({source.backup_window} UTC)")
        for instance in (source, self._instance(marks.instance_name(self._migration))):
            waiting = self._tools.rds.pending_maintenance(instance.arn)
            window = instance.maintenance_window
            if waiting and windows.in_weekly(window, now):
                return no(f"AWS may begin maintenance of `{instance.id}` now ({window} UTC)")
        return yes("neither window is open")

    def _poolers(self) -> Check:
        states = self._tools.traffic.states(self._migration.source)
        source = self._instance(self._migration.source)
        if not states:
            return no("no pooler is configured")
        wrong = [f"{state.url}: {misfit}" for state in states for misfit in self._misfits(state)]
        wrong += poolers.astray(states, "source", source.endpoint)
        if wrong:
            return no("; ".join(wrong))
        loose = [state for state in states if not state.holds]
        if loose:
            return yes("; ".join(map(_unheld, loose)))
        return yes(f"{len(states)} reachable, {self._fit(states)}")

    def _misfits(self, state: PoolerState) -> list[str]:
        return poolers.misfits(state, self._migration.options)

    def _fit(self, states: Sequence[PoolerState]) -> str:  # noqa: ARG002 - variants say more
        return "and their settings fit"

    def _validated(self) -> Check:
        facts = self._migration.facts.get("validate_target")
        if not facts:
            return no("it has not been validated")
        compared = facts.get("databases", {}).values()
        tables = sum(one["tables_equal"] + one["tables_between"] for one in compared)
        return yes(f"{tables} tables compared, reached through the pooler")

    def _extensions(self) -> Check:
        return evidence_of_extensions.look(self._migration, self._tools)

    def _lag(self) -> Check:
        seen = self._look()
        threshold = self._migration.options.lag_threshold_seconds
        if seen.lag is None or seen.bytes is None:
            return no(f"unknown: {'; '.join(seen.missing)}")
        words = f"{seen.lag.value:.2f} s and {seen.bytes.value:.0f} bytes behind"
        heard = f"; {seen.told}" if seen.told else ""
        if seen.lag.value > threshold:
            return no(f"{words}, and the threshold is {threshold:g} s{heard}")
        return yes(f"{words} (threshold {threshold:g} s){heard}")

    def _sustained(self) -> Check:
        seen = self._look()
        settings = self._tools.settings
        known = self._tools.readings(self._migration.id, LAG)
        readings = lag.of_this_replica(self._migration, known)
        if seen.lag is not None:
            readings = [*readings, seen.lag]
        lasted = lag.sustained_seconds(
            readings,
            self._migration.options.lag_threshold_seconds,
            self._tools.clock.now(),
            settings.watch_seconds,
        )
        words = f"for {lasted:.0f} s of {settings.lag_sustain_seconds:g} s"
        if lasted < settings.lag_sustain_seconds:
            return no(words)
        # Only the last readings are kept: how much longer it has lasted is not known.
        return yes(f"for {settings.lag_sustain_seconds:g} s at least")

    def _moving(self) -> Check:
        seen = self._look()
        if not seen.streaming:
            return no("; ".join(seen.missing) or "the replica does not stream")
        if self._position is None:
            return no("the source did not say where its WAL ends")
        endpoint = self._instance(marks.instance_name(self._migration)).endpoint
        if endpoint is None:
            return no("the replica has no endpoint")
        with self._tools.databases.source(self._migration.source) as source:
            replayed = replication.has_replayed(source, endpoint, self._position)
        if replayed is None:
            return no("the source does not know what the replica has replayed")
        if not replayed:
            return no("what the source had written a moment ago is not replayed yet")
        return yes("streams, and has replayed what was written a moment ago")

    def _alarms(self) -> Check:
        wanted = self._migration.fact(WATCH_LAG, "alarms")
        if not wanted:
            # It was watched before there were any.
            return yes("none were made for this migration")
        states = self._tools.metrics.alarms.states(wanted)
        wrong = [
            f"`{name}` is {states[name].value}: {states[name].reason}"
            if name in states
            else f"`{name}` is gone: somebody deleted it"
            for name in wanted
            if name not in states or states[name].value != alarms.QUIET
        ]
        return no("; ".join(wrong)) if wrong else yes(f"all {len(wanted)} of CloudWatch's")

    def _slots_anew(self) -> Check:
        return evidence_of_slots.look(self._migration, self._tools)

    def _way_back(self) -> Check:
        return evidence_of_way_back.look(self._migration, self._tools)

    # What several of them look at -----------------------------------------------------------------

    def _look(self) -> lag.Look:
        if self._seen is None:
            self._seen = self._look_at_lag()
        return self._seen

    def _look_at_lag(self) -> lag.Look:
        return lag.look(self._migration, self._tools)


def _of_cluster(migration: Migration, cluster: Cluster, source: Instance) -> Iterator[str]:
    if not marks.ours(migration, cluster.tags):
        yield f"the cluster `{cluster.id}` is not this migration's"
    if cluster.status != AVAILABLE:
        yield f"the cluster `{cluster.id}` is `{cluster.status}`"
    if cluster.replication_source != source.arn:
        yield f"the cluster `{cluster.id}` does not replicate `{source.id}` any more"
    if not cluster.deletion_protection:
        yield f"the deletion protection of `{cluster.id}` is off"
    if not cluster.members:
        yield f"the cluster `{cluster.id}` has no instance"


def _unheld(state: PoolerState) -> str:
    return (
        f"{state.url} leads to the source. Nothing can hold its clients: they see errors from the "
        f"fence on, for up to {state.switch_seconds:g} s after the promotion"
    )
