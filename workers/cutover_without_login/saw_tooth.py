"""Caught up, told from outside: the rule over `OldestReplicationSlotLag`; pure.

A source that nobody writes to is not at rest: every `archive_timeout` it begins a new WAL segment,
so that the lag jumps up to one segment and falls to 0 when the replica has taken it. A touch of 0
proves that the replica had everything; that the lag never exceeds one segment over a whole cycle
proves that nobody writes.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from workers.aws.cloudwatch import Span
from workers.steps.without_login.log_cycle import LogCycle

# A newest datapoint as old as this many periods says nothing about now: AWS delivers two late.
OLDEST_PERIODS = 4


@dataclass(frozen=True)
class Verdict:
    """Whether it is proven, and what was seen."""

    proven: bool
    words: str
    #: Bytes over the cycle that counted; None without one.
    lowest: float | None = None
    highest: float | None = None
    datapoints: int = 0


def judge(
    spans: Sequence[Span], cycle: LogCycle, period: int, rebooted_at: float, now: float
) -> Verdict:
    """Judge the newest datapoints that cover a cycle; all times by AWS's clock, in unix seconds.

    The first datapoint after the reboot is left out, and the one that still runs.
    """
    first = (math.ceil(rebooted_at / period) + 1) * period
    whole = [span for span in spans if span.at >= first and span.at + period <= now]
    if not whole:
        return Verdict(False, "no datapoint since the reboot")
    age = now - (whole[-1].at + period)
    if age > OLDEST_PERIODS * period:
        return Verdict(False, f"the newest datapoint is {age:.0f} s old")
    wanted = math.ceil(cycle.seconds / period)
    newest = whole[-wanted:]
    if len(newest) < wanted:
        return Verdict(False, f"{len(newest)} of {wanted} datapoints of a cycle")
    if newest[-1].at - newest[0].at > (wanted - 0.5) * period:
        return Verdict(False, "datapoints of the cycle are missing")
    return _of_cycle(newest, cycle)


def _of_cycle(newest: Sequence[Span], cycle: LogCycle) -> Verdict:
    lowest = min(span.lowest for span in newest)
    highest = max(span.highest for span in newest)
    seen = f"{lowest:.0f} to {highest:.0f} bytes over {len(newest)} datapoints"
    against = ""
    if lowest < 0:
        against = ": there is no slot"
    elif highest > cycle.segment_bytes:
        against = f", and more than a segment of {cycle.segment_bytes}"
    elif lowest > 0:
        against = ": it never touched 0"
    return Verdict(not against, seen + against, lowest, highest, len(newest))
