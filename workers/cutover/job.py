"""The cut-over: one job that polls in place, from arming to opening, or back.

This file is the one place in the project where a step waits: nothing in the write pause may depend
on a queue, and no time-out of RQ applies to it. Each phase is a file beside this one.
"""

import logging
import time
from collections.abc import Callable

import psycopg

from migration.errors import DaybreakError, StoreUnavailable
from migration.events import PhaseDone
from migration.model import Facts, Migration
from migration.plan import CUT_OVER
from migration.ports import Store
from migration.recorder import Recorder
from migration.steps import Done
from workers.cutover import go_back as way_back
from workers.cutover.arm import arm
from workers.cutover.attempt import Attempt
from workers.cutover.budget import Budget
from workers.cutover.check import check, claim, look_inside
from workers.cutover.drain import drain
from workers.cutover.open_target import lift, redirect, resume
from workers.cutover.pause import hold
from workers.cutover.promote import promote
from workers.cutover.put_up_fence import close, look_again
from workers.journal import StoreJournal
from workers.leases import HeldLease
from workers.steps.poolers import WAY_BACK_SECONDS
from workers.toolbox import Toolbox

log = logging.getLogger(__name__)

# An outcome that Redis could not take at once is told to it for so long.
RECORDING_SECONDS = 600.0
RECORDING_PAUSE_SECONDS = 0.5


class CutOver:
    """Carries one approved migration over, or leaves its source as it was."""

    def __init__(self, tools: Toolbox, store: Store, recorder: Recorder) -> None:
        """A cut-over with these tools."""
        self._tools = tools
        self._store = store
        self._recorder = recorder

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
            self._begun(migration, attempt)
        finally:
            attempt.close()

    def _begun(self, migration: Migration, attempt: Attempt) -> None:
        longest = migration.options.max_write_pause_seconds
        # A job that hangs past all its budgets loses the migration, and people are told.
        attempt.lease.limit(2 * longest + WAY_BACK_SECONDS + RECORDING_SECONDS)
        gives_up_at = self._tools.clock.now() + longest
        begun = self._recorder.begin_cut_over(migration, attempt.epoch, gives_up_at)
        try:
            facts = self._carry_out(attempt)
        except Exception as error:
            log.exception("the cut-over of %s goes back", migration.id)
            self._go_back(begun, attempt, error)
        else:
            self._finish(begun, attempt, facts)

    def _carry_out(self, attempt: Attempt) -> Facts:
        attempt.journal.intend("hold traffic and fence", epoch=attempt.epoch, source=attempt.source)
        attempt.budget = Budget(attempt.migration.options.max_write_pause_seconds)
        attempt.began_at = self._tools.clock.now()
        began = time.perf_counter()
        with attempt.phase("pause"):
            hold(attempt)
        # Written while the servers work; each act waits for its own.
        target = attempt.migration.target
        promoting = attempt.intend_soon("promote, claim, redirect and open", cluster=target)
        with attempt.phase("fence"):
            proof = close(attempt)
        with attempt.phase("drain"):
            drain(attempt)
            proof.result()
            look_again(attempt)
        attempt.note("hold traffic and fence", roles=attempt.roles)
        inside = attempt.background.submit(look_inside, attempt.databases.source)
        with attempt.phase("promote"):
            promote(attempt, promoting)
        with attempt.phase("check"):
            claim(attempt)
            redirecting = attempt.background.submit(redirect, attempt)
            check(attempt, inside.result())
            # The last moment at which going back loses nothing.
            look_again(attempt)
        with attempt.phase("redirect"):
            redirecting.result()
        with attempt.phase("open"):
            lift(attempt)
            resume(attempt)
        attempt.ended_at = self._tools.clock.now()
        attempt.note("promote, claim, redirect and open", cluster=target)
        return self._facts(attempt, (time.perf_counter() - began) * 1000)

    @staticmethod
    def _facts(attempt: Attempt, milliseconds: float) -> Facts:
        endpoint = attempt.databases.target_endpoint
        return {
            "epoch": attempt.epoch,
            "started_at": attempt.began_at,
            "ended_at": attempt.ended_at,
            "orchestrator_ms": round(milliseconds, 2),
            "phases_ms": attempt.phases_ms,
            "checked": attempt.checked,
            "roles_fenced": len(attempt.roles),
            "endpoint": {"host": endpoint.host, "port": endpoint.port},
        }

    def _finish(self, begun: Migration, attempt: Attempt, facts: Facts) -> None:
        self._insist(lambda: self._store.append(begun.id, self._phases(attempt), quiet=True))
        self._insist(lambda: self._recorder.record(begun, Done(facts)))

    def _phases(self, attempt: Attempt) -> list[PhaseDone]:
        now = self._tools.clock.now()
        return [PhaseDone(now, name, spent, {}) for name, spent in attempt.phases_ms.items()]

    @staticmethod
    def _insist(record: Callable[[], object]) -> None:
        """What was done is done: it is recorded as soon as Redis is there again."""
        budget = Budget(RECORDING_SECONDS)
        while True:
            try:
                record()
            except StoreUnavailable:
                if budget.left <= 0:
                    raise
                time.sleep(RECORDING_PAUSE_SECONDS)
            else:
                return

    def _go_back(self, begun: Migration, attempt: Attempt, error: Exception) -> None:
        why = str(error) if isinstance(error, DaybreakError) else f"{type(error).__name__}: {error}"
        try:
            ending = way_back.go_back(attempt)
        except Exception as failure:
            log.exception("the way back of %s failed", begun.id)
            words = (
                f"{why} Going back failed as well ({attempt.progress.name.lower()}): {failure} "
                "Writes may be refused until an engineer opens one side: docs/cut-over.md."
            )
            self._insist(lambda: self._recorder.halt(begun, words))
            return
        if ending is way_back.Ending.OPENED:
            attempt.ended_at = self._tools.clock.now()
            spent = (attempt.ended_at - attempt.began_at) * 1000
            self._finish(begun, attempt, self._facts(attempt, spent))
            return
        self._insist(lambda: self._store.append(begun.id, self._phases(attempt), quiet=True))
        if ending is way_back.Ending.ABANDONED:
            words = (
                f"{why} The source takes writes again and nothing was lost. The target had been "
                "promoted: no client ever wrote to it, and it can't follow the source any more. "
                "Delete its cluster by hand when you have looked at it; cancel this migration, "
                "and start a new one under another cluster name."
            )
            self._insist(lambda: self._recorder.cut_over_abandoned(begun, words))
        else:
            words = f"{why} The source takes writes again; nothing was lost."
            self._insist(lambda: self._recorder.cut_over_aborted(begun, words))
