"""Taking over without a login: AWS and the tags are asked what is true, never only the journal.

The successor first writes its epoch into the tags that every act looks at. Everything here can be
done again: it may die as well, and has a successor of its own.
"""

import logging
from dataclasses import dataclass

from migration.errors import DaybreakError
from migration.model import Migration
from migration.steps import Journal
from workers import closure
from workers.aws.resources import Cluster
from workers.closure import SourceRecord, SourceState, TargetRecord, TargetState
from workers.cutover.attempt import Progress
from workers.cutover.budget import Budget
from workers.cutover.errors import NoTarget, TargetGone, WayBackFailed
from workers.cutover.go_back import Ending
from workers.cutover.take_over import ABOVE
from workers.cutover_without_login.attempt import Attempt
from workers.cutover_without_login.go_back import WayBack, go_back
from workers.cutover_without_login.open_target import check, open_target, redirect, resume
from workers.cutover_without_login.promote import see_promoted, stands_alone
from workers.failpoints import reach
from workers.leases import Tenure
from workers.steps.poolers import WAY_BACK_SECONDS
from workers.steps.without_login import quarantine
from workers.toolbox import Toolbox

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Target:
    """What AWS says of the target; `record` is None when there is no such cluster."""

    cluster: Cluster | None
    record: TargetRecord | None

    @property
    def takes_writes(self) -> bool:
        """Whether clients were let in, or may have been."""
        return self.record is not None and self.record.state is TargetState.OPENED

    @property
    def promotion_intended(self) -> bool:
        """Whether it had everything, by the proof that comes before the intent, and is closed."""
        return self.closed and self.record is not None and self.record.promotion > 0

    @property
    def closed(self) -> bool:
        """By its tags: neither opened nor given up."""
        return self.record is not None and self.record.state is TargetState.CLOSED

    @property
    def given_up(self) -> bool:
        """Whether it can't be used again now that the source takes writes."""
        return self.abandoned or self.record is None or self.record.promotion > 0

    @property
    def abandoned(self) -> bool:
        """By its tags: nobody opens it any more."""
        return self.record is not None and self.record.state is TargetState.ABANDONED

    @property
    def promoted(self) -> bool:
        """By one look."""
        return self.cluster is not None and stands_alone(self.cluster)


class TakeOver:
    """One successor; `attempt.epoch` is raised to its own by `take_charge`."""

    def __init__(self, attempt: Attempt, seconds: float = WAY_BACK_SECONDS) -> None:
        """A successor that gives up for now when the time is over."""
        self._attempt = attempt
        self._way = WayBack(attempt, seconds)
        self._seconds = seconds
        self._tried = False

    def run(self, *, forward: bool = True, decided: bool = False) -> Ending:
        """Have one of the databases take writes again; `forward` prefers a promotion under way.

        One that was `decided` by the store, after the proof, may not stand in the tags yet.

        Raises:
            Superseded: somebody else has taken over from this one.
            WayBackFailed: not yet; it can be run again.
        """
        attempt = self._attempt
        found = self._way.insist("take charge", self.take_charge)
        reach("successor-took-charge")
        target = self._way.insist("look at the target", self.look)
        if target.takes_writes:
            attempt.progress = Progress.LIFTED
            return self._way.forward()
        if found.state is SourceState.OPEN:
            return self._see_to_open_source(target)
        if decided or target.promotion_intended:
            # Whatever follows, nobody deletes it any more.
            attempt.progress = Progress.PROMOTE_SENT
            if forward and target.closed:
                return self._go_forward()
        if decided and target.cluster is None:
            raise WayBackFailed(str(TargetGone(attempt.source, attempt.migration.target)))
        return self._way.to_source()

    def take_charge(self) -> SourceRecord:
        """Raise the epoch in the tags of both; gives the source's as they were."""
        attempt = self._attempt
        found = attempt.source_record()
        if not self._tried:
            attempt.epoch = max(attempt.epoch, found.epoch + ABOVE)
        # Once that was sent, tags of this very epoch are ours: an answer can be lost. Newer ones
        # are somebody else's, who has taken over from this one.
        self._tried = True
        attempt.raise_epoch(attempt.epoch)
        attempt.groups = found.groups
        return found

    def look(self) -> Target:
        """What AWS says of the target now."""
        return look_at_target(self._attempt)

    def _see_to_open_source(self, target: Target) -> Ending:
        """It was never closed, or was reopened: the applications go on with it."""
        self._way.insist("reopen the source", self._way.reopen_source)
        self._way.lead_to_source()
        if target.cluster is None:
            return Ending.REMOVED
        return Ending.ABANDONED if target.given_up else Ending.REOPENED

    def _go_forward(self) -> Ending:
        """The replica has everything and nobody writes to the source."""
        attempt = self._attempt
        try:
            attempt.intend_promotion()
            see_promoted(attempt, Budget(attempt.migration.options.max_write_pause_seconds))
            check(attempt)
            redirect(attempt)
            open_target(attempt)
            resume(attempt)
        except DaybreakError:
            log.exception("%s goes back", attempt.migration.id)
            return go_back(attempt, self._seconds)
        return Ending.OPENED


def look_at_target(attempt: Attempt) -> Target:
    """Changes nothing."""
    try:
        cluster = attempt.target_now()
        return Target(cluster, attempt.target_record())
    except NoTarget:
        return Target(None, None)


def charge_of(migration: Migration, tools: Toolbox, lease: Tenure, journal: Journal) -> Attempt:
    """A successor's charge, out of what AWS says of the source.

    Raises:
        WayBackFailed: AWS knows no such source, or its tags say nothing.
    """
    source = tools.rds.instance(migration.source)
    if source is None:
        raise WayBackFailed(f"AWS knows no instance `{migration.source}`.")
    record = closure.source_record(tools.rds.closing.tags(source.arn))
    if record is None:
        raise WayBackFailed(f"The tags of `{source.id}` say nothing of a cut-over.")
    return Attempt(
        migration=migration,
        epoch=migration.epoch,
        tools=tools,
        lease=lease,
        journal=journal,
        groups=record.groups,
        quarantine=quarantine.find(tools, source).id,
        budget=Budget(migration.options.max_write_pause_seconds),
    )
