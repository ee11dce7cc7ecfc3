"""Succession in the snapshot method: of a job whose process is silent, or of an outage's time."""

from migration.model import Facts, Migration
from workers.cutover.attempt import Charge
from workers.cutover.go_back import Ending
from workers.cutover.outcome import Outcomes
from workers.cutover.succession import Succession
from workers.snapshot_method.facts import outage_facts
from workers.snapshot_method.outcomes import SnapshotOutcomes
from workers.snapshot_method.take_over import CopyTakeOver


class SnapshotSuccession(Succession):
    """With a login to both databases, of which one may not be there yet."""

    def _outcomes_of(self) -> Outcomes:
        return SnapshotOutcomes(self._store, self._recorder, self._tools.clock)

    def _take_over(self, charge: Charge, *, decided: bool) -> Ending:
        charge.gone_is_harmless = not decided
        return CopyTakeOver(charge).run(forward=decided)

    def _facts(self, begun: Migration, charge: Charge) -> Facts:
        return {**super()._facts(begun, charge), **outage_facts(begun)}
