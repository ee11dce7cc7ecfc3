"""One attempt: what it knows beforehand, and how much time it has."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from migration.errors import StoreUnavailable
from workers.cutover.attempt import Underway
from workers.cutover.budget import POLL_SECONDS
from workers.cutover_without_login.closed import Outside
from workers.steps.without_login.log_cycle import LogCycle


@dataclass(kw_only=True)
class Attempt(Underway, Outside):
    """The state of one cut-over while it runs; all of it can be told from AWS again."""

    #: Seconds after which the poolers refuse whoever still waits; None for never.
    patience: float | None = None
    #: Raises Cancelled once somebody was seen to have cancelled; costs nothing.
    still_wanted: Callable[[], None] = lambda: None
    #: Unix seconds, by AWS's clock: when the source had been restarted for this attempt.
    rebooted_at: float = 0.0

    def intend(self, act: str, **details: object) -> None:
        """Write an intent down; a store that is away is waited for, because going back costs much.

        Raises:
            OverBudget: it was away for too long.
        """
        while True:
            try:
                self.journal.intend(act, **details)
            except StoreUnavailable:
                self.budget.check(f"waited for Redis to note: {act}")
                time.sleep(100 * POLL_SECONDS)
            else:
                return


@dataclass(kw_only=True)
class Armed(Attempt):
    """One that was armed, and not taken over."""

    #: How the source's log has to move for the replica to be proven complete.
    cycle: LogCycle
