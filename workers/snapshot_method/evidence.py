"""What the freeze gate rests on, as of now: nothing is closed for a copy that can't be made."""

from collections.abc import Sequence
from datetime import UTC, datetime

from migration.model import Check, Evidence, Migration
from workers.evidence import Gathering
from workers.looks import Look, no, yes
from workers.snapshot_method.expected import expected_seconds
from workers.steps import poolers, windows
from workers.toolbox import Toolbox
from workers.traffic.port import PoolerState

MINUTE = 60.0


def gather(migration: Migration, tools: Toolbox) -> Evidence:
    """Look at every condition of the freeze gate; nothing is raised."""
    return FreezeGathering(migration, tools).evidence()


class FreezeGathering(Gathering):
    """There is no replica to look at, and the outage has to fit into the time that is allowed."""

    def looks(self) -> tuple[tuple[str, Look], ...]:
        """See `Gathering.looks`."""
        return (
            ("Source available", self._source),
            ("No long transaction", self._transactions),
            ("No prepared transaction", self._prepared),
            ("No backup or maintenance now", self._quiet),
            ("Source still fit", self._fit_to_move),
            ("Warnings acknowledged", self._warnings),
            ("The target's name is free", self._free),
            ("Poolers ready", self._poolers),
            ("The outage fits", self._outage),
        )

    def _note_position(self) -> None:
        """Nothing follows the source."""

    def _quiet(self) -> Check:
        now = datetime.fromtimestamp(self._tools.clock.now(), UTC)
        source = self._instance(self._migration.source)
        if windows.in_daily(source.backup_window, now):
            return no(f"it is `{source.id}`'s backup window ({source.backup_window} UTC)")
        waiting = self._tools.rds.pending_maintenance(source.arn)
        if waiting and windows.in_weekly(source.maintenance_window, now):
            return no(f"AWS may begin maintenance of `{source.id}` now")
        return yes("neither window is open")

    def _free(self) -> Check:
        cluster = self._tools.rds.cluster(self._migration.target)
        if cluster is None:
            return yes(f"there is no cluster `{self._migration.target}`")
        return no(f"there is a cluster `{cluster.id}` already, which is `{cluster.status}`")

    def _misfits(self, state: PoolerState) -> list[str]:
        return poolers.misfits_of_any(state)

    def _fit(self, states: Sequence[PoolerState]) -> str:
        limits = [seconds for state in states if (seconds := poolers.patience(state)) is not None]
        if not limits:
            return "and their settings fit"
        return f"clients that wait longer than {min(limits):g} s are refused"

    def _outage(self) -> Check:
        allowed = self._migration.options.longest_outage_seconds
        source = self._instance(self._migration.source)
        expected = expected_seconds(source.storage_gib, self._tools.settings)
        words = (
            f"about {expected / MINUTE:.3g} min expected for {source.storage_gib} GiB, "
            f"{allowed / MINUTE:.3g} min allowed"
        )
        return yes(words) if expected <= allowed else no(words)
