"""Step: the source is kept, and made fit for being kept: nobody deletes it by one call.

A last snapshot holds what it has at the end of the cool-off. Deleting it is in no plan: people do
that, when they have looked whether anybody misses something.
"""

from migration.errors import Permanent
from migration.model import Facts, Migration
from migration.steps import Done, Journal, Outcome, Wait
from workers.aws.resources import AVAILABLE, Instance
from workers.postgres import fence
from workers.postgres.fence import State
from workers.steps import marks
from workers.toolbox import Toolbox

RETIRED_TAG = "daybreak:retired-by"


class RetireSource:
    """Fenced, snapshot, tags, deletion protection: in this order, each seen to be so."""

    def __init__(self, tools: Toolbox) -> None:
        """With these tools."""
        self._tools = tools

    def run(self, migration: Migration, journal: Journal) -> Outcome:
        """One look, at most one call.

        Raises:
            Permanent: the source is not closed, or its snapshot failed.
        """
        source = self._tools.rds.instance(migration.source)
        if source is None:
            return Done(_facts(migration, None, protected=False))
        return self._snapshot(migration, source, journal) or self._protect(
            migration, source, journal
        )

    def compensate(self, migration: Migration, journal: Journal) -> Outcome:  # noqa: ARG002 - see below
        """It comes after the point of no return: there is nothing to take back."""
        return Done()

    def _require_closed(self, migration: Migration) -> None:
        """By the source's own word, where there is a login to ask it."""
        if not migration.options.login:
            return
        with self._tools.databases.source(migration.source) as source:
            state = fence.read(source).state
        if state is not State.FENCED:
            raise Permanent(
                f"`{migration.source}` is {state}, and should be closed: see who opened it, and "
                "whether anybody has written to it."
            )

    def _snapshot(self, migration: Migration, source: Instance, journal: Journal) -> Wait | None:
        """None once it is there."""
        name = marks.final_snapshot_name(migration)
        snapshot = self._tools.rds.snapshot(name)
        if snapshot is None and source.status != AVAILABLE:
            return self._waiting(f"`{source.id}` is `{source.status}`")
        if snapshot is None:
            self._require_closed(migration)
            journal.intend("create_snapshot", snapshot=name, instance=migration.source)
            self._tools.rds.create_snapshot(name, migration.source, marks.tags(migration))
            journal.done("create_snapshot", snapshot=name)
            return self._waiting(f"RDS is taking the final snapshot `{name}`")
        marks.check_ours(migration, f"snapshot `{name}`", snapshot.tags)
        if snapshot.status == "failed":
            raise Permanent(
                f"The final snapshot `{name}` failed: delete it, then retry, and Daybreak takes a "
                "new one."
            )
        if snapshot.status != AVAILABLE:
            words = f"RDS is taking the final snapshot `{name}`"
            return Wait(self._tools.settings.poll_seconds, words, snapshot.progress)
        return None

    def _protect(self, migration: Migration, source: Instance, journal: Journal) -> Outcome:
        rds = self._tools.rds
        if source.tags.get(RETIRED_TAG) != migration.id:
            journal.intend("tag_source", source=source.id, retired_by=migration.id)
            rds.tag(source.arn, {RETIRED_TAG: migration.id})
            journal.done("tag_source", source=source.id)
            return self._waiting(f"Tagging the instance `{source.id}`")
        if source.deletion_protection:
            return Done(_facts(migration, source, protected=True))
        if source.status != AVAILABLE:
            return self._waiting(f"`{source.id}` is `{source.status}`")
        journal.intend("protect_source", source=source.id)
        rds.protect_instance(source.id)
        journal.done("protect_source", source=source.id)
        return self._waiting(f"RDS is changing the instance `{source.id}`")

    def _waiting(self, reason: str) -> Wait:
        return Wait(self._tools.settings.poll_seconds, reason)


def _facts(migration: Migration, source: Instance | None, *, protected: bool) -> Facts:
    if source is None:
        by_hand = (f"`{migration.source}` is gone: see who deleted it",)
        return {"source_kept": False, "by_hand": by_hand}
    name, safety = f"`{migration.source}`", marks.safety_snapshot_name(migration)
    return {
        "source_kept": True,
        "final_snapshot": marks.final_snapshot_name(migration),
        "deletion_protection": protected,
        "tags": {RETIRED_TAG: migration.id},
        "by_hand": (
            f"see who still knows {name} by its own name: jobs, dashboards, alarms",
            f"switch off the deletion protection of {name} and delete it when nobody misses it",
            f"delete the snapshot `{safety}` when it is not needed any more",
        ),
    }
