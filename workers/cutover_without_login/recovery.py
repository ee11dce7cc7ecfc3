"""`recover` where Daybreak has no login: AWS's state and the tags say what was going on."""

from dataclasses import dataclass
from typing import Any

from migration.errors import DaybreakError
from migration.model import Migration, Options
from migration.plan import WITHOUT_LOGIN, plan_for
from migration.steps import Journal
from workers import closure
from workers.closure import SourceRecord, SourceState
from workers.cutover.go_back import Ending
from workers.cutover_without_login.attempt import Attempt
from workers.cutover_without_login.take_over import TakeOver, Target, charge_of, look_at_target
from workers.leases import Tenure
from workers.recovery_words import NothingToRecover, WillNot
from workers.toolbox import Toolbox
from workers.traffic.port import PoolerState


@dataclass(frozen=True)
class Situation:
    """What AWS, the tags and the poolers say."""

    source: str
    record: SourceRecord
    #: The security groups that the source stands behind now.
    groups: tuple[str, ...]
    target: Target
    poolers: tuple[PoolerState, ...]
    #: why something could not be looked at
    unknown: tuple[str, ...]

    @property
    def advice(self) -> str:
        """What `recover` would do, in words."""
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
        return (
            "The source is closed, and nobody decided to promote: --reopen deletes the replica "
            "and opens the source."
        )

    def in_words(self) -> str:
        """For a terminal."""
        seen = self.described()
        target = seen["target"]
        promoted = {True: "stands alone", False: "a replica", None: "unknown"}[target["promoted"]]
        by = f"by {seen['migration']}, without a login"
        lines = [
            f"{self.source}: {seen['state']}, epoch {seen['epoch']}, {by}",
            f"behind {' '.join(seen['groups'])}; before: {' '.join(seen['groups_before'])}",
            f"{target['cluster'] or 'no cluster'}: {promoted}, {target['state'] or 'no tags'}",
            *(
                f"{one['url']}: leads to {one['leads_to']}, {'holds' if one['paused'] else 'flows'}"
                for one in seen["poolers"]
            ),
            *(f"unknown: {words}" for words in self.unknown),
            self.advice,
        ]
        return "\n".join(lines) + "\n"

    def described(self) -> dict[str, Any]:
        """As JSON."""
        cluster, record = self.target.cluster, self.target.record
        return {
            "mode": WITHOUT_LOGIN,
            "source": self.source,
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
            "poolers": [
                {"url": one.url, "paused": one.paused, "leads_to": str(one.endpoint)}
                for one in self.poolers
            ],
            "unknown": list(self.unknown),
            "advice": self.advice,
        }


class RecoveryWithoutLogin:
    """Looks, and acts when asked."""

    def __init__(self, tools: Toolbox, source: str, lease: Tenure, journal: Journal) -> None:
        """For this source instance."""
        self._tools = tools
        self._source = source
        self._lease = lease
        self._journal = journal

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

    def look(self) -> Situation:
        """What is true; changes nothing."""
        record = self._record()
        if record is None:
            raise NothingToRecover
        attempt = self._charge(record)
        instance = attempt.source_now()
        unknown: list[str] = []
        poolers: tuple[PoolerState, ...] = ()
        try:
            poolers = self._tools.traffic.states(self._source)
        except DaybreakError as error:
            unknown.append(f"the poolers: {error}")
        return Situation(
            self._source,
            record,
            tuple(membership.id for membership in instance.security_groups),
            look_at_target(attempt),
            poolers,
            tuple(unknown),
        )

    def open_one(self, *, forward: bool) -> Ending:
        """Have the source take writes, or the target if it is to go `forward`.

        Raises:
            WillNot: the other one may hold writes, or this one was not proven to have them all.
        """
        seen = self.look()
        if not forward and seen.target.takes_writes:
            raise WillNot(
                "Clients may have written to the target: the source is not reopened. Use --finish."
            )
        if forward and not (seen.target.takes_writes or seen.target.promotion_intended):
            raise WillNot(f"The target can't be opened. {seen.advice}")
        attempt = self._charge(seen.record)
        try:
            return TakeOver(attempt).run(forward=forward)
        finally:
            attempt.close()

    def _record(self) -> SourceRecord | None:
        instance = self._tools.rds.instance(self._source)
        if instance is None:
            return None
        return closure.source_record(self._tools.rds.closing.tags(instance.arn))

    def _charge(self, record: SourceRecord) -> Attempt:
        """Enough of a migration to act on: the rest was in the store."""
        options = Options(target=record.target, login=False)
        now = self._tools.clock.now()
        migration = Migration(
            id=record.migration,
            source=self._source,
            requester="",
            channel="",
            options=options,
            plan=plan_for(self._source, options),
            created_at=now,
            updated_at=now,
        )
        return charge_of(migration, self._tools, self._lease, self._journal)
