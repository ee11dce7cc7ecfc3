"""Every preflight check turns red on a source that is so, and passes on one that is not."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import preflight_rows_cloud
import preflight_rows_inside
import preflight_rows_network
import preflight_rows_way_back
import pytest
from preflight_states import SOURCE, TARGET, Row, as_it_is, options_of, sql
from steps_ground import Ground

from migration.model import WayBack
from migration.preflight import Level, Result, State
from workers.preflight import run
from workers.preflight.check import NEEDS_LOGIN, Family
from workers.preflight.registry import BY_NAME, CHECKS
from workers.preflight.subject import Subject
from workers.steps.findings import Blocked

SOURCES = ("orders", "legacy")
ROWS = (
    *preflight_rows_cloud.ROWS,
    *preflight_rows_network.ROWS,
    *preflight_rows_inside.ROWS,
    *preflight_rows_way_back.ROWS,
)


def result_of(
    ground: Ground, row: Row, source: str, options: Mapping[str, Any], settings: Mapping[str, Any]
) -> Result:
    """What the check says now of that source and move."""
    changed = ground.tools.settings.model_copy(update=dict(settings))
    tools = replace(ground.tools, settings=changed)
    instance = tools.rds.instance(source)
    assert instance is not None
    check = BY_NAME[row.check]
    subject = Subject(tools, instance, options_of(**options))
    (looked,) = run.look(subject, check.family, only=[check])
    return looked.result()


@pytest.mark.table("preflight", slices=10)
@pytest.mark.parametrize("row", ROWS, ids=[row.check for row in ROWS])
def test_a_check_turns_red_and_passes(ground: Ground, row: Row) -> None:
    """Its finding says what was found; without the state there is none."""
    before = list(ground.changes)
    with row.altered(ground):
        red = result_of(ground, row, row.source, row.options, row.settings)
    with (row.passes or as_it_is)(ground):
        green = result_of(ground, row, SOURCE, row.passes_options, row.passes_settings)

    assert red.state is State.FOUND, red
    assert row.says in "\n".join(red.found)
    assert red.remedies
    assert green.state is State.PASSED, green
    assert ground.changes == before


def test_every_check_has_a_row() -> None:
    """Nobody adds a check that was never seen red."""
    assert {row.check for row in ROWS} == {check.name for check in CHECKS}


def subject_of(ground: Ground, **options: Any) -> Subject:
    """`orders`, on its way."""
    instance = ground.tools.rds.instance(SOURCE)
    assert instance is not None
    return Subject(ground.tools, instance, options_of(**options))


def test_what_needs_a_login_is_not_done_without_one(ground: Ground) -> None:
    """Those checks are listed, none of them as passed, and they hold nothing up."""
    subject = subject_of(ground, login=False)
    report = run.report(subject, run.look(subject, *run.EVERYTHING))
    inside = {check.name for check in CHECKS if check.family in NEEDS_LOGIN}
    undone = report.in_state(State.NO_LOGIN)

    assert {result.check for result in undone} == inside
    assert not any(result.blocks for result in undone)
    assert len(report.results) == len(CHECKS)


def test_a_check_that_is_denied_is_not_done_and_blocks(ground: Ground) -> None:
    """The reason names the action; the others are carried out; the step refuses."""
    ground.cloud.scenario.denied.add("DescribeAccountAttributes")
    try:
        subject = subject_of(ground)
        report = run.report(subject, run.look(subject, Family.CLOUD))
        with pytest.raises(Blocked, match=r"rds:DescribeAccountAttributes"):
            ground.look(ground.migration(SOURCE, TARGET), "check_source")
    finally:
        ground.cloud.scenario.denied.clear()
    undone = report.in_state(State.NOT_DONE)

    assert {result.check for result in undone} == {
        check.name for check in CHECKS if check.name.startswith("quota-")
    }
    assert all(result.blocks for result in undone)
    assert report.worst_first[0] in undone


def test_what_aws_does_not_say_is_not_taken_for_good(ground: Ground) -> None:
    """Where its families hide what Aurora has, what is doubtful is a warning."""
    hidden = ground.cloud.scenario.aurora_hides
    hidden |= {"rds.extensions", "shared_preload_libraries"}
    doubtful = sql(
        "UPDATE pg_extension SET extname = 'plrust' WHERE extname = 'pgcrypto'",
        "UPDATE pg_extension SET extname = 'pgcrypto' WHERE extname = 'plrust'",
    )
    try:
        with doubtful(ground):
            looked = run.look(subject_of(ground), Family.CLOUD, Family.DATABASE)
    finally:
        hidden.clear()
    said = {one.check.name: one.result() for one in looked}

    assert said["extensions"].level is Level.WARNING
    assert "`plrust`, and AWS does not say" in said["extensions"].found[0]
    assert said["preloaded-libraries"].level is Level.INFORMATION


def test_what_cannot_go_back_counts_as_the_plan_says(ground: Ground) -> None:
    """It blocks where a way back is required, warns where one is wished for, else only tells."""
    with sql("CREATE TABLE bare (v int)", "DROP TABLE bare")(ground):
        required = ground.migration(SOURCE, TARGET, way_back=WayBack.REQUIRED)
        with pytest.raises(Blocked, match=r"no replica identity: `bare`.*REPLICA IDENTITY FULL"):
            ground.look(required, "check_source")
        wished = ground.migration(SOURCE, TARGET, way_back=WayBack.IF_POSSIBLE)
        warned = ground.finish(wished, "check_source")["warnings"]
        without = ground.finish(ground.migration(SOURCE, TARGET), "check_source")

    assert "REPLICA IDENTITY FULL" in warned["way-back-identity"][0]
    assert "way-back-identity" not in without["warnings"]
