"""The crash table: whatever dies, stops, fails or dawdles wherever, no write is lost.

The judges are what clients were told, a detector that tries both databases as an application all
the time, and the rows that say which database is open. Nobody helps: no person, no test.
"""

import json

import pytest
from crash_ground import TARGET_INSTANCE, CrashGround, Detector
from cutover_ground import SOURCE, Client, assert_writes_flow, eventually

from migration.model import Migration, Status
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
# Closed when they are reached; before them Redis may come back empty without anybody's harm.
CLOSED = POINTS[POINTS.index("fenced") :]


def assert_whole(
    ground: CrashGround, clients: list[Client], detector: Detector, *, point: str = ""
) -> str:
    """One database takes writes, with every acknowledged one; the other one is closed for good."""
    place, wrong = ground.account(clients)
    assert wrong == []
    assert detector.both == []
    canlogin = "SELECT rolcanlogin FROM pg_roles WHERE rolname = '{}'"
    assert ground.scalar(place, canlogin.format("reporting")) is True
    assert ground.scalar(place, canlogin.format("retired")) is False
    if place == SOURCE:
        assert point not in AFTER_PIVOT
        assert ground.fence_on(SOURCE).state is State.OPEN
    else:
        assert ground.fence_on(TARGET_INSTANCE).state is State.OPENED
        assert ground.fence_on(SOURCE).state is not State.OPEN
    return place


def ready(ground: CrashGround, point: str, act: str, longest: float = 20.0) -> Migration:
    """An approved migration that will be struck."""
    approved = ground.approve(ground.at_the_gate(max_write_pause_seconds=longest))
    ground.strike(point, act)
    return approved


@pytest.mark.table("crashes")
@pytest.mark.parametrize("point", POINTS)
def test_killed(ground: CrashGround, point: str) -> None:
    """SIGKILL: a successor opens one database."""
    approved = ready(ground, point, "kill")
    ground.start("worker", "reconciler")
    with ground.clients() as clients, ground.detector() as detector:
        ground.cut_over_to(point, approved)
        after = ground.settled(approved)
        assert_writes_flow(clients)

    place = assert_whole(ground, clients, detector, point=point)
    assert (place == SOURCE) is (after.status in {Status.WAITING_FOR_APPROVAL, Status.HALTED})


@pytest.mark.table("crashes")
@pytest.mark.parametrize("point", POINTS)
def test_stopped_taken_over_and_woken(ground: CrashGround, point: str) -> None:
    """SIGSTOP: a successor acts, and its predecessor wakes up and finds nothing that obeys it."""
    approved = ready(ground, point, "stop")
    ground.start("worker", "reconciler")
    with ground.clients() as clients, ground.detector() as detector:
        ground.cut_over_to(point, approved)
        if point == "armed":
            # nothing was begun: the job that is asked for again waits for this very worker
            ground.wake(point)
        after = ground.settled(approved)
        assert_writes_flow(clients)
        place = ground.place()
        if point != "armed":
            ground.wake(point)
        assert_writes_flow(clients)

    assert assert_whole(ground, clients, detector, point=point) == place
    assert ground.store.load(approved.id).status in {after.status, Status.ACTIVE, Status.COMPLETED}


@pytest.mark.table("crashes")
@pytest.mark.parametrize("point", POINTS[1:])
def test_failed(ground: CrashGround, point: str) -> None:
    """An error: the job itself goes back, or forward once clients may have written."""
    approved = ready(ground, point, "error")
    ground.start("worker", "reconciler")
    with ground.clients() as clients, ground.detector() as detector:
        ground.cut_over_to(point, approved)
        ground.settled(approved)
        assert_writes_flow(clients)

    place = assert_whole(ground, clients, detector, point=point)
    assert (place == SOURCE) is (point not in AFTER_PIVOT)
    assert [client.errors for client in clients] == [[] for _ in clients]


@pytest.mark.table("crashes")
@pytest.mark.parametrize("point", POINTS[2:])
def test_dawdled(ground: CrashGround, point: str) -> None:
    """A delay beyond the budget: over before the promotion goes back; later nothing is lost."""
    approved = ready(ground, point, "delay 3", longest=2.0)
    ground.start("worker", "reconciler")
    with ground.clients() as clients, ground.detector() as detector:
        ground.cut_over_to(point, approved)
        ground.settled(approved)
        assert_writes_flow(clients)

    place = assert_whole(ground, clients, detector, point=point)
    if POINTS.index(point) <= POINTS.index("promote-intended"):
        assert place == SOURCE


@pytest.mark.table("crashes")
@pytest.mark.parametrize("point", CLOSED)
def test_killed_with_redis_emptied(ground: CrashGround, point: str) -> None:
    """Nobody knows of the migration any more: `recover` tells how it stands, and mends it."""
    approved = ready(ground, point, "kill")
    ground.start("worker")
    with ground.clients() as clients, ground.detector() as detector:
        ground.cut_over_to(point, approved)
        ground.bench.redis.flushall()
        seen = json.loads(ground.run("recover", SOURCE, "--json"))
        assert seen["migration"] == approved.id
        forward = "--finish" in seen["advice"]
        assert forward or point not in AFTER_PIVOT
        ground.run("recover", SOURCE, "--finish" if forward else "--reopen")
        assert_writes_flow(clients)

    assert (assert_whole(ground, clients, detector, point=point) == SOURCE) is not forward


@pytest.mark.table("crashes")
@pytest.mark.parametrize(
    ("first", "then"),
    [
        ("drained", "successor-took-charge"),
        ("drained", "back-announced"),
        ("drained", "back-reopened"),
        ("promoted", "successor-took-charge"),
        ("promoted", "successor-claimed"),
        ("promoted", "successor-redirected"),
        ("promoted", "successor-lifted"),
    ],
)
def test_successor_killed_as_well(ground: CrashGround, first: str, then: str) -> None:
    """It has a successor of its own."""
    approved = ready(ground, first, "kill")
    ground.strike(then, "kill")
    ground.start("worker", "reconciler")
    with ground.clients() as clients, ground.detector() as detector:
        ground.cut_over_to(first, approved)
        ground.settled(approved)
        eventually(lambda: ground.struck(then), then)
        assert_writes_flow(clients)

    assert_whole(ground, clients, detector)


@pytest.mark.table("crashes")
@pytest.mark.parametrize(
    ("first", "then"),
    [
        ("checked", "back-gave-up"),
        ("checked", "back-announced"),
        ("checked", "back-reopened"),
        ("drained", "back-announced"),
    ],
)
def test_killed_on_the_way_back(ground: CrashGround, first: str, then: str) -> None:
    """The check says no, and whoever goes back dies: the source is reopened all the same."""
    approved = ready(ground, first, "error")
    ground.strike(then, "kill")
    ground.start("worker", "reconciler")
    with ground.clients() as clients, ground.detector() as detector:
        ground.cut_over_to(first, approved)
        ground.settled(approved)
        assert ground.struck(then)
        assert_writes_flow(clients)

    assert assert_whole(ground, clients, detector) == SOURCE


@pytest.mark.table("crashes")
@pytest.mark.parametrize("point", ["promoted", "claimed", "checked"])
def test_sessions_end_after_the_promotion(ground: CrashGround, point: str) -> None:
    """A promotion may end sessions late: the job logs in anew and goes forward."""
    approved = ready(ground, point, "delay 1")
    ground.start("worker", "reconciler")
    with ground.clients() as clients, ground.detector() as detector:
        ground.cut_over_to(point, approved)
        ended = ground.scalar(
            TARGET_INSTANCE,
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
            "WHERE application_name = 'daybreak cut-over'",
        )
        assert ended
        ground.settled(approved)
        assert_writes_flow(clients)

    assert assert_whole(ground, clients, detector) == TARGET_INSTANCE
    assert [client.errors for client in clients] == [[] for _ in clients]
