"""The job that closes the source and marks it: what is copied afterwards is all there is.

It ends with the source closed. From then on nobody holds it: the steps that follow are short, and
between them the reconciler is in charge (`workers/snapshot_method/watch.py`).
"""

import time

from migration.model import Facts, Migration
from workers.cutover.attempt import ACT_SECONDS, Attempt
from workers.cutover.budget import check_lease
from workers.cutover.decision import Decision
from workers.cutover.go_back import Ending, go_back
from workers.cutover.outcome import Outcomes
from workers.cutover.pause import hold
from workers.cutover.put_up_fence import close, look_again
from workers.cutover.to_target import ToTarget
from workers.failpoints import reach
from workers.journal import StoreJournal
from workers.leases import HeldLease
from workers.postgres import fence
from workers.snapshot_method.arm import arm_freeze
from workers.snapshot_method.facts import refused_after
from workers.snapshot_method.outcomes import FreezeOutcomes
from workers.steps.poolers import WAY_BACK_SECONDS
from workers.traffic.port import Endpoint


class FreezeJob(ToTarget[Attempt]):
    """Pause, fence, mark; whatever fails goes back."""

    quiet = True
    way_back_seconds = WAY_BACK_SECONDS
    hold_act = move_act = "hold traffic, close and mark the source"

    def _outcomes_of(self) -> Outcomes:
        return FreezeOutcomes(self._store, self._recorder, self._tools.clock)

    def _arm(self, migration: Migration, lease: HeldLease, journal: StoreJournal) -> Attempt:
        return arm_freeze(migration, self._tools, lease, journal)

    def _intend(self, attempt: Attempt) -> None:
        attempt.journal.intend(self.hold_act, epoch=attempt.epoch, source=attempt.source)

    def _phases(self, attempt: Attempt, decision: Decision) -> None:
        freeze = attempt.migration.freeze
        with attempt.phase("pause"):
            hold(attempt)
            reach("freeze-paused")
        decision.check()
        with attempt.phase("fence"):
            proof = close(attempt, reopen_by=freeze.reopen_by if freeze else time.time())
            reach("freeze-fenced")
        with attempt.phase("mark"):
            source = attempt.databases.source
            # After the last who could have committed: its commit is synchronous, and with it
            # everything before it is on the disk that the snapshot is taken of.
            look_again(source)
            check_lease(attempt.lease, ACT_SECONDS, "marked the end")
            fence.mark(source, attempt.epoch)
            proof.result()
            reach("freeze-marked")
        decision.check()

    def _go_back(self, attempt: Attempt) -> Ending:
        return go_back(attempt)

    def _target(self, attempt: Attempt) -> Endpoint:
        return attempt.doors.source

    def _more_facts(self, attempt: Attempt) -> Facts:
        freeze = attempt.migration.freeze
        return {
            "reopens_at": freeze.reopen_by if freeze else None,
            "refused_after_seconds": refused_after(self._tools, attempt.source),
            "roles_fenced": len(attempt.roles),
            "sessions_ended": list(attempt.ended),
        }
