"""Every step against the sandbox's AWS: repeated, killed after each call, undone twice."""

from dataclasses import replace

import pytest
import standing_replay
from step_lifecycle import (
    assert_compensated,
    assert_repeat_changes_nothing,
    compensate_dying,
    run_dying,
)
from steps_ground import Ground, Journal, eventually

from migration.adapters.clock import SystemClock
from migration.adapters.memory_observations import MemoryObservations
from migration.errors import Permanent
from migration.model import Migration
from migration.steps import Wait
from workers.aws.cloudwatch import REPLICA_LAG
from workers.collector import Collector
from workers.observing.rehearsal import by_sight, by_sight_and_sql, rehearse
from workers.observing.sight import Collected, Kept
from workers.steps import marks
from workers.steps.registry import STEPS
from workers.steps.remove_replica import MayBePromoted, check_never_promoted

SOURCES = ("orders", "billing")

# What each step changes in AWS, each of it once however often its worker dies.
CHANGES = {
    "check_source": [],
    "enable_backups": [],
    "check_network": [],
    "copy_parameters": [
        "CreateDBClusterParameterGroup",
        "CreateDBParameterGroup",
        "ModifyDBClusterParameterGroup",
        "ModifyDBParameterGroup",
    ],
    "take_safety_snapshot": ["CreateDBSnapshot"],
    "create_replica": [
        "CreateDBCluster",
        "PutMetricAlarm",
        "PutMetricAlarm",
        "CreateDBInstance",
    ],
    "watch_lag": ["PutMetricAlarm"],
    "validate_target": [],
}
UNDONE_BY = {
    "create_replica": [
        "ModifyDBCluster",
        "DeleteDBInstance",
        "DeleteDBCluster",
        "DeleteAlarms",
    ],
    "take_safety_snapshot": ["DeleteDBSnapshot"],
    "copy_parameters": ["DeleteDBParameterGroup", "DeleteDBClusterParameterGroup"],
}


def walk(ground: Ground, migration: Migration, changes: dict[str, list[str]]) -> Migration:
    """Through the steps before the gate, each killed after each of its calls, and repeated."""
    for step, expected in changes.items():
        facts, sent = run_dying(ground, migration, step)
        assert sent == expected, step
        assert_repeat_changes_nothing(ground, migration, step)
        migration = replace(migration, facts={**migration.facts, step: facts})
    return migration


def assert_watched_by_observations(ground: Ground, migration: Migration) -> None:
    """While the lag is too large, the databases are asked each time and AWS for the login alone."""
    names = [step.name for step in migration.plan.steps]
    migration = replace(migration, position=names.index("watch_lag"))
    tools, observations = ground.tools, MemoryObservations(SystemClock())
    sight = Collected(tools.rds, tools.metrics)
    said = ground.cloud.scenario.metrics_said
    said[REPLICA_LAG, marks.instance_name(migration)] = 900.0
    while rehearse(migration, by_sight(tools, sight)) is None and sight.ask_for_metrics():
        pass
    said.clear()
    observations.keep(sight.touched, tools.clock.now(), 60)
    before = ground.cloud.calls
    told = rehearse(migration, by_sight_and_sql(tools, Kept(observations)))

    assert told is not None
    assert told.wait.reason == "The lag is over 5 s"
    assert {reading.origin for reading in told.readings} == {
        f"CloudWatch {REPLICA_LAG}", "pg_stat_replication",
    }  # fmt: skip
    assert dict(ground.cloud.calls - before) == {("secretsmanager", "GetSecretValue"): 1}


def test_every_step_survives_repeats_crashes_and_being_undone(ground: Ground) -> None:
    """A step finds its own work by name and tag, does it once, and takes it down once."""
    migration = walk(ground, ground.migration("orders", "orders-aurora"), CHANGES)

    cluster = ground.tools.rds.cluster("orders-aurora")
    assert cluster is not None
    assert cluster.deletion_protection
    assert marks.ours(migration, cluster.tags)
    rows = {row["name"]: row for row in migration.fact("copy_parameters", "parameters")}
    assert rows["work_mem"]["verdict"] == "copied"
    group = marks.parameter_group_name(migration)
    there = ground.tools.rds.instance_parameters.parameters(group)
    assert (there["work_mem"].value, there["work_mem"].source) == ("8192", "user")
    assert rows["shared_buffers"]["verdict"] == "defaults differ"
    assert there["shared_buffers"].value == rows["shared_buffers"]["target"]
    compared = migration.fact("validate_target", "databases")["app"]
    assert "pgcrypto" in {name for name, _, _ in compared["extensions"]}
    assert [way["user"] for way in migration.fact("validate_target", "ways")] == ["app"]

    assert_watched_by_observations(ground, migration)
    for step in reversed(CHANGES):
        _, sent = compensate_dying(ground, migration, step)
        assert sent == UNDONE_BY.get(step, []), step
        assert_compensated(ground, migration, step)

    assert ground.tools.rds.cluster("orders-aurora") is None
    assert ground.tools.rds.snapshot(marks.safety_snapshot_name(migration)) is None
    # The source let go of its WAL, and is otherwise as it was.
    with ground.superuser("orders") as connection:
        row = connection.execute(
            "SELECT count(*) FROM pg_replication_slots WHERE slot_type = 'physical'"
        ).fetchone()
    assert row == (0,)
    source = ground.tools.rds.instance("orders")
    assert source is not None
    assert source.status == "available"


def test_what_a_standby_needs_is_set_where_aurora_would_have_less(ground: Ground) -> None:
    """A formula may come to less on another class: the source's number is set instead."""
    wanted = ground.migration("orders", "orders-small", instance_class="db.t4g.medium")
    migration = ground.carried_to(wanted, "check_source", "copy_parameters")
    rows = {row["name"]: row for row in migration.fact("copy_parameters", "parameters")}
    group = marks.parameter_group_name(migration)
    there = ground.tools.rds.instance_parameters.parameters(group)["max_connections"]
    ground.compensate(migration, "copy_parameters")

    with ground.superuser("orders") as connection:
        (in_force,) = connection.execute("SHOW max_connections").fetchone() or ("",)
    assert rows["max_connections"]["verdict"] == "raised"
    assert (there.value, there.source) == (in_force, "user")


def test_what_others_made_is_left_alone(ground: Ground) -> None:
    """A snapshot, group or cluster of our name without our tag stops the step, and stays."""
    migration = ground.migration("orders", "orders-aurora")
    migration = replace(migration, id="orders-0000")
    ground.tools.rds.create_snapshot("daybreak-orders-0000-safety", "orders", {})
    ground.tools.rds.instance_parameters.create(
        "daybreak-orders-0000", "aurora-postgresql15", "theirs", {"owner": "them"}
    )
    snapshot = ground.tools.rds.snapshot
    eventually(
        lambda: getattr(snapshot("daybreak-orders-0000-safety"), "status", "") == "available",
        "their snapshot",
    )

    with pytest.raises(Permanent, match="was not made by Daybreak"):
        ground.look(migration, "take_safety_snapshot")
    before = list(ground.changes)
    for step in ("take_safety_snapshot", "copy_parameters"):
        assert_compensated(ground, migration, step)

    assert ground.changes == before
    assert snapshot("daybreak-orders-0000-safety") is not None
    assert ground.tools.rds.instance_parameters.group("daybreak-orders-0000") is not None


def test_a_promoted_cluster_is_protected_and_never_deleted(ground: Ground) -> None:
    """Backups go on once and stay on; after the promotion nothing of ours deletes the cluster."""
    migration = ground.migration("billing", "billing-aurora", accept_backup_interruption=True)
    checked = ground.finish(migration, "check_source")
    assert any("the requester accepted that" in words for words in checked["warnings"]["backups"])
    # Its only parameter is one that instances have.
    groups = [
        call for call in CHANGES["copy_parameters"] if call != "ModifyDBClusterParameterGroup"
    ]
    changes = {**CHANGES, "enable_backups": ["ModifyDBInstance"], "copy_parameters": groups}
    migration = walk(ground, migration, changes)
    # As it was when the migration began.
    migration = replace(migration, facts={**migration.facts, "check_source": checked})
    kept = ground.compensate(migration, "enable_backups")
    assert "stay on" in kept["kept"]

    ground.tools.rds.prepare_promotion(20)
    undo = STEPS["create_replica"](ground.tools).compensate
    follows = ground.tools.rds.cluster("billing-aurora")
    assert follows is not None
    with standing_replay.standing(ground.cloud._datacenter.servers["billing-aurora-1"]):
        ground.tools.rds.promote("billing-aurora", timeout_seconds=20)
        with pytest.raises(MayBePromoted, match="being promoted"):
            undo(migration, Journal())
    cluster = ground.tools.rds.cluster
    eventually(
        lambda: getattr(cluster("billing-aurora"), "replication_source", "?") == "", "the promotion"
    )
    with pytest.raises(MayBePromoted, match="names no source"):
        undo(migration, Journal())
    # AWS's answers may be old: the target itself is asked.
    with pytest.raises(MayBePromoted, match="takes writes"):
        check_never_promoted(migration, follows, ground.tools)
    began = replace(migration, cut_over_began=1.0)
    with pytest.raises(MayBePromoted, match="a cut-over began"):
        undo(began, Journal())
    with pytest.raises(Permanent, match="is no replica any more"):
        ground.look(migration, "watch_lag")
    with pytest.raises(Permanent, match="is no replica any more"):
        ground.look(migration, "validate_target")

    ground.tools.rds.unprotect_cluster("billing-aurora")
    facts, sent = run_dying(ground, migration, "protect_target")
    assert sent == ["ModifyDBCluster", "AddTagsToResource", "DeleteAlarms"]
    assert facts == {"deletion_protection": True, "retention_days": 7, "source_kept": True}
    assert_repeat_changes_nothing(ground, migration, "protect_target")
    assert_compensated(ground, migration, "protect_target")
    # From here on the list of instances says so, before anybody asks to move it again.
    sources = Collector(ground.tools.rds, ground.tools.clock).collect().sources
    (moved,) = [source for source in sources if source.identifier == "billing"]
    assert "was moved already: its applications use `billing-aurora`" in moved.obstacle


def test_backups_stay_off_until_somebody_accepted_the_interruption(ground: Ground) -> None:
    """The step itself asks for the acceptance, whatever the check before it said."""
    migration = ground.migration("orders", "orders-other")
    ground.tools.rds.enable_backups("orders", 0)
    eventually(
        lambda: getattr(ground.tools.rds.instance("orders"), "backup_retention_days", 7) == 0,
        "backups off",
    )
    try:
        eventually(lambda: not isinstance(_outcome(ground, migration), Wait), "a quiet instance")
        with pytest.raises(Permanent, match="nobody accepted"):
            ground.look(migration, "enable_backups")
    finally:
        ground.tools.rds.enable_backups("orders", 7)
    eventually(lambda: not isinstance(_outcome(ground, migration), Wait), "backups on again")


def _outcome(ground: Ground, migration: Migration) -> object:
    try:
        return ground.look(migration, "enable_backups")
    except Permanent as error:
        return error
