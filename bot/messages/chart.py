"""The lag as a line that Slack draws itself, beside the numbers that say the same in words."""

import math
from collections.abc import Sequence
from datetime import UTC, datetime

from bot.messages.text import Block, Message
from migration.model import Reading

#: The block's type; SLACK.md knows of workspaces that do not take it yet.
CHART = "data_visualization"
#: Slack takes no more.
MOST_POINTS = 20
TITLE = "Replication lag in seconds"


def lag_chart(readings: Sequence[Reading], threshold: float) -> list[Block]:
    """The last readings in seconds, and their limit as a second line; nothing for fewer than two.

    Slack wants each label once: of readings within the same second the last one is shown.
    """
    seconds = {
        _label(reading.at): reading.value for reading in readings if math.isfinite(reading.value)
    }
    labels = list(seconds)[-MOST_POINTS:]
    if len(labels) < 2:
        return []
    series = [
        {"name": name, "data": [{"label": label, "value": values[label]} for label in labels]}
        for name, values in (("Lag", seconds), ("Limit", dict.fromkeys(labels, threshold)))
    ]
    axes = {"categories": labels, "x_label": "Time (UTC)", "y_label": "Seconds"}
    line = {"type": "line", "series": series, "axis_config": axes}
    return [{"type": CHART, "title": TITLE, "chart": line}]


def without_charts(message: Message) -> Message:
    """The same message for workspaces that take no charts: its words say the numbers anyway."""
    return Message(message.text, [one for one in message.blocks if one["type"] != CHART])


def _label(at: float) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%H:%M:%S}"
