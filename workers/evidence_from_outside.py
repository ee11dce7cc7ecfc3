"""What the promote gate rests on where Daybreak has no login: AWS's word, and CloudWatch's."""

from collections.abc import Sequence

from migration.model import Check, Evidence, Migration
from workers import closure
from workers.aws.resources import Cluster
from workers.closure import SourceState, TargetState
from workers.evidence import Gathering
from workers.looks import Look, no, yes
from workers.steps import lag, poolers
from workers.steps.without_login import NOT_LOOKED_AT, log_cycle, quarantine
from workers.steps.without_login import lag as from_outside
from workers.toolbox import Toolbox
from workers.traffic.port import PoolerState

# While applications write, the slot may hold the segment they write to and the one before.
MOST_SEGMENTS_KEPT = 2


def gather(migration: Migration, tools: Toolbox) -> Evidence:
    """Look at every condition; a failure to look is one that does not hold, nothing is raised."""
    return GatheringFromOutside(migration, tools).evidence()


class GatheringFromOutside(Gathering):
    """The conditions that AWS can tell, and the names of those that it can't."""

    def looks(self) -> tuple[tuple[str, Look], ...]:
        """The conditions by name, in the order in which they are looked at."""
        return (
            ("Source available", self._source),
            ("No backup or maintenance now", self._quiet),
            ("Warnings acknowledged", self._warnings),
            ("Replica available", self._replica),
            ("Source can be closed", self._closable),
            ("Target closed since it was made", self._closed),
            ("Poolers ready", self._poolers),
            ("Lag under the threshold", self._lag),
            ("Lag low for long enough", self._sustained),
            ("No slot holds old WAL", self._slots),
            ("Alarms quiet", self._alarms),
            ("Inside the databases", self._inside),
        )

    def _note_position(self) -> None:
        """Only a login shows it."""

    def _wrong_inside(self, cluster: Cluster) -> list[str]:
        record = closure.target_record(self._tools.rds.closing.tags(cluster.arn))
        if record is not None and record.promotion:
            return [f"its promotion was intended before (epoch {record.promotion})"]
        return []

    def _closable(self) -> Check:
        source = self._instance(self._migration.source)
        against = list(quarantine.findings(self._tools, source))
        record = closure.source_record(self._tools.rds.closing.tags(source.arn))
        if record is not None and record.state is SourceState.CLOSED:
            return no(f"it is closed already, by {record.migration} under epoch {record.epoch}")
        if source.parameter_status != "in-sync":
            return no(f"its parameter group is {source.parameter_status}: a reboot would apply it")
        if against:
            return no("; ".join(map(str, against)))
        cycle = log_cycle.read(self._tools, source)
        return yes(
            f"to nobody but `{self._tools.settings.quarantine_group}`, then a reboot; its log's "
            f"cycle is {cycle.seconds:g} s"
        )

    def _closed(self) -> Check:
        source, cluster = self._instance(self._migration.source), self._cluster()
        group = quarantine.find(self._tools, source)
        if not quarantine.is_in(cluster.security_groups, (group.id,)):
            return no(f"`{cluster.id}` is not in the quarantine group alone")
        record = closure.target_record(self._tools.rds.closing.tags(cluster.arn))
        if record is None or record.state is not TargetState.CLOSED:
            return no(f"the tags of `{cluster.id}` do not say so")
        if set(record.groups) != {membership.id for membership in source.security_groups}:
            return no("the source's security groups have changed since")
        return yes(f"`{cluster.id}` is in `{group.name}`")

    def _misfits(self, state: PoolerState) -> list[str]:
        return poolers.misfits_of_any(state)

    def _fit(self, states: Sequence[PoolerState]) -> str:
        limits = [limit for state in states if (limit := poolers.patience(state)) is not None]
        if not limits:
            return "and they hold clients for as long as it takes"
        return f"but clients that wait for more than {min(limits):g} s are refused with an error"

    def _look_at_lag(self) -> lag.Look:
        return from_outside.look(self._migration, self._tools)

    def _slots(self) -> Check:
        seen = self._look()
        if seen.bytes is None:
            return no(f"unknown: {'; '.join(seen.missing)}")
        cycle = log_cycle.read(self._tools, self._instance(self._migration.source))
        most = MOST_SEGMENTS_KEPT * cycle.segment_bytes
        words = f"{seen.bytes.value:.0f} bytes kept, and a segment has {cycle.segment_bytes}"
        if seen.bytes.value > most:
            return no(f"{words}: is there a slot that nobody reads?")
        return yes(words)

    def _inside(self) -> Check:
        return Check("", ok=False, detail="; ".join(NOT_LOOKED_AT), looked=False)
