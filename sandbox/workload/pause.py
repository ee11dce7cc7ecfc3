"""Measures the write pause as the clients saw it."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from sandbox.workload.records import Outcome, Record


@dataclass(frozen=True)
class Pause:
    """The two figures in milliseconds; None where the records have nothing to tell."""

    #: the longest that a single client waited for one commit overlapping the window
    longest_wait: float | None
    #: the longest time between two acknowledgements over all clients, overlapping the window
    gap: float | None


def pause(records: Iterable[Record], window: tuple[float, float]) -> Pause:
    """Measure the pause in the window of a cut-over.

    Args:
        records: of all clients, in any order.
        window: the cut-over's begin and end by time.time(), of this machine.

    A client whose transaction ended in an error has waited too, and counts. The gap needs an
    acknowledgement on both sides of it.
    """
    begin, end = window
    waits: list[float] = []
    acknowledged: list[tuple[float, float]] = []
    for record in records:
        if record.sent <= end and record.ended >= begin:
            waits.append(record.waited)
        if record.outcome is Outcome.ACKNOWLEDGED:
            acknowledged.append((record.ended_monotonic, record.ended))
    acknowledged.sort()
    gaps = [
        later - earlier
        for (earlier, earlier_wall), (later, later_wall) in pairwise(acknowledged)
        if earlier_wall <= end and later_wall >= begin
    ]
    return Pause(_milliseconds(waits), _milliseconds(gaps))


def _milliseconds(seconds: list[float]) -> float | None:
    return round(max(seconds) * 1000, 1) if seconds else None
