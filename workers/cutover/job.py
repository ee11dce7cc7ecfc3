"""The cut-over: one job that polls in place, from arming to opening, or back.

This file is the one place in the project where a step waits: nothing in the write pause may depend
on a queue, and no time-out of RQ applies to it. Each phase is a file beside this one.
"""

import logging
import time

import psycopg

from migration.errors import Conflict, DaybreakError, StoreUnavailable
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
from workers.cutover.errors import WayBackFailed
from workers.cutover.open_target import lift, redirect, resume
from workers.cutover.pause import hold
from workers.cutover.promote import promote
from workers.cutover.put_up_fence import close
from workers.journal import StoreJournal
from workers.leases import HeldLease
from workers.toolbox import Toolbox

log = logging.getLogger(__name__)


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
        except Conflict:
            log.info("%s was decided otherwise; nothing was done", migration.id)
        finally:
            attempt.close()

    def _begun(self, migration: Migration, attempt: Attempt) -> None:
        now = self._tools.clock.now()
        gives_up_at = now + migration.options.max_write_pause_seconds
        begun = self._recorder.begin_cut_over(migration, attempt.epoch, gives_up_at)
        try:
            facts = self._carry_out(attempt)
        except Exception as error:
            log.exception("the cut-over of %s goes back", migration.id)
            self._go_back(begun, attempt, error)
        else:
            self._finish(begun, attempt, facts)

    def _carry_out(self, attempt: Attempt) -> Facts:
        attempt.journal.intend(
            "hold traffic and fence",
            epoch=attempt.epoch,
            source=attempt.source,
            roles=attempt.roles,
        )
        attempt.budget = Budget(attempt.migration.options.max_write_pause_seconds)
        attempt.began_at = self._tools.clock.now()
        began = time.perf_counter()
        with attempt.phase("pause"):
            hold(attempt)
        # Written while the servers work; each act waits for its own.
        promoting = attempt.intend_soon("promote", cluster=attempt.migration.target)
        with attempt.phase("fence"):
            proof = close(attempt)
        with attempt.phase("drain"):
            drain(attempt)
            proof.result()
        opening = attempt.intend_soon("claim, redirect and open", cluster=attempt.migration.target)
        inside = attempt.background.submit(look_inside, attempt.databases.source)
        with attempt.phase("promote"):
            promote(attempt, promoting)
        with attempt.phase("check"):
            opening.result()
            claim(attempt)
            redirecting = attempt.background.submit(redirect, attempt)
            check(attempt, inside.result())
        with attempt.phase("redirect"):
            redirecting.result()
        with attempt.phase("open"):
            lift(attempt)
            resume(attempt)
        attempt.ended_at = self._tools.clock.now()
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
        now = self._tools.clock.now()
        phases = [PhaseDone(now, name, spent, {}) for name, spent in attempt.phases_ms.items()]
        self._store.append(begun.id, phases, quiet=True)
        self._recorder.record(begun, Done(facts))

    def _go_back(self, begun: Migration, attempt: Attempt, error: Exception) -> None:
        why = str(error) if isinstance(error, DaybreakError) else f"{type(error).__name__}: {error}"
        try:
            ending = way_back.go_back(attempt)
        except WayBackFailed as failure:
            self._recorder.halt(
                begun,
                f"{why} Going back failed as well: {failure} Writes may be refused until an "
                "engineer opens one side: docs/cut-over.md.",
            )
            return
        if ending is way_back.Ending.OPENED:
            attempt.ended_at = self._tools.clock.now()
            spent = (attempt.ended_at - attempt.began_at) * 1000
            self._finish(begun, attempt, self._facts(attempt, spent))
        elif ending is way_back.Ending.ABANDONED:
            self._recorder.cut_over_abandoned(
                begun,
                f"{why} The source takes writes again and nothing was lost. The target had been "
                "promoted: no client ever wrote to it, and it can't follow the source any more. "
                "Cancel this migration and start a new one.",
            )
        else:
            self._recorder.cut_over_aborted(
                begun, f"{why} The source takes writes again; nothing was lost."
            )
