"""Charts: the block `data_visualization` with its lines, bars, areas and pies."""

from typing import Any

from sandbox.slack.blocks.checks import (
    Check,
    Problems,
    array,
    by_type,
    every,
    fields,
    number,
    string,
    typed,
    unique,
)
from sandbox.slack.blocks.texts import BLOCK_ID
from sandbox.slack.errors import Problem

LABEL = string(20)
POINTS = array(fields({"label": LABEL, "value": number}), 20)
SERIES = every(array(fields({"name": LABEL, "data": POINTS}), 6), unique("name"))
AXES = fields({"categories": array(LABEL, 20)}, {"x_label": string(50), "y_label": string(50)})


def _labels_are_categories(value: Any, at: str, problems: Problems) -> None:
    """Each series has one point for each category, in their order."""
    try:
        categories = value["axis_config"]["categories"]
        series = [[point["label"] for point in entry["data"]] for entry in value["series"]]
    except (KeyError, TypeError):
        return  # the shape's own check has said so
    for index, labels in enumerate(series):
        if labels != categories:
            problems.append(
                Problem(f"{at}/series/{index}/data", "labels must match the axis categories")
            )


def _with_axes(name: str) -> Check:
    return every(typed(name, {"series": SERIES, "axis_config": AXES}), _labels_are_categories)


CHARTS: dict[str, Check] = {name: _with_axes(name) for name in ("line", "bar", "area")}
CHARTS["pie"] = typed("pie", {"segments": array(fields({"label": LABEL, "value": number}), 20)})

DATA_VISUALIZATION = typed(
    "data_visualization",
    {"title": string(50), "chart": by_type(CHARTS)},
    {"block_id": BLOCK_ID},
)
