"""Step: a snapshot of the source before anything is attached to it, and proof that it is one."""

from migration.errors import Permanent
from migration.model import Migration
from migration.steps import Done, Journal, Outcome, Wait
from workers.aws.resources import AVAILABLE, Instance, Snapshot
from workers.steps import marks
from workers.toolbox import Toolbox

_UNDER_WAY = frozenset({"creating", "pending"})


class TakeSafetySnapshot:
    """Takes a manual snapshot; it lives on its own and outlives the instance."""

    def __init__(self, tools: Toolbox) -> None:
        """With these tools."""
        self._tools = tools

    def run(self, migration: Migration, journal: Journal) -> Outcome:
        """Begin it, wait for it, look whether it is what it should be."""
        rds = self._tools.rds
        name = marks.safety_snapshot_name(migration)
        snapshot = rds.snapshot(name)
        if snapshot is None:
            journal.intend("create_snapshot", snapshot=name, instance=migration.source)
            rds.create_snapshot(name, migration.source, marks.tags(migration))
            journal.done("create_snapshot", snapshot=name)
            return self._waiting(name, None)
        marks.check_ours(migration, f"snapshot `{name}`", snapshot.tags)
        if snapshot.status in _UNDER_WAY:
            return self._waiting(name, snapshot.progress)
        instance = rds.instance(migration.source)
        if instance is None:
            raise Permanent(f"There is no instance `{migration.source}` any more.")
        _validate(snapshot, instance)
        return Done(
            {
                "snapshot": snapshot.id,
                "arn": snapshot.arn,
                "storage_gib": snapshot.storage_gib,
                "encrypted": snapshot.encrypted,
            }
        )

    def compensate(self, migration: Migration, journal: Journal) -> Outcome:
        """Delete it, if it is ours: the source was never touched."""
        rds = self._tools.rds
        name = marks.safety_snapshot_name(migration)
        snapshot = rds.snapshot(name)
        if snapshot is None:
            return Done({"gone": [name]})
        if not marks.ours(migration, snapshot.tags):
            return Done()
        if snapshot.status in _UNDER_WAY:
            return Wait(
                self._tools.settings.poll_seconds,
                f"Snapshot `{name}` can be deleted once it is finished",
                snapshot.progress,
            )
        if snapshot.status != "deleting":
            journal.intend("delete_snapshot", snapshot=name)
            rds.delete_snapshot(name)
            journal.done("delete_snapshot", snapshot=name)
        return Wait(self._tools.settings.poll_seconds, f"Snapshot `{name}` is being deleted")

    def _waiting(self, name: str, progress: float | None) -> Wait:
        words = f"RDS is taking snapshot `{name}`"
        return Wait(self._tools.settings.poll_seconds, words, progress)


def _validate(snapshot: Snapshot, instance: Instance) -> None:
    """Raises Permanent when it would not bring the source back."""
    wrong = []
    if snapshot.status != AVAILABLE:
        wrong.append(f"its status is `{snapshot.status}`")
    if snapshot.instance != instance.id:
        wrong.append(f"it is of `{snapshot.instance}`")
    if snapshot.storage_gib <= 0:
        wrong.append("it is empty")
    if (snapshot.encrypted, snapshot.kms_key) != (instance.encrypted, instance.kms_key):
        wrong.append("it is not encrypted as the source is")
    if wrong:
        raise Permanent(
            f"Snapshot `{snapshot.id}` is of no use: {', '.join(wrong)}. Delete it, then retry: "
            "Daybreak takes a new one."
        )
