"""The audit's way to S3, with Redis, a worker and a death between the write and its record."""

import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto.s3.models import s3_backends
from workers_ground import a_migration, eventually, run

from migration.audit.story import sealed_story
from migration.events import AuditKept, MigrationCompleted
from migration.model import Migration, Status
from sandbox import identities
from sandbox.aws.endpoint import Endpoint
from sandbox.aws.iam.directory import Directory
from sandbox.aws.iam.permissions import Permissions
from sandbox.aws.scenario import Scenario
from workers.app import Workbench
from workers.reconciler import Reconciler

BUCKET = "the-bucket"
KEY = "daybreak/orders-0001/audit.jsonl"
WORKER = "worker"


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    """AWS with a bucket, and a worker that may write to it."""
    s3_backends.reset()
    served = Endpoint(Scenario(), lambda: None, Directory("123456789012", "eu-west-1"))
    served.start()
    owner(served).create_bucket(
        Bucket=BUCKET,
        CreateBucketConfiguration={"LocationConstraint": "eu-west-1"},
        ObjectLockEnabledForBucket=True,
    )
    permissions = Permissions(served.gate, {"AUDIT_BUCKET": (BUCKET,)})
    permissions.give(WORKER, WORKER, "auditor")
    yield served
    served.stop()


def owner(endpoint: Endpoint) -> Any:
    """The account's owner's client."""
    session = boto3.Session(*identities.owner().values(), region_name="eu-west-1")
    return session.client("s3", endpoint_url=endpoint.url)


@pytest.fixture
def environment(environment: dict[str, str], endpoint: Endpoint, tmp_path: Path) -> dict[str, str]:
    """With the bucket, and a folder of failpoints."""
    (tmp_path / "points").mkdir()
    return {
        **environment,
        **identities.keys(WORKER),
        "AWS_ENDPOINT_URL": endpoint.url,
        "DAYBREAK_AUDIT_BUCKET": BUCKET,
        "DAYBREAK_AUDIT_RETENTION_DAYS": "1",
        "DAYBREAK_FAILPOINTS": str(tmp_path / "points"),
    }


def ended(bench: Workbench) -> Migration:
    """A migration whose last commit has been made."""
    now = bench.clock.now()
    begun = a_migration(now)
    bench.store.create(begun, [], None)
    over = replace(begun, version=2, status=Status.COMPLETED)
    bench.store.commit(begun, over, [MigrationCompleted(now)])
    return over


def kept(bench: Workbench, migration: Migration) -> list[AuditKept]:
    """What says that it is there."""
    history = bench.store.events(migration.id)
    return [one.event for one in history if isinstance(one.event, AuditKept)]


def test_a_worker_that_dies_behind_the_write_loses_and_doubles_nothing(
    bench: Workbench, environment: dict[str, str], endpoint: Endpoint, tmp_path: Path
) -> None:
    """The last commit makes it due, and it stays so until it is recorded."""
    migration = ended(bench)
    point = tmp_path / "points" / "audit.written"
    point.write_text("kill")
    worker = run("worker", environment, tmp_path / "worker.log")
    try:
        Reconciler(bench).round()
        eventually(point.with_suffix(".written.hit").exists, "the death of a work-horse")
        versions = owner(endpoint).list_object_versions(Bucket=BUCKET)["Versions"]
        assert len(versions) == 2
        assert kept(bench, migration) == []
        # What the dead one held lapses by itself, and the reconciler asks again after a minute.
        bench.redis.delete(f"daybreak:lease:{migration.id}")
        bench.audits.put_off(migration.id, 0)
        Reconciler(bench).round()
        eventually(lambda: bool(kept(bench, migration)), "the record")
    finally:
        worker.send_signal(signal.SIGTERM)
        worker.wait(30)
    assert len(owner(endpoint).list_object_versions(Bucket=BUCKET)["Versions"]) == 2
    sealed = sealed_story(bench.store, migration.id)
    assert sealed is not None
    found = owner(endpoint).get_object(Bucket=BUCKET, Key=KEY)
    assert found["Body"].read().decode() == sealed.chain.text
    assert found["ObjectLockMode"] == "GOVERNANCE"
    eventually(lambda: not bench.redis.zcard("daybreak:audits-due"), "that nothing is due")
    Reconciler(bench).round()
    assert len(kept(bench, migration)) == 1
