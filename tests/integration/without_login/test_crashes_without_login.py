"""A login-less cut-over by real processes, killed, stopped or failed at each boundary of its own.

Judged by what clients were told, by a detector that tries both databases as an application, and by
what AWS was asked to do.
"""

import pytest
from crash_ground import WORKERS
from cutover_ground import TARGET, Client, assert_writes_flow, eventually
from detector import Detector, detecting
from outside_ground import QUARANTINE, SHORT_PAUSE, SOURCE, TARGET_INSTANCE, OutsideGround

from migration.model import Status
from sandbox.aws.trail import Act
from workers.closure import EPOCH_TAG, STATE_TAG

NOTHING_CLOSED = ("begun", "paused")
UNDECIDED = ("closing", "closed", "reboot-sent", "rebooted", "caught-up")
DECIDED = (
    *("promotion-decided", "promote-intended", "promote-sent", "promoted", "checked"),
    *("redirected", "opening", "opened", "resumed"),
)
# A request of each kind, built and signed.
LEAVING = (
    *("closed-the-source-leaving", "rebooted-the-source-leaving"),
    *("called-the-target-opened-leaving", "opened-the-target-leaving"),
)
LEAVING_ON_THE_WAY_BACK = ("deleted-the-replica-leaving", "reopened-the-source-leaving")
IN_CHARGE_ALONE = {
    *("ModifyDBInstance", "RebootDBInstance", "PromoteReadReplicaDBCluster"),
    *("DeleteDBInstance", "DeleteDBCluster"),
}


def assert_whole(ground: OutsideGround, clients: list[Client], detector: Detector) -> str:
    """Nothing lost or phantom, never two databases open, and the other one shut; says where."""
    assert detector.both == []
    ground.account_of(clients)
    place = ground.place()
    if place == TARGET_INSTANCE:
        assert ground.groups_of(SOURCE) == [QUARANTINE]
        assert ground.groups_of(TARGET_INSTANCE) == ["databases"]
    else:
        ground.assert_stayed(clients, has_target=ground.has_target())
    return place


@pytest.mark.table("without login", slices=36)
@pytest.mark.parametrize("point", [*NOTHING_CLOSED, *UNDECIDED, *DECIDED])
def test_killed(ground: OutsideGround, point: str) -> None:
    """The successor asks AWS what is true: back while nothing was decided, else forward."""
    approved = ground.ready()
    ground.strike(point, "kill")
    ground.host.start(*WORKERS)
    with ground.clients() as clients, detecting(ground) as detector:
        ground.cut_over_to(point, approved)
        after = ground.settled(approved)
        assert_writes_flow(clients)

    place = assert_whole(ground, clients, detector)
    if point in DECIDED:
        assert place == TARGET_INSTANCE
        assert after.facts["cut_over"]["mode"] == "without login"
    else:
        assert place == SOURCE
        assert ground.has_target() is (point in NOTHING_CLOSED)
        assert "PromoteReadReplicaDBCluster" not in ground.asked_for()


@pytest.mark.table("without login", slices=36)
@pytest.mark.parametrize(
    "point",
    [
        *("closing", "closed", "caught-up", "promote-intended", "opening"),
        *(LEAVING + LEAVING_ON_THE_WAY_BACK),
    ],
)
def test_stopped_and_woken(ground: OutsideGround, point: str) -> None:
    """A process that wakes up after it was taken over changes nothing any more."""
    approved = ground.ready()
    ground.strike(point, "stop")
    if point in LEAVING_ON_THE_WAY_BACK:
        ground.strike("rebooted", "error")
    ground.host.start(*WORKERS)
    with ground.clients() as clients, detecting(ground) as detector:
        ground.cut_over_to(point, approved)
        ground.settled(approved)
        assert_writes_flow(clients)
        asked = ground.cloud.carried_out
        ground.wake(point)
        assert_writes_flow(clients)
        late = ground.cloud.carried_out[len(asked) :]

    assert_whole(ground, clients, detector)
    assert [act for act in late if _of_a_cut_over(act)] == []


def _of_a_cut_over(act: Act) -> bool:
    """What only the attempt in charge may ask for: the steps that follow tag and modify, too."""
    values = {value for _, value in act.parameters}
    return act.action in IN_CHARGE_ALONE or bool(values & {STATE_TAG, EPOCH_TAG})


@pytest.mark.table("without login", slices=36)
@pytest.mark.parametrize(
    ("point", "place"),
    [
        ("rebooted", SOURCE),
        ("promoted", SOURCE),
        ("redirected", SOURCE),
        ("opening", TARGET_INSTANCE),
    ],
)
def test_failed(ground: OutsideGround, point: str, place: str) -> None:
    """An error goes back, with a promoted target given up; from the pivot on only forward."""
    approved = ground.ready()
    ground.strike(point, "error")
    with ground.clients() as clients, detecting(ground) as detector:
        ground.cut_over(approved)
        assert_writes_flow(clients)

    assert assert_whole(ground, clients, detector) == place
    promoted = point in {"promoted", "redirected"}
    if place == SOURCE:
        assert ground.has_target() is promoted
    if promoted:
        assert ground.target_tags()["daybreak:fence"] == "abandoned"
        assert "DeleteDBCluster" not in ground.asked_for()


@pytest.mark.table("without login", slices=36)
@pytest.mark.parametrize("then", ["successor-took-charge", "back-harmless", "back-reopened"])
def test_a_successor_dies_as_well(ground: OutsideGround, then: str) -> None:
    """It has a successor of its own."""
    approved = ground.ready()
    ground.strike("rebooted", "kill")
    ground.strike(then, "kill")
    ground.host.start(*WORKERS)
    with ground.clients() as clients, detecting(ground) as detector:
        ground.cut_over_to("rebooted", approved)
        ground.settled(approved)
        assert ground.struck(then)
        assert_writes_flow(clients)

    assert assert_whole(ground, clients, detector) == SOURCE


@pytest.mark.table("without login", slices=36)
def test_an_abandoned_target_without_an_intent_keeps_nobody_closed(ground: OutsideGround) -> None:
    """Whoever can't know whether it decided gives the target up; it may die right after that."""
    approved = ground.ready()
    ground.strike("caught-up", "kill")
    ground.host.start("workers worker")
    with ground.clients() as clients, detecting(ground) as detector:
        ground.cut_over_to("caught-up", approved)
        ground.abandon_target()
        ground.host.start("workers reconciler")
        after = ground.settled(approved)
        assert_writes_flow(clients)

    assert assert_whole(ground, clients, detector) == SOURCE
    assert ground.has_target()
    assert after.problem is not None
    assert "was given up" in after.problem.reason


@pytest.mark.table("without login", slices=36)
@pytest.mark.parametrize(
    ("point", "act", "place"),
    [
        ("closed", "reopen", SOURCE),
        ("promote-intended", "reopen", SOURCE),
        ("promote-intended", "finish", TARGET_INSTANCE),
        ("opening", "finish", TARGET_INSTANCE),
    ],
)
def test_recover_with_an_empty_redis(
    ground: OutsideGround, point: str, act: str, place: str
) -> None:
    """AWS and the tags tell it all: who closed it, for what, and what was there before."""
    approved = ground.ready()
    ground.strike(point, "kill")
    ground.host.start("workers worker")
    with ground.clients() as clients, detecting(ground) as detector:
        ground.cut_over_to(point, approved)
        ground.host.die()
        ground.bench.redis.flushall()
        told = ground.told()
        assert told["migration"] == approved.id
        assert told["target"]["cluster"] == TARGET
        assert [ground.group("databases")] == told["groups_before"]
        if point == "opening":
            assert "may have written" in ground.refused("recover", SOURCE, "--reopen")
        if point == "closed":
            assert "can't be opened" in ground.refused("recover", SOURCE, "--finish")
        ground.host.run("workers", "recover", SOURCE, f"--{act}")
        assert_writes_flow(clients)

    assert assert_whole(ground, clients, detector) == place


@pytest.mark.table("without login", slices=36)
def test_a_cancel_while_it_is_closed_goes_back_and_takes_all_down(ground: OutsideGround) -> None:
    """Minutes are long enough for a change of mind; until it is decided it is obeyed."""
    approved = ground.ready(SHORT_PAUSE)
    with ground.clients() as clients, detecting(ground) as detector:
        with ground.when_closed(lambda: ground.service.cancel(approved.id, "U0RITA")):
            after = ground.cut_over(approved)
        assert_writes_flow(clients)

    assert after.status is Status.CANCELLING
    assert assert_whole(ground, clients, detector) == SOURCE
    eventually(lambda: not ground.has_target(), "a cluster that is gone")
