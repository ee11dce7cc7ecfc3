"""What differs by the plan's variant where there is more to it than a step: gate and cut-over."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from migration.model import Evidence, Migration, variant_of
from migration.plan import WITHOUT_LOGIN
from migration.ports import Store
from migration.recorder import Recorder
from workers import evidence, evidence_from_outside
from workers.cutover.job import CutOver
from workers.cutover.succession import Succession
from workers.cutover_without_login.job import CutOverWithoutLogin
from workers.cutover_without_login.succession import SuccessionWithoutLogin
from workers.leases import HeldLease, Tenure
from workers.toolbox import Toolbox


class Job(Protocol):
    """Carries one approved migration over."""

    def run(self, migration: Migration, lease: HeldLease) -> None:
        """Or leaves its source as it was."""


class Successor(Protocol):
    """Takes a cut-over over whose process is silent."""

    def run(self, migration: Migration, lease: Tenure) -> None:
        """Have one database take writes."""


@dataclass(frozen=True)
class Mode:
    """One way to cut over."""

    gather: Callable[[Migration, Toolbox], Evidence]
    cut_over: Callable[[Toolbox, Store, Recorder], Job]
    succession: Callable[[Toolbox, Store, Recorder], Successor]


MODES: Mapping[str, Mode] = {
    "": Mode(evidence.gather, CutOver, Succession),
    WITHOUT_LOGIN: Mode(evidence_from_outside.gather, CutOverWithoutLogin, SuccessionWithoutLogin),
}


def mode_of(migration: Migration) -> Mode:
    """The way that its plan goes."""
    return MODES[variant_of(migration)]
