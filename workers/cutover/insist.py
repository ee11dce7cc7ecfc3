"""Acts that have to work: each is done again until it does, or the time is over."""

import logging
import time
from collections.abc import Callable
from typing import TypeVar

import psycopg

from migration.errors import DaybreakError
from workers.cutover.attempt import InCharge
from workers.cutover.budget import LATER_POLL_SECONDS, Budget
from workers.cutover.errors import Superseded, WayBackFailed
from workers.traffic.errors import OlderEpoch

log = logging.getLogger(__name__)

# A restart of an agent or a server is over by then, and nobody needs to read of it.
TROUBLE_SECONDS = 5.0

Result = TypeVar("Result")


class Insistence:
    """Acts that can each be done again."""

    def __init__(
        self, charge: InCharge, budget: Budget, pause_seconds: float = LATER_POLL_SECONDS
    ) -> None:
        """Insists no longer than the budget, with that pause between two tries."""
        self._in_charge = charge
        self._budget = budget
        self._pause = pause_seconds

    def insist(self, what: str, act: Callable[[], Result]) -> Result:
        """Do it until it works or the time is over; raises Superseded or WayBackFailed.

        What does not work soon is told once to whoever waits, and tried on.
        """
        quiet = Budget(TROUBLE_SECONDS)
        told = False
        while True:
            try:
                result = act()
            except OlderEpoch as error:
                raise Superseded from error
            except Superseded:
                raise
            except (DaybreakError, psycopg.Error) as error:
                if self._budget.left <= 0:
                    raise WayBackFailed(f"Daybreak could not {what}: {error}") from error
                log.warning("could not %s: %s; once more", what, error)
                if quiet.left <= 0 and not told:
                    told = True
                    self._in_charge.tell(f"Daybreak can't {what} yet: {error}")
                time.sleep(self._pause)
            else:
                self._in_charge.note(what)
                return result
