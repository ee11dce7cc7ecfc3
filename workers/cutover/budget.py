"""Time that is left, by the monotonic clock: for the whole, and for one act under the lease."""

import time

from workers.cutover.errors import LeaseTooShort, OverBudget
from workers.leases import Tenure

# Anything a phase polls, it polls this often: a look costs a round trip, and writers wait.
POLL_SECONDS = 0.001
# Where minutes may pass, a busy loop would only take time from the servers.
LATER_POLL_SECONDS = 0.05


class Budget:
    """A deadline that every phase draws from."""

    def __init__(self, seconds: float) -> None:
        """A budget that begins now."""
        self._until = time.monotonic() + seconds

    @property
    def left(self) -> float:
        """Seconds left; negative when it is over."""
        return self._until - time.monotonic()

    def check(self, what: str) -> None:
        """Raises OverBudget when nothing is left."""
        if self.left <= 0:
            raise OverBudget(f"The time for the cut-over was over while Daybreak {what}.")


def check_lease(lease: Tenure, seconds: float, act: str) -> None:
    """An act begins only while the lease outlasts the longest it may take.

    Raises:
        LeaseTooShort: it does not.
    """
    if lease.left() < seconds:
        raise LeaseTooShort(
            f"Only {lease.left():.1f} s of the lease were left before Daybreak {act}; "
            f"it may take {seconds:.1f} s."
        )
