"""The crash table's ground in the cool-off: writes are on the target, and the source follows it."""

from collections.abc import Sequence
from typing import Any

from crash_ground import WORKERS, CrashGround
from cutover_ground import SOURCE
from direction import ROLL_BACK
from way_back_ground import approve_roll_back, follows, go_on, superuser

from migration.cool_off import in_cool_off
from migration.model import Migration, Status, WayBack

# A subscription's worker that was lost is started again after so long; RDS's default is 5 s.
SOON = "ALTER SYSTEM SET wal_retrieve_retry_interval = '200ms'"


class RollBackCrashGround(CrashGround):
    """Each case begins behind a cut-over, with a way back that is kept."""

    direction = ROLL_BACK

    def waiting_one(self) -> Migration:
        """Carried through its cut-over by the product's own steps, here."""
        approved = self.approve(self.at_the_gate(way_back=WayBack.REQUIRED))
        after = self.cut_over(approved)
        assert after.status is Status.ACTIVE, after.aborted
        superuser(self, SOURCE, SOON)
        return go_on(self, after, follows)

    def waits(self, migration: Migration) -> bool:
        """Whether both decisions stand open."""
        return in_cool_off(migration)

    def approve(self, migration: Migration) -> Migration:
        """At whichever gate it stands."""
        return (
            approve_roll_back(self, migration)
            if self.waits(migration)
            else super().approve(migration)
        )

    def begin(
        self,
        longest: float,
        processes: Sequence[str] = WORKERS,
        **options: Any,
    ) -> Migration:
        """See `CrashGround.begin`; the way back is kept from the processes' first moment on."""
        ready = super().begin(longest, (), **options | {"way_back": WayBack.REQUIRED})
        self.host.start(*processes)
        return ready
