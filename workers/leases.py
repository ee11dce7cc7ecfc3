"""Keeps a lease alive while its holder works, and says when it was lost."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from migration.ports import Lease


class Tenure(Protocol):
    """For how long an act may still begin."""

    def left(self) -> float:
        """Seconds, by the monotonic clock."""


class HeldLease:
    """A lease that a thread of ours renews three times in its life."""

    def __init__(self, lease: Lease, seconds: float, asked: float) -> None:
        """A lease that was asked for at that time (monotonic clock): it runs from there on."""
        self._lease = lease
        self._seconds = seconds
        self._taken = asked
        self._limit = float("inf")
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._renew, name="lease", daemon=True)

    def _renew(self) -> None:
        while not self._ended.wait(self._seconds / 3) and time.monotonic() < self._limit:
            # The time is taken before the call: an answer that comes late counts from its sending.
            asked = time.monotonic()
            if self._lease.renew():
                self._taken = asked

    def limit(self, seconds: float) -> None:
        """Renew it no longer than this: a holder that hangs must not be in charge for ever."""
        self._limit = time.monotonic() + seconds

    def left(self) -> float:
        """Seconds for which the lease is surely still ours, by the monotonic clock."""
        return self._taken + self._seconds - time.monotonic()

    def start(self) -> None:
        """Begin to renew it."""
        self._thread.start()

    def end(self) -> None:
        """Give it back."""
        self._ended.set()
        self._thread.join()
        self._lease.release()


@contextmanager
def held(lease: Lease, seconds: float, asked: float) -> Iterator[HeldLease]:
    """The lease, renewed until the block ends; see `HeldLease`."""
    holder = HeldLease(lease, seconds, asked)
    holder.start()
    try:
        yield holder
    finally:
        holder.end()
