"""Takes a copy down that is void, with the snapshots it was made of.

Like a replica it is deleted only where no client can have written to it: its source takes writes
again, under a later epoch than it was copied under.
"""

from migration.errors import Transient
from migration.model import Migration
from migration.steps import Done, Journal, Outcome, Wait
from workers.aws.resources import AVAILABLE, Cluster, Snapshot
from workers.cutover.arm import EPOCH_TAG
from workers.postgres import fence
from workers.postgres.fence import State
from workers.steps import marks, remove_replica
from workers.steps.remove_replica import MayBePromoted
from workers.toolbox import Toolbox

_BEING_MADE = frozenset({"creating", "migrating"})
_UNDER_WAY = frozenset({"creating", "pending"})
# A copy that is open belongs to its clients, and a claimed one was about to be opened.
_NEVER_OPEN = frozenset({State.FENCED, State.REOPENING, State.ABANDONED})


def remove(migration: Migration, tools: Toolbox, journal: Journal) -> Outcome:
    """One part of it: the copy as a replica is taken down, then each snapshot.

    Raises:
        MayBePromoted: somebody may use the copy.
    """
    cluster = tools.rds.cluster(migration.target)
    if cluster is not None and marks.ours(migration, cluster.tags):
        if cluster.status in _BEING_MADE:
            words = f"The copy `{cluster.id}` can be deleted once it is there"
            return Wait(tools.settings.poll_seconds, words, cluster.progress)
        outcome = remove_replica.remove(migration, tools, journal, check_never_opened)
        if isinstance(outcome, Wait):
            return outcome
    return remove_snapshots(migration, tools, journal)


def remove_snapshots(migration: Migration, tools: Toolbox, journal: Journal) -> Outcome:
    """Every one that was taken while the source was closed."""
    found = [one for one in tools.rds.every_snapshot(migration.source) if _ours(migration, one)]
    for snapshot in found:
        if snapshot.status in _UNDER_WAY:
            words = f"Snapshot `{snapshot.id}` can be deleted once it is finished"
            return Wait(tools.settings.poll_seconds, words, snapshot.progress)
        if snapshot.status != "deleting":
            journal.intend("delete_snapshot", snapshot=snapshot.id)
            tools.rds.delete_snapshot(snapshot.id)
            journal.done("delete_snapshot", snapshot=snapshot.id)
        return Wait(tools.settings.poll_seconds, f"Snapshot `{snapshot.id}` is being deleted")
    return Done()


def _ours(migration: Migration, snapshot: Snapshot) -> bool:
    named = snapshot.id.startswith(marks.frozen_snapshots(migration))
    return named and marks.ours(migration, snapshot.tags)


def check_never_opened(migration: Migration, cluster: Cluster, tools: Toolbox) -> None:
    """By both databases' word; raises MayBePromoted, or Transient while one does not answer."""
    epoch = cluster.tags.get(EPOCH_TAG, "")
    if not epoch.isdecimal():
        raise MayBePromoted(cluster.id, f"its tag `{EPOCH_TAG}` is gone")
    with tools.databases.source(migration.source) as source:
        row = fence.read(source)
    if row.state is not State.OPEN or row.epoch <= int(epoch):
        raise MayBePromoted(
            cluster.id,
            f"`{migration.source}` is `{row.state}` under epoch {row.epoch}, and it was copied "
            f"under epoch {epoch}",
        )
    instances = [tools.rds.instance(member.instance) for member in cluster.members]
    statuses = {instance.status for instance in instances if instance is not None}
    if AVAILABLE in statuses:
        _check_closed(cluster, tools)
    elif not statuses <= {"creating", "deleting", "failed"}:
        raise Transient(
            f"An instance of the copy `{cluster.id}` is `{', '.join(sorted(statuses))}`, and can't "
            "be asked whether anybody uses it."
        )


def _check_closed(cluster: Cluster, tools: Toolbox) -> None:
    with tools.databases.target(cluster.id) as copy:
        try:
            row = fence.read(copy)
        except fence.NoFence:
            raise MayBePromoted(cluster.id, "it carries no fence") from None
    if row.state not in _NEVER_OPEN:
        raise MayBePromoted(cluster.id, f"it is `{row.state}` under epoch {row.epoch}")
