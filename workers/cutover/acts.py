"""Acts on the claimed target that outlast its sessions, within a budget of their own."""

import time
from collections.abc import Callable
from typing import TypeVar

import psycopg

from workers.cutover.attempt import ACT_SECONDS, Attempt
from workers.cutover.budget import POLL_SECONDS, Budget, check_lease
from workers.cutover.errors import OverBudget
from workers.postgres.connect import Connection, DatabaseUnreachable

Result = TypeVar("Result")


class Acts:
    """Acts in one database of the target, on a new connection where the last one was lost."""

    def __init__(self, attempt: Attempt, budget: Budget, database: str = "") -> None:
        """In Daybreak's own database where none is named."""
        self._attempt = attempt
        self._budget = budget
        self._database = database
        self._connection: Connection | None = None

    def do(self, what: str, act: Callable[[Connection], Result]) -> Result:
        """Do it; `what` is said where there is no time left for it, in the past tense."""
        while True:
            if self._budget.left <= 0:
                raise OverBudget(f"The time for it was over before Daybreak {what}.")
            check_lease(self._attempt.lease, ACT_SECONDS, what)
            try:
                return act(self._open())
            except DatabaseUnreachable:
                time.sleep(POLL_SECONDS)
            except psycopg.OperationalError:
                # Much of what the server refuses is called so, too; only a lost line is tried on.
                if self._connection is None or not self._connection.closed:
                    raise
                time.sleep(POLL_SECONDS)

    def _open(self) -> Connection:
        attempt = self._attempt
        if not self._database:
            databases = attempt.databases
            if databases.target.closed:
                databases.target = attempt.doors.log_in_to_target()
                databases.target_is_new = True
            self._connection = databases.target
        elif self._connection is None or self._connection.closed:
            self._connection = attempt.doors.log_in_to_target(self._database)
        return self._connection

    def close(self) -> None:
        """Let go of a connection of its own."""
        if self._database and self._connection is not None:
            self._connection.close()
