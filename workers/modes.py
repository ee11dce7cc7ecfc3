"""What differs where there is more to it than a step: a gate's evidence, and who moves writes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from migration.cool_off import in_cool_off
from migration.model import Evidence, Migration, Status, variant_of
from migration.plan import BY_SNAPSHOT, WITHOUT_LOGIN
from migration.ports import Store
from migration.recorder import Recorder
from workers import evidence, evidence_from_outside, evidence_of_roll_back
from workers.cutover.job import CutOver
from workers.cutover.succession import Succession
from workers.cutover_without_login.job import CutOverWithoutLogin
from workers.cutover_without_login.succession import SuccessionWithoutLogin
from workers.leases import HeldLease, Tenure
from workers.rollback.job import RollBack
from workers.rollback.succession import SuccessionOfRollBack
from workers.snapshot_method import evidence as freeze_evidence
from workers.snapshot_method.jobs import SnapshotJobs
from workers.snapshot_method.succession import SnapshotSuccession
from workers.toolbox import Toolbox


class Job(Protocol):
    """Moves the writes of one approved migration."""

    def run(self, migration: Migration, lease: HeldLease) -> None:
        """Or leaves them where they were."""


class Successor(Protocol):
    """Takes over from a process that is silent."""

    def run(self, migration: Migration, lease: Tenure) -> None:
        """Have one database take writes."""


@dataclass(frozen=True)
class Mode:
    """One way to move writes."""

    gather: Callable[[Migration, Toolbox], Evidence]
    switchover: Callable[[Toolbox, Store, Recorder], Job]
    succession: Callable[[Toolbox, Store, Recorder], Successor]


MODES: Mapping[str, Mode] = {
    "": Mode(evidence.gather, CutOver, Succession),
    BY_SNAPSHOT: Mode(freeze_evidence.gather, SnapshotJobs, SnapshotSuccession),
    WITHOUT_LOGIN: Mode(evidence_from_outside.gather, CutOverWithoutLogin, SuccessionWithoutLogin),
}


BACK = Mode(evidence_of_roll_back.gather, RollBack, SuccessionOfRollBack)


def mode_of(migration: Migration) -> Mode:
    """The way that its plan goes; in the cool-off the way back."""
    if migration.status is Status.ROLLING_BACK or in_cool_off(migration):
        return BACK
    return MODES[variant_of(migration)]
