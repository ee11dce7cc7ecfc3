"""Acts on the promoted target outlast its sessions: a promotion may end them, and restart it."""

import time
from collections.abc import Callable
from typing import TypeVar

import psycopg

from workers.cutover.attempt import Attempt
from workers.cutover.budget import POLL_SECONDS
from workers.postgres.connect import Connection, DatabaseUnreachable

Result = TypeVar("Result")


def on_target(attempt: Attempt, what: str, act: Callable[[Connection], Result]) -> Result:
    """Do it on a connection that lasts; an act may be done again after its answer was lost.

    Going back from a promoted target costs its replica, so a lost session is no reason for it.

    Raises:
        OverBudget: the time is over.
    """
    databases = attempt.databases
    while True:
        try:
            if databases.target.closed:
                databases.target = attempt.doors.log_in_to_target()
                databases.target_is_new = True
            return act(databases.target)
        except (psycopg.OperationalError, DatabaseUnreachable):
            databases.target.close()
            attempt.budget.check(what)
            time.sleep(POLL_SECONDS)
