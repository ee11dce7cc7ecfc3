"""One attempt: what it knows beforehand, and how much time it has."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property

from migration.errors import StoreUnavailable
from workers.cutover.budget import POLL_SECONDS, Budget
from workers.cutover_without_login.closed import Outside


@dataclass(kw_only=True)
class Attempt(Outside):
    """The state of one cut-over while it runs; all of it can be told from AWS again."""

    #: Until the promotion is sent; then a second one, until the target is open.
    budget: Budget
    #: Seconds after which the poolers refuse whoever still waits; None for never.
    patience: float | None = None
    #: Raises Cancelled once somebody was seen to have cancelled; costs nothing.
    still_wanted: Callable[[], None] = lambda: None
    #: Unix seconds, by our clock; the source was seen available again after its reboot.
    rebooted_at: float = 0.0

    @cached_property
    def calls(self) -> ThreadPoolExecutor:
        """For the promotion's calls: nobody waits for their answers, the cluster's state tells."""
        return ThreadPoolExecutor(max_workers=2, thread_name_prefix="promote")

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

    def close(self) -> None:
        """Let go of threads."""
        self.calls.shutdown(wait=False)
        super().close()
