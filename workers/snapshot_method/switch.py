"""The job that leads the applications over to the copy, once that is there and found equal."""

import logging

from migration.errors import DaybreakError, Transient
from migration.model import Facts, Migration
from workers.cutover.attempt import Attempt, Progress
from workers.cutover.check import check, claim, look_inside
from workers.cutover.decision import Decision
from workers.cutover.go_back import Ending, go_back
from workers.cutover.on_source import on_source
from workers.cutover.on_target import on_target
from workers.cutover.open_target import lift, redirect, resume
from workers.cutover.outcome import Outcomes
from workers.cutover.pause import hold
from workers.cutover.prepare_way_back import prepare_way_back
from workers.cutover.put_up_fence import look_again
from workers.cutover.to_target import ToTarget
from workers.failpoints import reach
from workers.journal import StoreJournal
from workers.leases import HeldLease
from workers.postgres import fence
from workers.postgres.connect import Connection
from workers.snapshot_method import same_fence
from workers.snapshot_method.arm import arm_switch
from workers.snapshot_method.facts import outage_facts, refused, refused_late
from workers.snapshot_method.outcomes import SnapshotOutcomes
from workers.steps.poolers import WAY_BACK_SECONDS
from workers.traffic.port import Endpoint

log = logging.getLogger(__name__)


class SwitchJob(ToTarget[Attempt]):
    """Decide, claim, check, redirect, open."""

    quiet = True
    way_back_seconds = WAY_BACK_SECONDS
    hold_act = "hold traffic for the switch"
    move_act = "claim, redirect and open the copy"

    def _outcomes_of(self) -> Outcomes:
        return SnapshotOutcomes(self._store, self._recorder, self._tools.clock)

    def _arm(self, migration: Migration, lease: HeldLease, journal: StoreJournal) -> Attempt:
        return arm_switch(migration, self._tools, lease, journal)

    def _not_begun(self, migration: Migration, error: Exception) -> None:
        """The source is closed all the same: it is tried again, or the source reopens."""
        known = error if isinstance(error, DaybreakError) else Transient(str(error).strip())
        self._recorder.failed(migration, known)

    def _intend(self, attempt: Attempt) -> None:
        attempt.journal.intend(self.hold_act, epoch=attempt.epoch, source=attempt.source)

    def _phases(self, attempt: Attempt, decision: Decision) -> None:
        with attempt.phase("pause"):
            _hold(attempt)
            reach("switch-paused")
        decision.check()
        with attempt.phase("claim"):
            # From here on the copy may be opened, by this process or by its successor.
            decision.promote()
            attempt.progress = Progress.PROMOTE_SENT
            reach("switch-decided")
            on_source(attempt, lambda source: _see_source(attempt, source))
            on_target(attempt, "looked at the copy", lambda copy: _see_copy(attempt, copy))
            claim(attempt)
            reach("switch-claimed")
        with attempt.phase("check"):
            check(attempt, on_source(attempt, look_inside))
            on_source(attempt, look_again)
            reach("switch-checked")
        prepare_way_back(attempt)
        with attempt.phase("redirect"):
            redirect(attempt)
            reach("switch-redirected")
        with attempt.phase("open"):
            lift(attempt)
            reach("switch-lifted")
            resume(attempt)
            reach("switch-resumed")

    def _go_back(self, attempt: Attempt) -> Ending:
        return go_back(attempt)

    def _target(self, attempt: Attempt) -> Endpoint:
        return attempt.doors.to_target

    def _more_facts(self, attempt: Attempt) -> Facts:
        found = outage_facts(attempt.migration)
        late = 0.0
        if refused(found, attempt.ended_at):
            late = refused_late(self._tools, attempt.source)
        return {**found, "outage_ended_at": attempt.ended_at + late, "way_back": attempt.way_back}


def _hold(attempt: Attempt) -> None:
    """Most are refused by now; who comes while the copy is opened waits instead, if that works."""
    try:
        hold(attempt)
    except Transient as error:
        log.warning("%s: clients are not held for the switch: %s", attempt.migration.id, error)


def _see_source(attempt: Attempt, source: Connection) -> None:
    same_fence.check_source(fence.read(source), attempt.migration)


def _see_copy(attempt: Attempt, copy: Connection) -> None:
    same_fence.see_copy(attempt.migration, copy)
