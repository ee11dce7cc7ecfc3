"""Prepare the way back: what clients will write to the target can be carried to the source.

Between check and open: the slot has to be there before the first write of a client, and the target
can be written to by now. It has a budget of its own, and never costs more than the plan says:
either the cut-over goes back, or the target opens without a way back.
"""

import logging
from functools import partial

import psycopg

from migration.errors import DaybreakError
from migration.model import WayBack
from workers.cutover.acts import Acts
from workers.cutover.attempt import Attempt
from workers.cutover.budget import Budget
from workers.cutover.errors import TargetNotFit
from workers.failpoints import reach
from workers.postgres import way_back, way_back_needs
from workers.postgres.connect import Connection
from workers.steps.findings import named

# Measured: 6 to 20 ms. Writers wait meanwhile, so a server that dawdles is not waited for long.
PREPARATION_SECONDS = 5.0

log = logging.getLogger(__name__)


def prepare_way_back(attempt: Attempt, *, needed: bool = True) -> None:
    """Publish and make the slot, where the plan asks for it; a second time finds it done.

    Where it is not `needed` the source is lost: there is nothing to go back to.

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
            if wanted is WayBack.REQUIRED and needed:
                raise TargetNotFit(f"The way back could not be prepared: {reason}") from error
            log.warning("%s opens without a way back: %s", attempt.migration.target, reason)
            attempt.way_back = {"prepared": False, "reason": reason}
        else:
            attempt.way_back = {"prepared": True}


def _prepare(attempt: Attempt) -> None:
    acts = Acts(attempt, Budget(min(PREPARATION_SECONDS, attempt.budget.left)))
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
