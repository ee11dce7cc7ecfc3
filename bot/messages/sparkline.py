"""A row of numbers as a row of bars."""

from collections.abc import Sequence

BARS = "▁▂▃▄▅▆▇█"
MOST = 20


def sparkline(values: Sequence[float]) -> str:
    """The last values as bars, from zero to the highest of them."""
    shown = values[-MOST:]
    highest = max(shown, default=0.0)
    if highest <= 0:
        return BARS[0] * len(shown)
    steps = len(BARS) - 1
    return "".join(BARS[round(max(value, 0.0) / highest * steps)] for value in shown)
