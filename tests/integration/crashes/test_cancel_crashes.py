"""A cancel that was taken is obeyed by whoever has the cut-over afterwards."""

import os
import signal
from collections.abc import Iterator

import pytest
from cases import nobody_left_waiting
from crash_ground import Application, CrashGround, crash_ground
from cutover_ground import RITA, SOURCE, TARGET, assert_writes_flow, eventually
from detector import detecting
from judge import count
from prepared_base import TARGET_INSTANCE

from migration.events import CutOverTakenOver
from migration.model import Migration, Status
from workers.postgres.fence import State

# Under the fence, the mark written, nothing decided.
POINT = "marked"


@pytest.fixture
def ground(nothing_kept: None) -> Iterator[CrashGround]:
    """One a case: what is cancelled takes its replica down, and leaves nothing to put back."""
    with crash_ground() as ground:
        yield ground
        # pytest shows it for a failure
        print(ground.host.said())  # noqa: T201


def cancelled(ground: CrashGround, approved: Migration) -> Migration:
    """Its cut-over stands under the fence, and has just been cancelled."""
    ground.strike(POINT, "stop")
    ground.host.start("workers worker")
    ground.cut_over_to(POINT, approved)
    return ground.service.cancel(approved.id, RITA)


def kill(ground: CrashGround) -> None:
    """End the process that was stopped there."""
    pid = int((ground.points / f"{POINT}.hit").read_text().rpartition(" ")[2])
    os.kill(pid, signal.SIGKILL)


def promote_by_hand(ground: CrashGround) -> None:
    """As somebody may in AWS's console."""
    rds = ground.bench.tools.rds
    rds.prepare_promotion(20)
    rds.promote(TARGET, timeout_seconds=20)
    eventually(
        lambda: not ground.scalar(TARGET_INSTANCE, "SELECT pg_is_in_recovery()"), "the promotion"
    )


@pytest.mark.table("cancel crashes")
@pytest.mark.parametrize("then", ["killed", "woken", "taken over and woken", "promoted and killed"])
def test_cancelled_under_the_fence(ground: CrashGround, then: str) -> None:
    """Whatever becomes of the job: the source takes writes, and the migration is cancelled."""
    approved = ground.approve(ground.begin(20.0, processes=()))
    with (
        ground.clients(kind=Application) as clients,
        detecting(ground) as detector,
        nobody_left_waiting(ground),
    ):
        migration = cancelled(ground, approved)
        if then == "promoted and killed":
            promote_by_hand(ground)
        if then.endswith("killed"):
            kill(ground)
        if then == "woken":
            ground.wake(POINT)
        ground.host.start("workers reconciler")
        after = ground.settled(migration)
        if then == "taken over and woken":
            ground.wake(POINT)
        assert_writes_flow(clients)

    assert (ground.place(), detector.both) == (SOURCE, [])
    assert count(ground, clients, SOURCE) == (0, 0, 0)
    if ground.scalar(SOURCE, "SELECT to_regclass('daybreak.fence')"):
        assert ground.fence_on(SOURCE).state is State.OPEN
    history = [type(entry.event) for entry in ground.store.events(migration.id)]
    assert (CutOverTakenOver in history) is (then != "woken")
    if then == "promoted and killed":
        # Nobody goes forward against the cancel, however good the target looks.
        assert after.status is Status.HALTED
        assert ground.fence_on(TARGET_INSTANCE).state is State.ABANDONED
    else:
        assert after.status in {Status.CANCELLING, Status.CANCELLED}
        eventually(
            lambda: ground.store.load(migration.id).status is Status.CANCELLED, "the cancellation"
        )
        assert ground.bench.tools.rds.cluster(TARGET) is None
