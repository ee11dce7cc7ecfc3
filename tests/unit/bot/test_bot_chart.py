"""The lag as a line: within Slack's limits, and never the only place where the numbers stand."""

import math
from dataclasses import replace

import pytest
from block_limits import MOST_BLOCKS, assert_fits
from shown import APPROVERS, NOW, STATES

from bot.messages.chart import lag_chart, without_charts
from bot.messages.moved import WHY, moved
from bot.messages.root import root
from bot.messages.text import Block
from migration.model import Reading


def readings(*values: float, apart: float = 10.0) -> list[Reading]:
    """Looks at the lag, so many seconds apart."""
    return [
        Reading("lag", value, "s", "pg_stat_replication", NOW + apart * index)
        for index, value in enumerate(values)
    ]


def points(chart: list[Block], series: int = 0) -> list[float]:
    """The heights of a line."""
    (block,) = chart
    return [point["value"] for point in block["chart"]["series"][series]["data"]]


def test_the_last_twenty_are_shown_with_their_limit() -> None:
    """Slack takes no more, and a line says little without what it is measured by."""
    chart = lag_chart(readings(*map(float, range(30))), 5.0)
    assert points(chart) == list(map(float, range(10, 30)))
    assert points(chart, 1) == [5.0] * 20
    assert [series["name"] for series in chart[0]["chart"]["series"]] == ["Lag", "Limit"]


def test_a_label_stands_for_one_point() -> None:
    """Of readings within one second the last one is shown."""
    assert points(lag_chart(readings(1.0, 2.0, 3.0, 4.0, apart=0.5), 5.0)) == [2.0, 4.0]


@pytest.mark.parametrize("values", [(), (1.0,), (math.inf, 1.0), (math.nan, math.nan)])
def test_one_point_makes_no_line(values: tuple[float, ...]) -> None:
    """Nor does what is no number."""
    assert lag_chart(readings(*values), 5.0) == []


@pytest.mark.parametrize("state", STATES)
def test_numbers_stand_in_words_beside_every_chart(state: str) -> None:
    """Whoever sees no chart, and every workspace that takes none, reads the same of them."""
    many = replace(STATES[state], lag=tuple(readings(*map(float, range(25)))))
    message = root(many, APPROVERS)
    bare = without_charts(message)
    assert_fits(message)
    assert_fits(bare)
    assert ("Lag *24 s*" in str(bare.blocks)) == (bare != message)
    assert ("between 5 and 24 s" in str(bare.blocks)) == (bare != message)


def test_the_fullest_root_stays_within_twelve_blocks() -> None:
    """With a chart, an aborted cut-over, conditions that do not hold, warnings, and its move."""
    shut, note = STATES["waiting_shut"], moved("is_archived", "CMIGRATIONS")
    aborted = replace(shut.migration, aborted="a session did not end")
    fullest = root(replace(shut, migration=aborted, unacknowledged=("encrypted",)), APPROVERS, note)
    assert "data_visualization" in {block["type"] for block in fullest.blocks}
    assert len(fullest.blocks) <= MOST_BLOCKS
    assert_fits(fullest)


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("reason", [*WHY, "<!channel> & more" * 20])
def test_a_root_that_moved_says_why(state: str, reason: str) -> None:
    """In every state, whatever Slack's word for it was."""
    bare = root(STATES[state], APPROVERS)
    told = root(STATES[state], APPROVERS, moved(reason, "CMIGRATIONS"))
    assert_fits(told)
    assert len(told.blocks) == len(bare.blocks) + 1
    assert "Shown here from now on" in str(told.blocks)
