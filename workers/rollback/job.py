"""The roll back, from arming to opening, or called off: a switchover in reverse.

pause, fence the target, marker through the way back, sequences, the target yields, redirect, open
the source. All that could be in its way is seen before the target yields, for until then it is
undone by one update on the target.
"""

from migration.model import Facts, Migration
from workers.cutover.attempt import Attempt
from workers.cutover.errors import Stragglers
from workers.cutover.go_back import Ending
from workers.cutover.open_target import redirect, resume
from workers.cutover.outcome import Outcomes
from workers.cutover.pause import hold
from workers.cutover.put_up_fence import close, look_again
from workers.cutover.switchover import Switchover
from workers.failpoints import reach
from workers.journal import StoreJournal
from workers.leases import HeldLease
from workers.postgres.fence import State
from workers.rollback.arm import arm
from workers.rollback.call_off import call_off
from workers.rollback.drain import compare, see_everything_arrived, send_marker, set_sequences
from workers.rollback.open_source import have_target_yield, lift
from workers.rollback.outcome import RollBackOutcomes
from workers.steps.poolers import WAY_BACK_SECONDS
from workers.traffic.port import Endpoint


class RollBack(Switchover[Attempt]):
    """By the rows in both databases, and a marker through the way back."""

    quiet = True
    way_back_seconds = WAY_BACK_SECONDS
    hold_act = "hold traffic and fence the target"
    move_act = "give the target up, redirect and open the source"

    def _arm(self, migration: Migration, lease: HeldLease, journal: StoreJournal) -> Attempt:
        return arm(migration, self._tools, lease, journal)

    def _outcomes_of(self) -> Outcomes:
        return RollBackOutcomes(self._store, self._recorder, self._tools.clock)

    def _intend(self, attempt: Attempt) -> None:
        attempt.journal.intend(self.hold_act, epoch=attempt.epoch, cluster=attempt.migration.target)

    def _move(self, attempt: Attempt, begun: Migration) -> None:  # noqa: ARG002  # see the base
        with attempt.phase("pause"):
            hold(attempt)
            reach("paused")
        with attempt.phase("fence"):
            proof = close(attempt, State.OPENED, State.RETURNING)
            reach("fenced")
        with attempt.phase("drain"):
            intending = attempt.background.submit(
                attempt.journal.intend, self.move_act, epoch=attempt.epoch
            )
            send_marker(attempt)
            look_again(attempt.databases.source)
            see_everything_arrived(attempt)
            reach("drained")
        with attempt.phase("check"):
            compare(attempt)
            proof.result()
        with attempt.phase("sequences"):
            set_sequences(attempt)
            reach("sequences-set")
        with attempt.phase("yield"):
            # Whoever was let in just before the fence, and has started only now, is seen here.
            look_again(attempt.databases.source)
            see_everything_arrived(attempt)
            intending.result()
            have_target_yield(attempt)
        with attempt.phase("redirect"):
            looking = attempt.background.submit(look_again, attempt.databases.source)
            redirect(attempt)
            # The last look: as long as the source is closed calling it off loses nothing.
            looking.result()
            reach("redirected")
        with attempt.phase("open"):
            lift(attempt)
            reach("lifted")
            resume(attempt)
            reach("resumed")
        attempt.note(self.hold_act, roles=attempt.roles)

    def _go_back(self, attempt: Attempt) -> Ending:
        return call_off(attempt)

    def _why(self, attempt: Attempt, error: Exception) -> str:
        why = super()._why(attempt, error)
        if attempt.ended and not isinstance(error, Stragglers):
            why += f" Sessions that the fence ended: {'; '.join(attempt.ended)}."
        return why

    def _target(self, attempt: Attempt) -> Endpoint:
        return attempt.doors.to_target

    def _more_facts(self, attempt: Attempt) -> Facts:
        return {
            "probe": attempt.prober.facts((attempt.began_at, attempt.ended_at)),
            "roles_fenced": len(attempt.roles),
            "sessions_ended": list(attempt.ended),
        }
