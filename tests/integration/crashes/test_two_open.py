"""Both databases opened, as only hands can do it: Daybreak takes no side."""

import subprocess

import psycopg
import pytest
from crash_ground import CrashGround
from cutover_ground import SOURCE, TARGET, eventually

from migration.model import Status


def open_source_by_hand(ground: CrashGround) -> None:
    """Without having looked at the target."""
    with psycopg.connect(ground.cloud.superuser_dsn(SOURCE), autocommit=True) as connection:
        connection.execute("UPDATE daybreak.fence SET state = 'open', logins_off = '{}'")
        connection.execute("ALTER ROLE app LOGIN")


@pytest.mark.table("by hand", slices=18)
def test_nobody_is_led_to_either(ground: CrashGround) -> None:
    """The successor stops and says so, and `recover` does as little, whichever way it is asked."""
    approved = ground.approve(ground.begin(20.0, processes=()))
    ground.strike("lifted", "kill")
    ground.host.start("workers worker")
    ground.cut_over_to("lifted", approved)
    open_source_by_hand(ground)
    led_to = ground.bench.tools.traffic.states(SOURCE)[0].endpoint
    assert "both take writes" in ground.host.run("workers", "recover", SOURCE)
    for way in ("--reopen", "--finish"):
        with pytest.raises(subprocess.CalledProcessError):
            ground.host.run("workers", "recover", SOURCE, way)
    ground.host.start("workers reconciler")
    eventually(lambda: ground.store.load(approved.id).problem is not None, "words in the channel")

    after = ground.store.load(approved.id)
    assert after.status is Status.CUTTING_OVER
    assert after.problem is not None
    assert "both take writes" in after.problem.reason
    target = ground.bench.tools.rds.cluster(TARGET)
    assert target is not None
    assert led_to == target.endpoint
    assert ground.bench.tools.traffic.states(SOURCE)[0].endpoint == led_to
