"""The cut-over without a login: one job that polls in place, from arming to opening, or back."""

import logging
import time

from migration.errors import DaybreakError, StoreUnavailable
from migration.model import Facts, Migration
from migration.plan import CUT_OVER, WITHOUT_LOGIN
from migration.ports import Store
from migration.recorder import Recorder
from workers.cutover.budget import Budget
from workers.cutover.decision import Decision
from workers.cutover.errors import Superseded
from workers.cutover.go_back import Ending
from workers.cutover.outcome import RECORDING_SECONDS, Outcomes, Telling
from workers.cutover.pause import hold
from workers.cutover_without_login.arm import arm
from workers.cutover_without_login.attempt import Attempt
from workers.cutover_without_login.catch_up import catch_up
from workers.cutover_without_login.close import close, reboot
from workers.cutover_without_login.go_back import LONGEST_WAY_BACK_SECONDS, go_back
from workers.cutover_without_login.open_target import check, open_target, redirect, resume
from workers.cutover_without_login.promote import promote
from workers.failpoints import reach
from workers.journal import StoreJournal
from workers.leases import HeldLease
from workers.steps.without_login import NOT_LOOKED_AT
from workers.steps.without_login.log_cycle import LogCycle
from workers.toolbox import Toolbox

log = logging.getLogger(__name__)

# What the journal calls the acts before the promotion is decided, and those after it.
HOLD = "hold traffic, close and reboot"
PROMOTE = "promote, redirect and open"
NO_PROBE = "Daybreak has no login, and so no probing clients"


class CutOverWithoutLogin:
    """Carries one approved migration over, or leaves its source as it was."""

    def __init__(self, tools: Toolbox, store: Store, recorder: Recorder) -> None:
        """A cut-over with these tools."""
        self._tools = tools
        self._store = store
        self._recorder = recorder
        self._outcomes = Outcomes(store, recorder, tools.clock)

    def run(self, migration: Migration, lease: HeldLease) -> None:
        """Arm, begin, carry out, record; whatever fails goes back first."""
        journal = StoreJournal(self._store, self._tools.clock, migration.id, CUT_OVER)
        try:
            attempt, cycle = arm(migration, self._tools, lease, journal)
        except StoreUnavailable:
            raise
        except DaybreakError as error:
            self._recorder.cut_over_aborted(migration, f"The cut-over did not begin. {error}")
            return
        try:
            reach("armed")
            self._begun(migration, attempt, cycle, lease)
        finally:
            attempt.close()

    def _begun(
        self, migration: Migration, attempt: Attempt, cycle: LogCycle, lease: HeldLease
    ) -> None:
        longest = migration.options.max_write_pause_seconds
        # A job that hangs past all its budgets loses the migration, and a successor takes over.
        lease.limit(2 * longest + LONGEST_WAY_BACK_SECONDS + RECORDING_SECONDS)
        gives_up_at = self._tools.clock.now() + longest
        begun = self._recorder.begin_cut_over(migration, attempt.epoch, gives_up_at)
        try:
            with Decision(self._store, self._recorder, begun, PROMOTE) as decision:
                facts = self._carry_out(attempt, cycle, decision)
        except Exception as error:
            log.exception("the cut-over of %s goes back", migration.id)
            self._go_back(begun, attempt, error)
        else:
            self._outcomes.phases(attempt)
            self._outcomes.opened(begun, facts)

    def _carry_out(self, attempt: Attempt, cycle: LogCycle, decision: Decision) -> Facts:
        attempt.still_wanted = decision.check
        reach("begun")
        attempt.intend(HOLD, source=attempt.source)
        attempt.budget = Budget(attempt.migration.options.max_write_pause_seconds)
        attempt.began_at = self._tools.clock.now()
        began = time.perf_counter()
        with attempt.phase("pause"):
            hold(attempt)
            reach("paused")
        with attempt.phase("close"):
            close(attempt)
        with attempt.phase("reboot"):
            reboot(attempt)
        attempt.note(HOLD, groups=list(attempt.groups))
        with attempt.phase("catch_up"):
            catch_up(attempt, cycle)
        with attempt.phase("promote"):
            promote(attempt, decision)
        with attempt.phase("check"):
            check(attempt)
        with attempt.phase("redirect"):
            redirect(attempt)
        with attempt.phase("open"):
            open_target(attempt)
            resume(attempt)
        attempt.ended_at = self._tools.clock.now()
        attempt.note(PROMOTE, cluster=attempt.migration.target)
        return facts_of(attempt, (time.perf_counter() - began) * 1000)

    def _go_back(self, begun: Migration, attempt: Attempt, error: Exception) -> None:
        why = str(error) if isinstance(error, DaybreakError) else f"{type(error).__name__}: {error}"
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
            self._outcomes.opened(telling.latest, facts_of(attempt, spent))
        else:
            spent = self._tools.clock.now() - (attempt.began_at or self._tools.clock.now())
            self._outcomes.went_back(telling.latest, ending, why, spent)


def facts_of(attempt: Attempt, milliseconds: float) -> Facts:
    """What the report says of it."""
    endpoint = attempt.target_endpoint()
    return {
        "mode": WITHOUT_LOGIN,
        "epoch": attempt.epoch,
        "started_at": attempt.began_at,
        "ended_at": attempt.ended_at,
        "orchestrator_ms": round(milliseconds, 2),
        "probe": {"not_measured": NO_PROBE},
        "phases_ms": attempt.phases_ms,
        "checked": attempt.checked,
        "not_looked_at": list(NOT_LOOKED_AT),
        "refused_after_seconds": attempt.patience,
        "endpoint": {"host": endpoint.host, "port": endpoint.port},
    }
