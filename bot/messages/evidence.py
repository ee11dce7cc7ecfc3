"""Evidence in words: each condition with what was seen, each number with its time."""

import math
from collections.abc import Sequence

from bot.messages.sparkline import MOST, sparkline
from bot.messages.text import bullets, plain, safe, when
from bot.messages.words import named
from migration.model import Check, Evidence, Reading

NAME = 50
# Sixteen lines of these fit into one section.
DETAIL = 115
MOST_LINES = 16


def check_lines(checks: Sequence[Check]) -> list[str]:
    """Each condition: met or not, and what was seen; mrkdwn."""
    return bullets([_check(check) for check in checks], MOST_LINES)


def _check(check: Check) -> str:
    mark = "✔ met" if check.ok else "✖ *not met*"
    if not check.looked:
        mark = "○ *not looked at*"
    return f"{mark}: {safe(named(check.name), NAME)} ({safe(check.detail, DETAIL)})"


def failing(evidence: Evidence) -> list[Check]:
    """The conditions that were not met."""
    return [check for check in evidence.checks if check.looked and not check.ok]


def failing_words(evidence: Evidence, limit: int) -> str:
    """The same in one line, for places where Slack formats nothing."""
    said = "; ".join(f"{named(check.name)}: {check.detail}" for check in failing(evidence))
    return plain(said or "no condition was looked at", limit)


def reading_lines(readings: Sequence[Reading]) -> list[str]:
    """Each number with its unit, origin and time; mrkdwn."""
    lines = [
        f"{safe(named(one.name), NAME)}: {one.value:.4g} {safe(one.unit, NAME)}, from "
        f"{safe(one.origin, NAME)} at {when(one.at)}"
        for one in readings
    ]
    return bullets(lines, MOST_LINES)


def lag_line(readings: Sequence[Reading], threshold: float) -> str:
    """The lag with its limit and its last values as bars; empty when none is known."""
    known = [reading for reading in readings if math.isfinite(reading.value)]
    if not known:
        return ""
    last = known[-1]
    over = "*above the limit*" if last.value > threshold else "within the limit"
    shown = [reading.value for reading in known[-MOST:]]
    return (
        f"Lag *{last.value:.3g} s*, {over} of {threshold:.3g} s {sparkline(shown)} (oldest to "
        f"newest, between {min(shown):.3g} and {max(shown):.3g} s, last at {when(last.at)})"
    )
