"""Takes a replica cluster down, but never one that may have been promoted (docs/cut-over.md)."""

from collections.abc import Callable

from migration.errors import Permanent, Transient
from migration.model import Migration
from migration.steps import Done, Journal, Outcome, Wait
from workers.aws.resources import AVAILABLE, Cluster
from workers.postgres import fence, replication
from workers.postgres.connect import Connection
from workers.postgres.fence import Fence, State
from workers.steps import alarms, marks, released_slot
from workers.toolbox import Toolbox

_DELETING = "deleting"
# AWS drops the slot when the replica is gone; its own list of replicas may be shorter before.
SLOT_SECONDS = 600.0
# So often, for half a minute, a source that takes no login is asked for its slots.
LOOKS_AT_SLOT = 4


class MayBePromoted(Permanent):
    """This cluster may hold what nobody else has."""

    def __init__(self, cluster: str, why: str) -> None:
        """Say what speaks for a promotion."""
        super().__init__(
            f"Daybreak does not delete the cluster `{cluster}`: {why}. See whether anybody uses "
            "it. If nobody does, switch its deletion protection off and delete it yourself, then "
            "retry."
        )


#: Raises MayBePromoted where the cluster is no replica any more, or may not be.
NeverPromoted = Callable[[Migration, Cluster, Toolbox], None]


def remove(
    migration: Migration,
    tools: Toolbox,
    journal: Journal,
    proof: NeverPromoted | None = None,
) -> Outcome:
    """One part of it: protection off, instance gone, cluster gone.

    The proof that it was never promoted is the databases' own word, unless another is given.

    Raises:
        MayBePromoted: it is no replica any more, or may not be.
    """
    cluster = tools.rds.cluster(migration.target)
    if cluster is None:
        return _released(migration, tools, journal)
    if not marks.ours(migration, cluster.tags):
        return Done()
    if cluster.status == _DELETING:
        return _wait(tools, f"The cluster `{cluster.id}` is being deleted")
    (proof or check_never_promoted)(migration, cluster, tools)
    if cluster.deletion_protection:
        journal.intend("switch_off_deletion_protection", cluster=cluster.id)
        tools.rds.unprotect_cluster(cluster.id)
        journal.done("switch_off_deletion_protection", cluster=cluster.id)
        return _wait(tools, f"Deletion protection of `{cluster.id}` is being switched off")
    return _delete(cluster, tools, journal)


def _delete(cluster: Cluster, tools: Toolbox, journal: Journal) -> Outcome:
    """Members first: AWS deletes no cluster that has some."""
    for member in cluster.members:
        instance = tools.rds.instance(member.instance)
        if instance is None:
            continue
        if instance.status != _DELETING:
            journal.intend("delete_instance", instance=instance.id, cluster=cluster.id)
            tools.rds.delete_instance(instance.id)
            journal.done("delete_instance", instance=instance.id)
        return _wait(tools, f"The instance `{instance.id}` is being deleted")
    journal.intend("delete_cluster", cluster=cluster.id, replicates=cluster.replication_source)
    tools.rds.delete_cluster(cluster.id)
    journal.done("delete_cluster", cluster=cluster.id)
    return _wait(tools, f"The cluster `{cluster.id}` is being deleted")


def _released(migration: Migration, tools: Toolbox, journal: Journal) -> Outcome:
    """Done once the source has let go: until then it keeps WAL for the replica.

    Nobody is kept waiting for ever: what is not proven by then is said.
    """
    gone = {"gone": [migration.target]}
    source = tools.rds.instance(migration.source)
    if source is None:
        if alarms.remove(migration, tools, journal):
            return _wait(tools, "CloudWatch's alarms were deleted")
        return Done({**gone, "slot": f"There is no instance `{migration.source}` any more"})
    if any(name.split(":")[-1] == migration.target for name in source.replica_clusters):
        return _wait(tools, f"`{migration.source}` is letting go of its replica")
    seen = released_slot.look(migration, source, tools)
    if seen.gone is False and not _waited(migration, tools):
        return _wait(tools, seen.words)
    if seen.gone is None and migration.options.login and migration.attempts < LOOKS_AT_SLOT:
        raise Transient(seen.words)
    if alarms.remove(migration, tools, journal):
        return _wait(tools, "CloudWatch's alarms were deleted")
    return Done({**gone, "slot_gone": seen.gone is True, "slot": seen.words})


def _waited(migration: Migration, tools: Toolbox) -> bool:
    """For long enough since the cluster went, or, where it never was, since the first look."""
    since = tools.done_at(migration.id, "delete_cluster")
    if since is None and migration.waiting is not None:
        since = migration.waiting.since
    return since is not None and tools.clock.now() - since > SLOT_SECONDS


def check_never_promoted(migration: Migration, cluster: Cluster, tools: Toolbox) -> None:
    """By AWS's word, and by that of both databases.

    Raises:
        MayBePromoted: something speaks for a promotion.
        Transient: one of them does not answer, and the rest is no proof.
    """
    if migration.cut_over_began is not None:
        raise MayBePromoted(cluster.id, "a cut-over began and nobody knows how it ended")
    check_replicates(cluster)
    # AWS's answers may be old, so the databases are asked too.
    proven, row = _target_follows(cluster, tools)
    try:
        with tools.databases.source(migration.source) as source:
            _check_no_attempt(cluster, source, row)
    except Transient:
        # A source whose disk is full takes no login, and deleting the replica is what helps it.
        if not proven:
            raise


def check_replicates(cluster: Cluster) -> None:
    """By AWS's word, which may be old; raises MayBePromoted."""
    if not cluster.replication_source:
        raise MayBePromoted(cluster.id, "AWS names no source that it replicates")
    if cluster.status == "promoting":
        raise MayBePromoted(cluster.id, "it is being promoted")


def _target_follows(cluster: Cluster, tools: Toolbox) -> tuple[bool, Fence | None]:
    """Whether the cluster provably is a copy still, or never was anything at all; its fence."""
    found = [tools.rds.instance(member.instance) for member in cluster.members]
    statuses = {instance.status for instance in found if instance is not None}
    if AVAILABLE not in statuses:
        # While its only instance is being made, nobody has ever been able to log in.
        return statuses <= {"creating"}, None
    with tools.databases.target(cluster.id) as target:
        if not replication.in_recovery(target):
            raise MayBePromoted(cluster.id, "it takes writes")
        row = _row(target)
    return row is None or row.state is State.OPEN, row


def _check_no_attempt(cluster: Cluster, source: Connection, copied: Fence | None) -> None:
    """No attempt stands: neither on the source, nor one on the copy that the source has ended.

    A copy that lags still shows the fence of an attempt that went back before it promoted.
    """
    row = _row(source)
    if row is not None and row.state is not State.OPEN:
        raise MayBePromoted(cluster.id, _stands(row))
    if copied is None or copied.state is State.OPEN:
        return
    if row is None or row.epoch <= copied.epoch:
        raise MayBePromoted(cluster.id, _stands(copied))


def _row(connection: Connection) -> Fence | None:
    try:
        return fence.read(connection)
    except fence.NoFence:
        return None


def _stands(row: Fence) -> str:
    return (
        f"the database is `{row.state}` by the attempt of epoch {row.epoch}, which may have "
        "promoted it"
    )


def _wait(tools: Toolbox, reason: str) -> Wait:
    return Wait(tools.settings.poll_seconds, reason)
