"""A cut-over by security groups, reboot and CloudWatch alone: what it leaves behind."""

from collections.abc import Callable

import pytest
from cutover_ground import TARGET, assert_writes_flow, eventually
from detector import detecting
from outside_ground import (
    CYCLE_SECONDS,
    DATAPOINT_SECONDS,
    PAUSE,
    QUARANTINE,
    SEGMENT_BYTES,
    SHORT_PAUSE,
    SOURCE,
    TARGET_INSTANCE,
    OutsideGround,
)

from migration.model import Status
from workers.aws.cloudwatch import SLOT_LAG


@pytest.mark.table("without login", slices=36)
def test_writes_move_to_the_target_and_the_saw_tooth_is_seen(ground: OutsideGround) -> None:
    """The plain case: nothing lost, the source closed for good, the longer pause told by phase."""
    ground.cloud.scenario.replica_takes_log_every_seconds = 2.0
    gate = ground.at_the_gate(login=False, max_write_pause_seconds=PAUSE)

    def jumped() -> bool:
        """Most of a segment, where the log was cut before the replica took it, and back to 0."""
        seen = ground.bench.tools.metrics.history(
            SLOT_LAG, SOURCE, gate.created_at, DATAPOINT_SECONDS
        ).spans
        highest = max(span.highest for span in seen)
        return highest > SEGMENT_BYTES / 2 and min(span.lowest for span in seen) == 0

    eventually(jumped, "the saw-tooth")
    approved = ground.approve(ground.store.load(gate.id))
    with ground.clients() as clients, detecting(ground) as detector:
        after = ground.cut_over(approved)
        assert_writes_flow(clients)

    assert after.status is Status.ACTIVE, (after.problem, after.aborted)
    assert detector.both == []
    ground.account_of(clients)
    assert ground.place() == TARGET_INSTANCE
    assert ground.groups_of(SOURCE) == [QUARANTINE]
    assert ground.groups_of(TARGET_INSTANCE) == ["databases"]
    facts = after.facts["cut_over"]
    assert facts["mode"] == "without login"
    assert list(facts["phases_ms"]) == [
        *("pause", "close", "reboot", "catch_up", "promote", "check", "redirect", "open"),
    ]
    checked = facts["checked"]
    assert checked["wal_segment_bytes"] == SEGMENT_BYTES
    assert checked["archive_timeout_seconds"] == CYCLE_SECONDS
    assert checked["slot_lag_lowest_bytes"] == 0 <= checked["slot_lag_highest_bytes"]
    assert checked["slot_lag_highest_bytes"] <= SEGMENT_BYTES


def silence(ground: OutsideGround) -> None:
    """CloudWatch has nothing new any more."""
    ground.cloud.scenario.metrics_missing = True


@pytest.mark.table("without login", slices=36)
@pytest.mark.parametrize(
    ("spoil", "words"),
    [(silence, "datapoint"), (OutsideGround.add_stale_slot, "more than a segment")],
    ids=["no-datapoints", "stale-slot"],
)
def test_without_proof_nothing_is_promoted(
    ground: OutsideGround, spoil: Callable[[OutsideGround], None], words: str
) -> None:
    """Missing data blocks; the replica is deleted before the source takes writes again."""
    approved = ground.ready(SHORT_PAUSE)
    with ground.clients() as clients, detecting(ground) as detector:
        with ground.when_closed(lambda: spoil(ground)):
            after = ground.cut_over(approved)
        assert_writes_flow(clients)

    assert after.status is Status.HALTED
    assert after.problem is not None
    assert words in after.problem.reason
    assert "deleted first" in after.problem.reason
    assert detector.both == []
    ground.assert_stayed(clients, has_target=False)
    acts = [act.action for act in ground.cloud.carried_out]
    assert "PromoteReadReplicaDBCluster" not in acts
    closed, opened = (i for i, act in enumerate(acts) if act == "ModifyDBInstance")
    assert closed < acts.index("DeleteDBCluster") < opened


@pytest.mark.table("without login", slices=36)
def test_a_promotion_that_never_comes_is_given_up_without_deleting(ground: OutsideGround) -> None:
    """With its intent on record nothing is deleted: the target stays shut, and says abandoned."""
    approved = ground.ready(SHORT_PAUSE)
    ground.cloud.scenario.promote_fails_unexecuted_times = 1000
    with ground.clients() as clients, detecting(ground) as detector:
        after = ground.cut_over(approved)
        assert_writes_flow(clients)
        # It comes late, and is of no use to anybody.
        ground.cloud.scenario.promote_fails_unexecuted_times = 0
        ground.aws("rds").promote_read_replica_db_cluster(DBClusterIdentifier=TARGET)
        eventually(
            lambda: ground.scalar(TARGET_INSTANCE, "SELECT NOT pg_is_in_recovery()"), "promotion"
        )
        assert_writes_flow(clients)

    assert after.status is Status.HALTED
    assert detector.both == []
    ground.assert_stayed(clients, has_target=True)
    assert "DeleteDBCluster" not in [act.action for act in ground.cloud.carried_out]
