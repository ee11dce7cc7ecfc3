"""What probing clients waited for: the write pause out of single writes."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise


@dataclass(frozen=True, slots=True)
class Write:
    """One write of one client; all times in seconds."""

    #: Whether the client was told that it is committed.
    acknowledged: bool
    #: When it was sent and when its end was known, by the clock that windows are told by.
    sent: float
    ended: float
    #: How long that took, by the monotonic clock.
    waited: float


@dataclass(frozen=True)
class Waits:
    """In milliseconds; None where the writes have nothing to tell."""

    #: The longest that a single client waited for one commit overlapping the window.
    longest_wait: float | None
    #: The longest time between two acknowledgements over all clients, overlapping the window.
    gap: float | None


def measure(writes: Iterable[Write], window: tuple[float, float]) -> Waits:
    """The pause in a window of begin and end, in seconds.

    A write that ended in an error was waited for as well. The gap needs an acknowledgement on
    both sides.
    """
    begin, end = window
    written = sorted(writes, key=lambda write: write.ended)
    waits = [write.waited for write in written if write.sent <= end and write.ended >= begin]
    acknowledged = [write.ended for write in written if write.acknowledged]
    gaps = [
        later - earlier
        for earlier, later in pairwise(acknowledged)
        if earlier <= end and later >= begin
    ]
    return Waits(_milliseconds(waits), _milliseconds(gaps))


def _milliseconds(seconds: list[float]) -> float | None:
    return round(max(seconds) * 1000, 1) if seconds else None
