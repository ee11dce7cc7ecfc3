"""`recover` where Daybreak has no login: AWS's state and the tags say what was going on."""

from dataclasses import dataclass
from typing import Any

from migration.errors import DaybreakError
from migration.model import Options
from migration.plan import WITHOUT_LOGIN
from workers import closure
from workers.closure import SourceRecord, SourceState
from workers.cutover.go_back import Ending
from workers.cutover_without_login.attempt import Attempt
from workers.cutover_without_login.take_over import TakeOver, Target, charge_of, look_at_target
from workers.recovery import NothingToRecover, Recovery, Situation


@dataclass(frozen=True)
class SituationWithoutLogin(Situation):
    """What AWS, the tags and the poolers say."""

    record: SourceRecord
    #: The security groups that the source stands behind now.
    groups: tuple[str, ...]
    target: Target

    @property
    def advice(self) -> str:
        """See `Situation.advice`."""
        if self.target.takes_writes:
            return "The target takes writes: --finish lets the applications go on with it."
        if self.record.state is SourceState.OPEN:
            return "The source takes writes. --reopen lets its applications go on, if any wait."
        if self.target.promotion_intended:
            return (
                "The source is closed, and the target was proven to have everything: --finish "
                "promotes it, if it is not, and opens it; --reopen gives it up and opens the "
                "source."
            )
        if self.target.abandoned:
            return "The source is closed, and the target was given up: --reopen opens the source."
        return (
            "The source is closed, and nobody decided to promote: --reopen deletes the replica "
            "and opens the source."
        )

    @property
    def source_is_open(self) -> bool:
        """See `Situation.source_is_open`."""
        return self.record.state is SourceState.OPEN

    @property
    def target_gone(self) -> bool:
        """See `Situation.target_gone`."""
        return self.target.cluster is None

    @property
    def target_takes_writes(self) -> bool:
        """See `Situation.target_takes_writes`."""
        return self.target.takes_writes

    @property
    def target_can_be_opened(self) -> bool:
        """See `Situation.target_can_be_opened`."""
        return self.target.takes_writes or self.target.promotion_intended

    def databases(self) -> dict[str, Any]:
        """See `Situation.databases`."""
        cluster, record = self.target.cluster, self.target.record
        return {
            "mode": WITHOUT_LOGIN,
            "source": self.migration.source,
            "migration": self.record.migration,
            "epoch": self.record.epoch,
            "state": self.record.state.value,
            "groups": list(self.groups),
            "groups_before": list(self.record.groups),
            "target": {
                "cluster": cluster.id if cluster else None,
                "status": cluster.status if cluster else None,
                "promoted": self.target.promoted if cluster else None,
                "state": record.state.value if record else None,
                "epoch": record.epoch if record else None,
                "promotion_intended": bool(record and record.promotion),
            },
        }

    def databases_in_words(self) -> list[str]:
        """See `Situation.databases_in_words`."""
        seen = self.databases()
        target = seen["target"]
        promoted = {True: "stands alone", False: "a replica", None: "unknown"}[target["promoted"]]
        by = f"by {seen['migration']}, without a login"
        return [
            f"{seen['source']}: {seen['state']}, epoch {seen['epoch']}, {by}",
            f"behind {' '.join(seen['groups'])}; before: {' '.join(seen['groups_before'])}",
            f"{target['cluster'] or 'no cluster'}: {promoted}, {target['state'] or 'no tags'}",
        ]


class RecoveryWithoutLogin(Recovery[SituationWithoutLogin, Attempt]):
    """By the tags on both."""

    def applies(self) -> bool:
        """Whether it is this kind of cut-over that has to be told of."""
        record = self._record()
        if record is None:
            return False
        if record.state is SourceState.CLOSED:
            return True
        try:
            self._tools.secrets.login(self._source)
        except DaybreakError:
            return True
        return False

    def look(self) -> SituationWithoutLogin:
        """See `Recovery.look`."""
        record = self._record()
        if record is None:
            raise NothingToRecover
        attempt = self._charge(record)
        standing = attempt.source_now().security_groups
        groups = tuple(membership.id for membership in standing)
        unknown: list[str] = []
        poolers = self._poolers(unknown)
        target = look_at_target(attempt)
        return SituationWithoutLogin(
            attempt.migration, poolers, tuple(unknown), record, groups, target
        )

    def _record(self) -> SourceRecord | None:
        instance = self._tools.rds.instance(self._source)
        if instance is None:
            return None
        return closure.source_record(self._tools.rds.closing.tags(instance.arn))

    def _charge_of(self, seen: SituationWithoutLogin) -> Attempt:
        return self._charge(seen.record)

    def _charge(self, record: SourceRecord) -> Attempt:
        options = Options(target=record.target, login=False)
        migration = self._migration(record.migration, options)
        return charge_of(migration, self._tools, self._lease, self._journal)

    def _take_over(self, charge: Attempt, *, forward: bool) -> Ending:
        return TakeOver(charge).run(forward=forward)
