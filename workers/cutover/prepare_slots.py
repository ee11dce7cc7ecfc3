"""Make the slots of consumers anew, before the first write of a client: none of it is missed.

Between check and open, as the way back is prepared, and with a budget of its own. A consumer whose
slot is made later has a gap that nobody sees, so without them the target does not open. There is
one exception: where the source is lost nobody can go back to it, and the target is all there is.
"""

import logging
from functools import partial

import psycopg

from migration.errors import DaybreakError
from workers.cutover.acts import Acts
from workers.cutover.attempt import Attempt
from workers.cutover.budget import Budget
from workers.cutover.errors import Superseded, TargetNotFit
from workers.failpoints import reach
from workers.postgres import fence, slots
from workers.postgres.connect import Connection
from workers.postgres.fence import State
from workers.postgres.slots import Moved
from workers.steps.findings import named

# The way back and its slot take 6 to 20 ms; a consumer needs one each. Writers wait meanwhile.
PREPARATION_SECONDS = 5.0

log = logging.getLogger(__name__)


def prepare_slots(attempt: Attempt, *, asked: bool, needed: bool = True) -> None:
    """Make those that were written down, where that was `asked` for; a second time finds them done.

    Raises:
        TargetNotFit: it does not work, and where they are `needed` the target may not open.
    """
    if not asked:
        return
    with attempt.phase("slots"):
        try:
            _prepare(attempt)
        except Superseded:
            raise
        except (DaybreakError, psycopg.Error) as error:
            reason = f"The slots of consumers could not be made: {str(error).strip()}"
            if needed:
                raise TargetNotFit(reason) from error
            log.warning("%s opens all the same: %s", attempt.migration.target, reason)


def _prepare(attempt: Attempt) -> None:
    budget = Budget(min(PREPARATION_SECONDS, attempt.budget.left))
    at_home = Acts(attempt, budget)
    wanted = at_home.do("read which slots there were", slots.noted)
    if not wanted:
        return
    by_database: dict[str, list[Moved]] = {}
    for slot in wanted:
        by_database.setdefault(slot.database, []).append(slot)
    for database, found in by_database.items():
        inside = Acts(attempt, budget, database)
        for slot in found:
            at_home.do("looked whose the target is", partial(_see_ours, epoch=attempt.epoch))
            inside.do(f"made the slot {slot.name}", partial(slots.make, slot=slot))
            reach("slot-made")
        inside.close()
    at_home.do("looked whose the target is", partial(_see_ours, epoch=attempt.epoch))
    made = at_home.do("looked where the slots begin", slots.made)
    missing = {slot.name for slot in wanted} - {str(one["name"]) for one in made}
    if missing:
        raise TargetNotFit(f"They are not there: {named(sorted(missing))}.")
    attempt.slots = made
    reach("slots-made")


def _see_ours(target: Connection, epoch: int) -> None:
    """A slot is in time while the target is claimed by this very attempt, and closed."""
    found = fence.read(target)
    if (found.epoch, found.state) != (epoch, State.CLAIMED):
        raise Superseded
