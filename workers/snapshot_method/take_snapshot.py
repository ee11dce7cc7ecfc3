"""Step: the snapshot that the closed source is copied by, and proof that it is one."""

from migration.errors import Permanent
from migration.model import Migration
from migration.steps import Done, Journal, Outcome, Wait
from workers.aws.resources import AVAILABLE, Instance, Snapshot
from workers.cutover.arm import EPOCH_TAG
from workers.preflight.state import PASSING
from workers.snapshot_method import void_copy
from workers.snapshot_method.same_fence import see_source_frozen
from workers.steps import marks
from workers.toolbox import Toolbox

_UNDER_WAY = frozenset({"creating", "pending"})
# AWS dates it, and its clock is not ours; what it holds is proven by the marker in its copy.
CLOCKS_SECONDS = 300.0


class TakeSnapshot:
    """Named by the attempt: one of an earlier attempt is never taken for it."""

    def __init__(self, tools: Toolbox) -> None:
        """With these tools."""
        self._tools = tools

    def run(self, migration: Migration, journal: Journal) -> Outcome:
        """Begin it, wait for it, look whether it is what it should be.

        Raises:
            Permanent: the source is not closed any more, or the snapshot is of no use.
        """
        rds, name = self._tools.rds, marks.frozen_snapshot_name(migration)
        see_source_frozen(migration, self._tools)
        instance = rds.instance(migration.source)
        if instance is None:
            raise Permanent(f"There is no instance `{migration.source}` any more.")
        snapshot = rds.snapshot(name)
        if snapshot is None:
            if instance.status in PASSING:
                return self._wait(f"`{instance.id}` is `{instance.status}`", None)
            journal.intend("create_snapshot", snapshot=name, instance=migration.source)
            tags = {**marks.tags(migration), EPOCH_TAG: str(migration.epoch)}
            rds.create_snapshot(name, migration.source, tags)
            journal.done("create_snapshot", snapshot=name)
            return self._wait(f"RDS is taking snapshot `{name}`", None)
        marks.check_ours(migration, f"snapshot `{name}`", snapshot.tags)
        if snapshot.status in _UNDER_WAY:
            return self._wait(f"RDS is taking snapshot `{name}`", snapshot.progress)
        _validate(migration, snapshot, instance)
        return Done(
            {
                "snapshot": snapshot.id,
                "arn": snapshot.arn,
                "storage_gib": snapshot.storage_gib,
                "encrypted": snapshot.encrypted,
                "taken_at": snapshot.taken_at.isoformat() if snapshot.taken_at else None,
            }
        )

    def compensate(self, migration: Migration, journal: Journal) -> Outcome:
        """Delete it, and those of earlier attempts: the source has everything."""
        return void_copy.remove_snapshots(migration, self._tools, journal)

    def _wait(self, words: str, progress: float | None) -> Wait:
        return Wait(self._tools.settings.poll_seconds, words, progress)


def _validate(migration: Migration, snapshot: Snapshot, instance: Instance) -> None:
    """Raises Permanent when it can't become the copy."""
    wrong = []
    if snapshot.status != AVAILABLE:
        wrong.append(f"its status is `{snapshot.status}`")
    if snapshot.instance != instance.id:
        wrong.append(f"it is of `{snapshot.instance}`")
    if (snapshot.engine, snapshot.engine_version) != (instance.engine, instance.engine_version):
        wrong.append(f"it is of {snapshot.engine} {snapshot.engine_version}")
    if snapshot.storage_gib <= 0:
        wrong.append("it is empty")
    if (snapshot.encrypted, snapshot.kms_key) != (instance.encrypted, instance.kms_key):
        wrong.append("it is not encrypted as the source is")
    began = migration.freeze.began_at if migration.freeze else 0.0
    if snapshot.taken_at is None or snapshot.taken_at.timestamp() < began - CLOCKS_SECONDS:
        wrong.append("it is older than the freeze")
    if wrong:
        raise Permanent(f"Snapshot `{snapshot.id}` is of no use: {', '.join(wrong)}.")
