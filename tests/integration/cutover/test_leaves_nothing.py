"""What is cancelled, in whatever phase, leaves AWS and the databases as they were before."""

from collections.abc import Callable
from typing import Any

import boto3
import psycopg
import pytest
from cutover_ground import RITA, SOURCE, TARGET, Ground, eventually
from test_cancel_cut_over import taken_down

from migration.model import Migration, Options, Status
from migration.schedule import work_of
from workers.collector import Collector
from workers.runner import StepRunner

pytestmark = pytest.mark.table("leaves nothing")
FRESH = True
# What changes by itself, or says only when something was.
PASSING = frozenset({"LatestRestorableTime"})
INSIDE = {
    "roles": "SELECT to_jsonb(r) - 'oid' FROM pg_roles r ORDER BY rolname",
    "memberships": "SELECT roleid::regrole, member::regrole FROM pg_auth_members ORDER BY 1, 2",
    "databases": "SELECT datname, datacl::text FROM pg_database ORDER BY 1",
    "schemas": "SELECT nspname, nspacl::text FROM pg_namespace WHERE nspname !~ '^pg_t' ORDER BY 1",
    "relations": (
        "SELECT oid::regclass::text, relkind::text, relreplident::text, relpersistence::text "
        "FROM pg_class WHERE relnamespace::regnamespace::text !~ '^(pg_|information)' ORDER BY 1"
    ),
    "functions": (
        "SELECT oid::regprocedure::text FROM pg_proc "
        "WHERE pronamespace::regnamespace::text !~ '^(pg_|information)' ORDER BY 1"
    ),
    "triggers": "SELECT tgname, tgrelid::regclass::text FROM pg_trigger ORDER BY 1, 2",
    "slots": "SELECT slot_name FROM pg_replication_slots ORDER BY 1",
    "publications": "SELECT pubname FROM pg_publication ORDER BY 1",
    "subscriptions": "SELECT subname FROM pg_subscription ORDER BY 1",
    "settings of roles": "SELECT setdatabase, setrole, setconfig FROM pg_db_role_setting",
}


def inside(ground: Ground) -> dict[str, Any]:
    """What a database of the source is made of."""
    with psycopg.connect(ground.cloud.superuser_dsn(SOURCE), autocommit=True) as connection:
        return {name: connection.execute(query).fetchall() for name, query in INSIDE.items()}


def at_aws(ground: Ground) -> dict[str, Any]:
    """Everything of RDS's in the account, with its tags."""
    client = boto3.client(
        "rds",
        endpoint_url=ground.cloud.endpoint_url,
        region_name=ground.cloud.region,
        aws_access_key_id="sandbox",
        aws_secret_access_key="sandbox",
    )
    return {
        name: sorted(
            ({k: v for k, v in one.items() if k not in PASSING} for one in call()[name]), key=str
        )
        for name, call in {
            "DBInstances": client.describe_db_instances,
            "DBClusters": client.describe_db_clusters,
            "DBSnapshots": lambda: client.describe_db_snapshots(SnapshotType="manual"),
            "DBParameterGroups": client.describe_db_parameter_groups,
            "DBClusterParameterGroups": client.describe_db_cluster_parameter_groups,
        }.items()
    }


def carry_to(ground: Ground, migration: Migration, over: Callable[[Migration], bool]) -> Migration:
    """Run its steps until that is so."""

    def step() -> bool:
        nonlocal migration
        ground.scalar(SOURCE, "SELECT pg_logical_emit_message(true, 'test', 'something')")
        work = work_of(migration)
        if work is not None and not over(migration):
            StepRunner(ground.bench).run(work.migration_id, work.step, work.version)
            migration = ground.store.load(migration.id)
        return over(migration)

    eventually(step, "the phase to cancel in")
    return migration


def due(step: str) -> Callable[[Migration], bool]:
    """Whether this step is due, and has begun to wait for what it made."""
    return lambda now: now.step is not None and now.step.name == step and now.waiting is not None


def _gate(now: Migration) -> bool:
    return now.status is Status.WAITING_FOR_APPROVAL


PHASES: dict[str, Callable[[Migration], bool]] = {
    "snapshot": due("take_safety_snapshot"),
    "replica": due("create_replica"),
    "gate": _gate,
}


def start(ground: Ground, *, recreate_slots: bool = False) -> Migration:
    """As people do."""
    options = Options(target=TARGET, recreate_slots=recreate_slots)
    ground.store.save_inventory(Collector(ground.bench.tools.rds, ground.bench.clock).collect())
    return ground.service.start(SOURCE, RITA, "C1", options)


@pytest.mark.parametrize("phase", PHASES)
def test_cancelled_on_the_way_there(ground: Ground, phase: str) -> None:
    """Instances, clusters, snapshots, groups, tags; roles, tables, slots: all as before."""
    before = at_aws(ground), inside(ground)
    migration = carry_to(ground, start(ground), PHASES[phase])
    assert (at_aws(ground), inside(ground)) != before

    after = taken_down(ground, ground.service.cancel(migration.id, RITA))

    assert after.status is Status.CANCELLED
    assert at_aws(ground) == before[0]
    assert inside(ground) == before[1]


@pytest.mark.parametrize("point", ["fenced", "drained"])
def test_gone_back_before_the_target_was_promoted(
    ground: Ground, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    """A cut-over that failed, and then the cancel: the fence is lifted, and its row forgotten."""
    folder = ground.folder / "failpoints"
    folder.mkdir(exist_ok=True)
    monkeypatch.setenv("DAYBREAK_FAILPOINTS", str(folder))
    ground.compose()
    before = at_aws(ground), inside(ground)
    approved = ground.approve(carry_to(ground, start(ground, recreate_slots=True), _gate))
    (folder / point).write_text("error")
    gone_back = ground.cut_over(approved)
    assert (folder / f"{point}.hit").exists()
    assert "takes writes again" in gone_back.aborted
    assert inside(ground) != before[1]

    after = taken_down(ground, ground.service.cancel(gone_back.id, RITA))

    assert after.status is Status.CANCELLED
    assert at_aws(ground) == before[0]
    assert inside(ground) == before[1]
