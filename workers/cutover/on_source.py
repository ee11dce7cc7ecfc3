"""Looks at the source after the promotion: worth some patience, and not the target.

Everything that the target must have was proven before. A source that is gone by then is looked at
no more: giving the target up would leave nobody with a complete database.
"""

import time
from collections.abc import Callable
from typing import TypeVar

import psycopg

from workers.cutover.attempt import Attempt
from workers.cutover.budget import LATER_POLL_SECONDS, Budget
from workers.postgres.connect import Connection, DatabaseUnreachable

Result = TypeVar("Result")

# A session that was ended is replaced at once; a server that restarts takes longer than writers
# should wait for a second look.
SOURCE_SECONDS = 5.0
NO_ANSWER = "did not answer any more"


def on_source(attempt: Attempt, act: Callable[[Connection], Result]) -> Result | None:
    """What it finds; None when the source has not answered for a while, and from then on."""
    databases, patience = attempt.databases, Budget(SOURCE_SECONDS)
    while "source" not in attempt.checked:
        try:
            if databases.source_is_lost:
                databases.source = attempt.doors.log_in_to_source()
            return act(databases.source)
        except (psycopg.OperationalError, DatabaseUnreachable):
            databases.lose_source()
            if min(patience.left, attempt.budget.left) <= 0:
                attempt.checked["source"] = NO_ANSWER
            else:
                time.sleep(LATER_POLL_SECONDS)
    return None
