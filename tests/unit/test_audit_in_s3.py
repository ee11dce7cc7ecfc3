"""The audit in S3: written once by a worker, held as asked for, and what goes wrong is said."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from audit_story import END, EVENTS, LATE, NOW
from aws_in_process import WORKER, Cloud
from builders import FakeClock, FakeEngine, a_migration
from pydantic import ValidationError
from recorded_calls import compare

from migration.adapters.memory_store import MemoryStore
from migration.audit.story import sealed_story
from migration.audit.verify import verify
from migration.events import AuditKept, AuditNotKept, Event
from workers import failpoints
from workers.audit_keeping import AuditKeeping
from workers.aws.vault import Vault
from workers.settings import WorkerSettings

BUCKET = "the-bucket"
LINES = "daybreak/orders-0001/audit.jsonl"
REPORT = "daybreak/orders-0001/audit.txt"
DAY = 24 * 3600.0


@dataclass
class ListedAudits:
    """The fake of the port: what was put off until when, and what is done."""

    off: dict[str, float] = field(default_factory=dict)
    finished: list[str] = field(default_factory=list)

    def drive(self, now: float) -> None:
        """The tests drive."""

    def put_off(self, migration_id: str, at: float) -> None:
        """Remember it."""
        self.off[migration_id] = at

    def done(self, migration_id: str) -> None:
        """Remember it."""
        self.finished.append(migration_id)


def settings(**changes: Any) -> WorkerSettings:
    """Those of a worker with a bucket."""
    needed = {"AWS_REGION": "eu-west-1", "rds_ca_file": "x", "traffic": "route53"}
    given = {"route53_records": "orders=Z1/orders.example.com", "audit_bucket": BUCKET}
    return WorkerSettings.model_validate({**needed, **given, **changes})


class Scene:
    """A migration that has ended, an account with a bucket, and whoever writes."""

    def __init__(self, *, lock: bool = True, **more: Any) -> None:
        self.cloud = Cloud()
        self.owner = self.cloud.owner
        place = {"LocationConstraint": "eu-west-1"}
        self.owner.create_bucket(
            Bucket=BUCKET, CreateBucketConfiguration=place, ObjectLockEnabledForBucket=lock
        )
        self.cloud.permissions.give(WORKER, WORKER, "auditor")
        self.clock = FakeClock(NOW + 100)
        self.store = MemoryStore(FakeEngine(), self.clock)
        self.migration = a_migration()
        self.store.create(self.migration, [*EVENTS, END], None)
        self.audits = ListedAudits()
        vault = Vault(self.cloud.client(WORKER), BUCKET)
        self.keeping = AuditKeeping(self.store, self.audits, vault, settings(**more), self.clock)

    def writes(self) -> None:
        """What the job does."""
        self.keeping.write(self.migration.id)

    def stored(self, key: str = LINES) -> str:
        """What is in the bucket."""
        return str(self.owner.get_object(Bucket=BUCKET, Key=key)["Body"].read().decode())

    def versions(self) -> int:
        """How many there ever were, of both files."""
        return len(self.owner.list_object_versions(Bucket=BUCKET).get("Versions", ()))

    def since_the_end(self) -> list[Event]:
        """What was recorded."""
        return [one.event for one in self.store.events(self.migration.id, len(EVENTS) + 1)]

    def said(self) -> str:
        """The one thing that was wrong."""
        (event,) = self.since_the_end()
        assert isinstance(event, AuditNotKept)
        return event.reason


def test_both_files_are_written_once_and_said() -> None:
    """The sealed lines, which hold, and the report; a second job does nothing more."""
    scene = Scene()
    scene.store.append(scene.migration.id, [LATE])
    scene.writes()
    scene.writes()
    sealed = sealed_story(scene.store, scene.migration.id)
    assert sealed is not None
    assert scene.stored() == sealed.chain.text
    assert verify(scene.stored().splitlines()).ended == "completed"
    assert "Sealed: completed." in scene.stored(REPORT)
    late, kept = scene.since_the_end()
    assert (late, kept) == (
        LATE,
        AuditKept(NOW + 100, f"s3://{BUCKET}/{LINES}", sealed.chain.last),
    )
    assert scene.versions() == 2
    assert scene.audits.finished == [scene.migration.id] * 2
    assert scene.audits.off == {}


@pytest.mark.parametrize("mode", ["governance", "compliance"])
def test_it_is_held_as_long_as_asked_for(mode: str) -> None:
    """From the end of the migration on; nobody who holds the policies can take it away."""
    scene = Scene(audit_retention_days=30, audit_retention_mode=mode)
    scene.writes()
    for key in (LINES, REPORT):
        head = scene.owner.head_object(Bucket=BUCKET, Key=key)
        assert head["ObjectLockMode"] == mode.upper()
        assert head["ObjectLockRetainUntilDate"].timestamp() == END.at + 30 * DAY
    (kept,) = scene.since_the_end()
    assert isinstance(kept, AuditKept)
    assert kept.held_until == END.at + 30 * DAY
    compare("audited", scene.cloud.permissions.asked + once_more(scene))


def once_more(scene: Scene) -> tuple[Any, ...]:
    """The calls of a repeat after a crash, which looks at what is there."""
    fresh = MemoryStore(FakeEngine(), scene.clock)
    fresh.create(scene.migration, [*EVENTS, END], None)
    keeping = AuditKeeping(
        fresh, scene.audits, scene.keeping.vault, scene.keeping.settings, scene.clock
    )
    keeping.write(scene.migration.id)
    return scene.cloud.permissions.asked


def test_a_term_that_is_over_begins_anew() -> None:
    """A bucket that was set up late holds all the same."""
    scene = Scene(audit_retention_days=1)
    scene.clock.time = NOW + 10 * DAY
    scene.writes()
    (kept,) = scene.since_the_end()
    assert isinstance(kept, AuditKept)
    assert kept.held_until == NOW + 11 * DAY


@pytest.mark.parametrize(
    ("statement", "action"),
    [("KeepTheAudit", "s3:PutObject"), ("HoldTheAudit", "s3:PutObjectRetention")],
)
def test_what_is_not_allowed_is_said_and_tried_again(statement: str, action: str) -> None:
    """Once, with the line that is missing; after it is there, it is written."""
    scene = Scene(audit_retention_days=30)
    scene.cloud.permissions.take_away(f"auditor.{statement}")
    scene.writes()
    scene.writes()
    said = scene.said()
    assert f"AWS refused `{action}` on `arn:aws:s3:::{BUCKET}/{LINES}`" in said
    assert f"statement `{statement}` of docs/iam/auditor.json" in said
    assert scene.audits.off == {scene.migration.id: NOW + 100 + 300}
    assert scene.audits.finished == []
    scene.cloud.permissions.give(WORKER, WORKER, "auditor")
    scene.writes()
    assert isinstance(scene.since_the_end()[-1], AuditKept)
    assert scene.audits.finished == [scene.migration.id]


def test_a_bucket_without_object_lock_is_said_where_a_retention_is_asked_for() -> None:
    """Nothing is written that could be deleted; what to do is said."""
    scene = Scene(lock=False, audit_retention_days=30)
    scene.writes()
    assert f"The bucket `{BUCKET}` takes no retention: it has no Object Lock." in scene.said()
    assert "DAYBREAK_AUDIT_RETENTION_DAYS" in scene.said()
    assert scene.owner.list_objects_v2(Bucket=BUCKET)["KeyCount"] == 0
    assert scene.audits.off == {scene.migration.id: NOW + 100 + 300}


def test_without_a_retention_any_bucket_will_do() -> None:
    """It is held by nothing, then."""
    scene = Scene(lock=False)
    scene.writes()
    assert isinstance(scene.since_the_end()[-1], AuditKept)


def test_a_bucket_that_is_not_there_is_said() -> None:
    """In AWS's words."""
    scene = Scene()
    scene.owner.delete_bucket(Bucket=BUCKET)
    scene.writes()
    assert "NoSuchBucket" in scene.said()


def test_another_trouble_is_said_as_well() -> None:
    """But none twice in a row."""
    scene = Scene(lock=False, audit_retention_days=30)
    scene.cloud.permissions.take_away("auditor.KeepTheAudit")
    scene.writes()
    scene.cloud.permissions.give(WORKER, WORKER, "auditor")
    scene.writes()
    scene.writes()
    reasons = [one.reason for one in scene.since_the_end() if isinstance(one, AuditNotKept)]
    assert [("refused" in one, "Object Lock" in one) for one in reasons] == [
        (True, False),
        (False, True),
    ]


def test_what_somebody_else_wrote_is_neither_touched_nor_believed() -> None:
    """A file that says something else stands there: both are for people to look at."""
    scene = Scene()
    scene.owner.put_object(Bucket=BUCKET, Key=LINES, Body=b"{}\n")
    scene.writes()
    assert f"`s3://{BUCKET}/{LINES}` is there already and says something else" in scene.said()
    assert scene.stored() == "{}\n"


def test_a_lost_answer_writes_it_once() -> None:
    """The request is repeated, and finds what the first one wrote."""
    scene = Scene()
    scene.cloud.lost = {scene.cloud.requests + 1}
    scene.writes()
    assert scene.versions() == 2
    assert [type(one) for one in scene.since_the_end()] == [AuditKept]


def test_a_crash_between_the_write_and_its_record_doubles_nothing(tmp_path: Path) -> None:
    """Struck by a failpoint; the next job finds the files, and records them."""
    scene = Scene(audit_retention_days=30)
    (tmp_path / "audit.written").write_text("error")
    failpoints.watch(str(tmp_path))
    try:
        with pytest.raises(failpoints.Struck):
            scene.writes()
    finally:
        failpoints.watch("")
    assert (scene.versions(), scene.since_the_end(), scene.audits.finished) == (2, [], [])
    scene.writes()
    assert scene.versions() == 2
    assert [type(one) for one in scene.since_the_end()] == [AuditKept]


def test_while_somebody_else_is_at_it_nothing_is_done() -> None:
    """Whoever holds the lease; the reconciler asks again."""
    scene = Scene()
    assert scene.store.lease(scene.migration.id, 60) is not None
    scene.writes()
    assert scene.versions() == 0
    assert scene.audits.finished == []


def test_who_writes_for_too_long_leaves_the_record_to_the_next() -> None:
    """Its lease is over: somebody else may be at it, and one record is enough."""
    scene = Scene()

    def an_hour_passes() -> None:
        scene.clock.time += 3600

    scene.cloud.meanwhile = an_hour_passes
    scene.writes()
    assert (scene.since_the_end(), scene.audits.finished, scene.audits.off) == ([], [], {})
    scene.cloud.meanwhile = lambda: None
    scene.writes()
    assert [type(one) for one in scene.since_the_end()] == [AuditKept]
    assert scene.versions() == 2


def test_what_is_under_way_or_gone_is_not_written() -> None:
    """There is no seal, so there is nothing to be kept."""
    scene = Scene()
    scene.store.create(a_migration(id="billing-0001", source="billing"), EVENTS, None)
    scene.keeping.write("billing-0001")
    scene.keeping.write("nothing-0001")
    assert scene.versions() == 0
    assert scene.audits.finished == ["billing-0001", "nothing-0001"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"audit_bucket": "arn:aws:s3:::mine"}, "no name of a bucket"),
        ({"audit_bucket": "s3://mine"}, "no name of a bucket"),
        ({"audit_bucket": "mine/folder"}, "no name of a bucket"),
        ({"audit_bucket": "Mine"}, "no name of a bucket"),
        ({"audit_bucket": "", "audit_retention_days": 3}, "needs DAYBREAK_AUDIT_BUCKET"),
        ({"audit_retention_days": -1}, "greater than or equal to 0"),
        ({"audit_retention_mode": "forever"}, "'governance' or 'compliance'"),
        ({"audit_retry_seconds": 0}, "greater than or equal to 1"),
    ],
)
def test_settings_that_can_not_be_meant_are_refused(changes: dict[str, Any], said: str) -> None:
    """At the start of the process."""
    with pytest.raises(ValidationError, match=said):
        settings(**changes)
