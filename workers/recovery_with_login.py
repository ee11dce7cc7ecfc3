"""`recover` with a login to both databases: their own rows say what was going on."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import psycopg

from migration.errors import DaybreakError
from migration.model import Migration, Options
from workers.aws.resources import Cluster
from workers.cutover.attempt import Charge
from workers.cutover.go_back import Ending
from workers.cutover.take_over import TakeOver, Target, open_doors
from workers.postgres import fence
from workers.postgres.fence import Fence, State
from workers.recovery import NothingToRecover, Recovery, Situation
from workers.rollback.take_over import TakeOverRollBack
from workers.snapshot_method.take_over import CopyTakeOver


@dataclass(frozen=True)
class SituationWithLogin(Situation):
    """What AWS, both databases and the poolers say."""

    source: Fence
    cluster: Cluster | None
    target: Target | None

    @property
    def advice(self) -> str:
        """See `Situation.advice`."""
        if self.both_take_writes:
            return (
                "The source and the target both take writes: nothing is recovered before people "
                "have said whose writes count."
            )
        if self.source.state is State.OPEN:
            return "The source takes writes. --reopen lets its applications go on, if any wait."
        return self._advice_while_closed()

    def _advice_while_closed(self) -> str:
        if self.target is None or self.target_gone:
            return self._advice_without_target()
        if self.target.takes_writes:
            return "The target takes writes: --finish lets the applications go on with it."
        if self.target.returns:
            return (
                "A roll back closed the target, and the source may not have all of its writes: "
                "--finish has the target take writes again. Then roll back once more."
            )
        if self.target.is_copy_of(self.source):
            return (
                "The source is closed, and the promoted target has everything: --finish opens the "
                "target, --reopen opens the source."
            )
        return "The source is closed, and the target is not open: --reopen opens the source."

    def _advice_without_target(self) -> str:
        copied = self.source.reopen_by is not None
        if not self.target_gone:
            being_made = f" It is closed for its copy, until {self._until} at the latest, and "
            being_made += "--reopen opens it while no instance of that was ever up."
            silent = "The source is closed. The target does not say what it is: look again."
            return silent + (being_made if copied else "")
        if copied:
            return (
                f"The source is closed for its copy, until {self._until} at the latest, and AWS "
                "knows no copy. If none was opened and renamed since, --reopen --target-is-lost "
                "opens the source."
            )
        return (
            "The source is closed, and AWS knows no such cluster as the target. If that was "
            "renamed, it may be in use; if it is lost, --reopen --target-is-lost opens the source."
        )

    @property
    def _until(self) -> str:
        return datetime.fromtimestamp(self.source.reopen_by or 0.0, UTC).isoformat(" ", "seconds")

    @property
    def both_take_writes(self) -> bool:
        """See `Situation.both_take_writes`."""
        return self.source.state is State.OPEN and self.target_takes_writes

    @property
    def source_is_open(self) -> bool:
        """See `Situation.source_is_open`."""
        return self.source.state is State.OPEN

    @property
    def target_gone(self) -> bool:
        """See `Situation.target_gone`."""
        return self.cluster is None

    @property
    def target_takes_writes(self) -> bool:
        """See `Situation.target_takes_writes`."""
        return self.target is not None and (self.target.takes_writes or self.target.returns)

    @property
    def target_can_be_opened(self) -> bool:
        """See `Situation.target_can_be_opened`."""
        copy = self.target is not None and self.target.is_copy_of(self.source)
        return copy or self.target_takes_writes

    def databases(self) -> dict[str, Any]:
        """See `Situation.databases`."""
        target = self.target
        return {
            "source": self.migration.source,
            "migration": self.source.migration,
            "epoch": self.source.epoch,
            "state": self.source.state.value,
            "logins_off": list(self.source.logins_off),
            "reopen_by": self.source.reopen_by,
            "target": {
                "cluster": self.cluster.id if self.cluster else None,
                "status": self.cluster.status if self.cluster else None,
                "promoted": target.promoted if target else None,
                "state": target.row.state.value if target and target.row else None,
                "epoch": target.row.epoch if target and target.row else None,
            },
        }

    def databases_in_words(self) -> list[str]:
        """See `Situation.databases_in_words`."""
        seen = self.databases()
        target = seen["target"]
        promoted = {True: "promoted", False: "a replica", None: "unknown"}[target["promoted"]]
        return [
            f"{seen['source']}: {seen['state']}, epoch {seen['epoch']}, by {seen['migration']}",
            f"roles without login: {', '.join(seen['logins_off']) or 'none'}",
            *([f"closed for its copy, until {self._until}"] if seen["reopen_by"] else []),
            f"{target['cluster'] or 'no cluster'}: {promoted}, {target['state'] or 'no fence'}",
        ]


class RecoveryWithLogin(Recovery[SituationWithLogin, Charge]):
    """By the fence's row in each database."""

    def look(self) -> SituationWithLogin:
        """See `Recovery.look`."""
        row = self._row()
        migration = self._migration(row.migration, Options(target=row.target))
        cluster = self._tools.rds.cluster(row.target)
        unknown: list[str] = []
        target: Target | None = None
        try:
            target = TakeOver(self._charge(migration)).look_at_target(end_others=False)
        except (DaybreakError, psycopg.Error) as error:
            unknown.append(f"the target: {error}")
        poolers = self._poolers(unknown)
        return SituationWithLogin(migration, poolers, tuple(unknown), row, cluster, target)

    def _row(self) -> Fence:
        with self._tools.databases.source(self._source) as source:
            try:
                found = fence.read(source)
            except fence.NoFence as error:
                raise NothingToRecover from error
        if not found.target:
            raise NothingToRecover
        return found

    def _charge_of(self, seen: SituationWithLogin) -> Charge:
        return self._charge(seen.migration)

    def _charge(self, migration: Migration) -> Charge:
        doors = open_doors(migration, self._tools)
        return Charge(
            migration, migration.epoch, self._tools, self._lease, self._journal, doors=doors
        )

    def _take_over(self, charge: Charge, *, forward: bool) -> Ending:
        # A copy of its own follows nothing, and may not be there yet.
        copied = self._row().reopen_by is not None
        if not self._returns(charge, copied=copied):
            return (CopyTakeOver if copied else TakeOver)(charge).run(forward=forward)
        back = replace(charge, doors=charge.doors.turned())
        try:
            called_off = TakeOverRollBack(back).run() is Ending.REOPENED
        finally:
            back.close()
        return Ending.OPENED if called_off else Ending.ABANDONED

    def _returns(self, charge: Charge, *, copied: bool) -> bool:
        """Whether a roll back is under way."""
        try:
            return TakeOver(charge).look_at_target(end_others=False).returns
        except (DaybreakError, psycopg.Error):
            if copied and CopyTakeOver(charge).is_unborn():
                return False
            raise
