"""The jobs of the snapshot method that hold clients: one closes the source, one opens the copy."""

from migration.model import Migration
from migration.plan import FREEZE
from migration.ports import Store
from migration.recorder import Recorder
from workers.leases import HeldLease
from workers.snapshot_method.freeze import FreezeJob
from workers.snapshot_method.switch import SwitchJob
from workers.toolbox import Toolbox


class SnapshotJobs:
    """Whichever is due."""

    def __init__(self, tools: Toolbox, store: Store, recorder: Recorder) -> None:
        """Jobs with these tools."""
        self._freeze = FreezeJob(tools, store, recorder)
        self._switch = SwitchJob(tools, store, recorder)

    def run(self, migration: Migration, lease: HeldLease) -> None:
        """Carry it out."""
        step = migration.step
        job = self._freeze if step and step.name == FREEZE else self._switch
        job.run(migration, lease)
