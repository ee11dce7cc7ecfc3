"""The proof of a catch-up from outside: which datapoints count, and what speaks against it."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.aws.cloudwatch import Span
from workers.cutover_without_login.saw_tooth import judge
from workers.steps.without_login.log_cycle import LogCycle

SEGMENT = 64 * 1024 * 1024
CYCLE = LogCycle(SEGMENT, 300.0, "a test")
PERIOD = 60
REBOOTED = 1_800_000_030.0
# Half a minute into a period: the next one is left out, this is the first that counts.
FIRST = 1_800_000_120.0


def spans(*values: tuple[float, float], first: float = FIRST) -> list[Span]:
    """Datapoints in a row, each with its extremes."""
    return [Span(first + n * PERIOD, *extremes) for n, extremes in enumerate(values)]


def proven(points: Sequence[Span], now: float | None = None) -> bool:
    """Whether they prove it, a moment after the last of them."""
    last = points[-1].at if points else FIRST
    return judge(points, CYCLE, PERIOD, REBOOTED, now or last + PERIOD + 1).proven


SAW = [(0, 0), (0, SEGMENT), (SEGMENT, SEGMENT), (300, SEGMENT), (300, 300)]


def test_a_touch_of_zero_and_no_more_than_a_segment_over_a_cycle_is_proof() -> None:
    """One segment is normal; where in the cycle 0 is touched does not matter."""
    assert proven(spans(*SAW))
    assert proven(spans(*[(SEGMENT, SEGMENT)] * 4, (0, SEGMENT)))


@pytest.mark.parametrize(
    ("points", "words"),
    [
        (spans(), "no datapoint"),
        (spans(*SAW[:4]), "4 of 5"),
        (spans(*SAW[1:], (1, SEGMENT))[1:], "4 of 5"),
        (spans(*[(1, SEGMENT)] * 5), "never touched 0"),
        (spans((0, SEGMENT + 1), *SAW[:4]), "more than a segment"),
        (spans((-1, -1), *SAW[:4]), "no slot"),
        # One is missing in the middle.
        ([*spans(*SAW[:3]), *spans(*SAW[:3], first=FIRST + 4 * PERIOD)][:5], "missing"),
    ],
    ids=["none", "too-few", "slid", "never-zero", "too-much", "no-slot", "gap"],
)
def test_whatever_is_missing_or_too_much_blocks(points: list[Span], words: str) -> None:
    """And is named."""
    now = (points[-1].at if points else FIRST) + PERIOD + 1
    verdict = judge(points, CYCLE, PERIOD, REBOOTED, now)
    assert not verdict.proven
    assert words in verdict.words


def test_data_that_has_stopped_coming_blocks() -> None:
    """AWS delivers two datapoints late, not five."""
    points = spans(*SAW)
    last = points[-1].at + PERIOD
    assert proven(points, last + 4 * PERIOD)
    assert not proven(points, last + 4 * PERIOD + 1)


def test_what_came_before_the_reboot_was_over_counts_for_nothing() -> None:
    """Nor does the datapoint in which it was over, nor the one that still runs."""
    assert not proven(spans(*SAW, first=FIRST - PERIOD))
    assert not proven(spans(*SAW), FIRST + 5 * PERIOD - 1)


def test_a_replica_that_was_behind_is_given_the_time() -> None:
    """Only the newest cycle counts."""
    assert proven(spans((9 * SEGMENT, 9 * SEGMENT), (SEGMENT * 2, SEGMENT * 3), *SAW))


@given(st.lists(st.tuples(st.integers(1, SEGMENT), st.integers(0, SEGMENT)), max_size=12))
def test_without_a_zero_nothing_is_proof(values: list[tuple[int, int]]) -> None:
    """Whatever else is seen."""
    assert not proven(spans(*[(low, max(low, high)) for low, high in values]))
