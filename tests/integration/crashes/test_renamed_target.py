"""A target that AWS does not know any more: renamed and in use, or lost for good."""

import subprocess

import pytest
from cases import nobody_left_waiting
from crash_ground import Application, CrashGround
from cutover_ground import SOURCE, TARGET, assert_writes_flow, eventually
from prepared_base import TARGET_INSTANCE

from workers.postgres.fence import State

RENAMED = "orders-main"


@pytest.mark.table("hands")
def test_a_renamed_target_is_no_reason_to_reopen_the_source(ground: CrashGround) -> None:
    """Clients write to it: `recover` wants a person's word before it opens a second database."""
    approved = ground.approve(ground.begin(20.0))
    with ground.clients(2, Application) as clients, nobody_left_waiting(ground):
        ground.settled(approved)
        assert_writes_flow(clients)
        ground.base.rename_cluster(TARGET, RENAMED)
        eventually(lambda: ground.bench.tools.rds.cluster(TARGET) is None, "AWS's word of it")
        assert "--target-is-lost" in ground.host.run("workers", "recover", SOURCE)
        with pytest.raises(subprocess.CalledProcessError):
            ground.host.run("workers", "recover", SOURCE, "--reopen")
        assert_writes_flow(clients)

    assert ground.place() == TARGET_INSTANCE
    assert ground.fence_on(SOURCE).state is State.FENCED
    ground.host.die()
    ground.host.run("workers", "recover", SOURCE, "--reopen", "--target-is-lost")
    assert ground.fence_on(SOURCE).state is State.OPEN
    assert ground.place() == SOURCE
    ground.base.rename_cluster(RENAMED, TARGET)
