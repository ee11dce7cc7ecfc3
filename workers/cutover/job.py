"""The cut-over: one job that polls in place, from arming to opening, or back.

This file is the one place in the project where a step waits: nothing in the write pause may depend
on a queue, and no time-out of RQ applies to it. Each phase is a file beside this one.
"""

import logging
import time

import psycopg

from migration.errors import DaybreakError, StoreUnavailable
from migration.model import Facts, Migration
from migration.plan import CUT_OVER
from migration.ports import Store
from migration.recorder import Recorder
from workers.cutover.arm import arm
from workers.cutover.attempt import Attempt
from workers.cutover.budget import Budget
from workers.cutover.check import check, claim, look_inside
from workers.cutover.decision import Decision
from workers.cutover.drain import drain
from workers.cutover.errors import Stragglers, Superseded
from workers.cutover.go_back import Ending, go_back
from workers.cutover.open_target import lift, redirect, resume
from workers.cutover.outcome import RECORDING_SECONDS, Outcomes, Telling
from workers.cutover.pause import hold
from workers.cutover.promote import ask_for_promotion, see_promoted
from workers.cutover.put_up_fence import close, look_again
from workers.failpoints import reach
from workers.journal import StoreJournal
from workers.leases import HeldLease
from workers.steps.poolers import WAY_BACK_SECONDS
from workers.toolbox import Toolbox

log = logging.getLogger(__name__)

HOLD, PROMOTE = "hold traffic and fence", "promote, claim, redirect and open"


class CutOver:
    """Carries one approved migration over, or leaves its source as it was."""

    def __init__(self, tools: Toolbox, store: Store, recorder: Recorder) -> None:
        """A cut-over with these tools."""
        self._tools = tools
        self._store = store
        self._recorder = recorder
        self._outcomes = Outcomes(store, recorder, tools.clock)

    def run(self, migration: Migration, lease: HeldLease) -> None:
        """Arm, begin, carry out, record; whatever fails goes back first."""
        journal = StoreJournal(self._store, self._tools.clock, migration.id, CUT_OVER, quiet=True)
        try:
            attempt = arm(migration, self._tools, lease, journal)
        except StoreUnavailable:
            raise
        except (DaybreakError, psycopg.Error) as error:
            self._recorder.cut_over_aborted(migration, f"The cut-over did not begin. {error}")
            return
        try:
            reach("armed")
            self._begun(migration, attempt, lease)
        finally:
            attempt.close()

    def _begun(self, migration: Migration, attempt: Attempt, lease: HeldLease) -> None:
        longest = migration.options.max_write_pause_seconds
        # A job that hangs past all its budgets loses the migration, and a successor takes over.
        lease.limit(2 * longest + WAY_BACK_SECONDS + RECORDING_SECONDS)
        gives_up_at = self._tools.clock.now() + longest
        begun = self._recorder.begin_cut_over(migration, attempt.epoch, gives_up_at)
        try:
            with Decision(self._store, self._recorder, begun, PROMOTE) as decision:
                facts = self._carry_out(attempt, decision)
        except Exception as error:
            log.exception("the cut-over of %s goes back", migration.id)
            self._go_back(begun, attempt, error)
        else:
            self._outcomes.phases(attempt)
            self._outcomes.opened(begun, facts)

    def _carry_out(self, attempt: Attempt, decision: Decision) -> Facts:
        reach("begun")
        attempt.journal.intend(HOLD, epoch=attempt.epoch, source=attempt.source)
        attempt.budget = Budget(attempt.migration.options.max_write_pause_seconds)
        attempt.began_at = self._tools.clock.now()
        began = time.perf_counter()
        with attempt.phase("pause"):
            hold(attempt)
            reach("paused")
        decision.check()
        with attempt.phase("fence"):
            proof = close(attempt)
            reach("fenced")
        with attempt.phase("drain"):
            deciding = drain(attempt, decision)
            proof.result()
            look_again(attempt)
            reach("drained")
        with attempt.phase("promote"):
            asked = ask_for_promotion(attempt, deciding)
            # While AWS and the target are at work: before that, it would only hold them up.
            attempt.note(HOLD, roles=attempt.roles)
            inside = attempt.background.submit(look_inside, attempt.databases.source)
            see_promoted(attempt, asked)
            reach("promoted")
        with attempt.phase("check"):
            claim(attempt)
            reach("claimed")
            redirecting = attempt.background.submit(redirect, attempt)
            source = inside.result()
            # Beside the check of the target; nothing is lifted before both are through.
            looking = attempt.background.submit(look_again, attempt)
            check(attempt, source)
            looking.result()
            reach("checked")
        with attempt.phase("redirect"):
            redirecting.result()
            reach("redirected")
        with attempt.phase("open"):
            lift(attempt)
            reach("lifted")
            resume(attempt)
            reach("resumed")
        attempt.ended_at = self._tools.clock.now()
        attempt.note(PROMOTE, cluster=attempt.migration.target)
        return self._facts(attempt, (time.perf_counter() - began) * 1000)

    @staticmethod
    def _facts(attempt: Attempt, milliseconds: float) -> Facts:
        endpoint = attempt.doors.to_target
        return {
            "epoch": attempt.epoch,
            "started_at": attempt.began_at,
            "ended_at": attempt.ended_at,
            "orchestrator_ms": round(milliseconds, 2),
            "probe": attempt.prober.facts((attempt.began_at, attempt.ended_at)),
            "phases_ms": attempt.phases_ms,
            "checked": attempt.checked,
            "roles_fenced": len(attempt.roles),
            "sessions_ended": list(attempt.ended),
            "endpoint": {"host": endpoint.host, "port": endpoint.port},
        }

    def _go_back(self, begun: Migration, attempt: Attempt, error: Exception) -> None:
        why = str(error) if isinstance(error, DaybreakError) else f"{type(error).__name__}: {error}"
        if attempt.ended and not isinstance(error, Stragglers):
            why += f" Sessions that the fence ended: {'; '.join(attempt.ended)}."
        attempt.tell = telling = Telling(self._outcomes, begun)
        try:
            ending = go_back(attempt)
        except Superseded:
            log.warning("%s: a successor is in charge; this attempt ends", begun.id)
            return
        except Exception as failure:
            log.exception("the way back of %s failed", begun.id)
            self._outcomes.stuck(telling.latest, f"{why} Going back failed as well: {failure}")
            return
        self._outcomes.phases(attempt)
        if ending is Ending.OPENED:
            attempt.ended_at = self._tools.clock.now()
            spent = (attempt.ended_at - attempt.began_at) * 1000
            self._outcomes.opened(telling.latest, self._facts(attempt, spent))
        else:
            self._outcomes.went_back(telling.latest, ending, why, self._paused_for(attempt))

    def _paused_for(self, attempt: Attempt) -> float:
        """Seconds from the pause to now, when the traffic has been let go."""
        return self._tools.clock.now() - attempt.began_at if attempt.began_at else 0.0
