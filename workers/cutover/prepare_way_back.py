"""Prepare the way back: what clients will write to the target can be carried to the source.

Between check and open: the slot has to be there before the first write of a client, and the target
can be written to by now. It has a budget of its own, and never costs more than the plan says:
either the cut-over goes back, or the target opens without a way back.
"""

import logging
import time
from collections.abc import Callable
from functools import partial
from typing import TypeVar

import psycopg

from migration.errors import DaybreakError
from migration.model import WayBack
from workers.cutover.attempt import ACT_SECONDS, Attempt
from workers.cutover.budget import POLL_SECONDS, Budget, check_lease
from workers.cutover.errors import OverBudget, TargetNotFit
from workers.failpoints import reach
from workers.postgres import way_back, way_back_needs
from workers.postgres.connect import Connection, DatabaseUnreachable
from workers.steps.findings import named

# Measured: 6 to 20 ms. Writers wait meanwhile, so a server that dawdles is not waited for long.
PREPARATION_SECONDS = 5.0

log = logging.getLogger(__name__)

Result = TypeVar("Result")


def prepare_way_back(attempt: Attempt) -> None:
    """Publish and make the slot, where the plan asks for it; a second time finds it done.

    Raises:
        TargetNotFit: it does not work, and without a way back the target may not open.
    """
    wanted = attempt.migration.options.way_back
    if wanted is WayBack.NONE:
        return
    with attempt.phase("way back"):
        try:
            _prepare(attempt)
        except (DaybreakError, psycopg.Error) as error:
            reason = str(error).strip()
            if wanted is WayBack.REQUIRED:
                raise TargetNotFit(f"The way back could not be prepared: {reason}") from error
            log.warning("%s opens without a way back: %s", attempt.migration.target, reason)
            attempt.way_back = {"prepared": False, "reason": reason}
        else:
            attempt.way_back = {"prepared": True}


def _prepare(attempt: Attempt) -> None:
    acts = _Acts(attempt, Budget(min(PREPARATION_SECONDS, attempt.budget.left)))
    acts.do("looked at its tables", _refuse_without_identity)
    acts.do("published its tables", way_back.publish)
    reach("way-back-published")
    # A predecessor may have made one: that is as good, nobody has written since.
    found = acts.do("looked for a slot", way_back.kept)
    if found is None or found.lost or found.ended:
        acts.do("made the slot", partial(way_back.make_slot, epoch=attempt.epoch))
        reach("way-back-slot")
        acts.do("vouched for the slot", partial(way_back.vouch, epoch=attempt.epoch))
    reach("way-back-prepared")


def _refuse_without_identity(target: Connection) -> None:
    """A table may have been made since the gate was looked at; nobody has on the fenced source."""
    found = way_back_needs.tables_without_identity(target)
    if found:
        raise TargetNotFit(f"Tables without a replica identity: {named(found)}.")


class _Acts:
    """Acts on the target that outlast its sessions, within a budget of their own."""

    def __init__(self, attempt: Attempt, budget: Budget) -> None:
        self._attempt = attempt
        self._budget = budget

    def do(self, what: str, act: Callable[[Connection], Result]) -> Result:
        """Do it, on a new connection where the last one was lost."""
        databases = self._attempt.databases
        while True:
            if self._budget.left <= 0:
                raise OverBudget(f"{PREPARATION_SECONDS:g} s were over before Daybreak {what}.")
            check_lease(self._attempt.lease, ACT_SECONDS, what)
            try:
                if databases.target.closed:
                    databases.target = self._attempt.doors.log_in_to_target()
                    databases.target_is_new = True
                return act(databases.target)
            except DatabaseUnreachable:
                time.sleep(POLL_SECONDS)
            except psycopg.OperationalError:
                # Much of what the server refuses is called so, too; only a lost line is tried on.
                if not databases.target.closed:
                    raise
                time.sleep(POLL_SECONDS)
