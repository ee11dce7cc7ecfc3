"""The crash table: whatever dies wherever, no write is lost and writes flow again."""

import pytest
from crash_ground import TARGET_INSTANCE, CrashGround
from cutover_ground import SOURCE, assert_writes_flow

from workers.postgres.fence import State

# In the order in which the cut-over passes them.
POINTS = (
    "armed",
    "begun",
    "paused",
    "fenced",
    "marked",
    "drained",
    "promote-intended",
    "promote-sent",
    "promoted",
    "claimed",
    "checked",
    "redirected",
    "lifted",
    "resumed",
)
AFTER_PIVOT = ("lifted", "resumed")


def assert_whole(ground: CrashGround, point: str, place: str) -> None:
    """One database takes writes, the other one is closed for good."""
    if place == SOURCE:
        assert ground.fence_on(SOURCE).state is State.OPEN
        assert point not in AFTER_PIVOT
        assert ground.scalar(SOURCE, "SELECT rolcanlogin FROM pg_roles WHERE rolname = 'reporting'")
    else:
        assert ground.fence_on(TARGET_INSTANCE).state is State.OPENED
        assert ground.fence_on(SOURCE).state is not State.OPEN
    for name in {SOURCE, TARGET_INSTANCE}:
        assert not ground.scalar(name, "SELECT rolcanlogin FROM pg_roles WHERE rolname = 'retired'")


@pytest.mark.table("crashes")
@pytest.mark.parametrize("point", POINTS)
def test_a_killed_job_is_taken_over(ground: CrashGround, point: str) -> None:
    """SIGKILL: a successor opens one database, without a person."""
    approved = ground.approve(ground.at_the_gate(max_write_pause_seconds=20.0))
    ground.strike(point, "kill")
    ground.start("worker", "reconciler")
    with ground.clients() as clients, ground.detector() as detector:
        ground.cut_over_to(point, approved)
        after = ground.settled(approved)
        assert_writes_flow(clients)

    place, wrong = ground.account(clients)
    assert wrong == []
    assert detector.both == []
    assert_whole(ground, point, place)
    assert after.problem is None or place == SOURCE
