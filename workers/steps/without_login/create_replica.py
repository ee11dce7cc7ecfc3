"""Step: the replica cluster, in quarantine from the first moment until the cut-over opens it."""

from collections.abc import Sequence

from migration.model import Migration
from migration.steps import Journal, Outcome
from workers import closure
from workers.aws.resources import Cluster, Instance, Tags
from workers.closure import SourceState, TargetState
from workers.steps import create_replica, remove_replica
from workers.steps.remove_replica import MayBePromoted, check_replicates
from workers.steps.without_login import quarantine
from workers.toolbox import Toolbox


class CreateReplica(create_replica.CreateReplica):
    """Closed from its creation: nobody can ever have written to it unless it was opened."""

    def security_groups(self, migration: Migration, source: Instance) -> Sequence[str]:  # noqa: ARG002 - see the base
        """The quarantine group alone."""
        return [quarantine.find(self._tools, source).id]

    def cluster_tags(self, migration: Migration, source: Instance) -> Tags:
        """With the groups that it gets when it is opened."""
        groups = [membership.id for membership in source.security_groups]
        return {
            **super().cluster_tags(migration, source),
            closure.STATE_TAG: TargetState.CLOSED.value,
            closure.GROUPS_TAG: closure.joined(groups),
        }

    def compensate(self, migration: Migration, journal: Journal) -> Outcome:
        """Take the replica down, if by its tags nobody ever intended to promote it."""
        return remove_replica.remove(migration, self._tools, journal, check_unused)


def check_unused(migration: Migration, cluster: Cluster, tools: Toolbox) -> None:
    """For a migration that is not being cut over.

    Raises:
        MayBePromoted: something speaks for a promotion, or for a source that waits for it.
    """
    if migration.cut_over_began is not None:
        raise MayBePromoted(cluster.id, "a cut-over began and nobody knows how it ended")
    check_never_promoted(migration, cluster, tools)
    source = tools.rds.instance(migration.source)
    record = closure.source_record(tools.rds.closing.tags(source.arn)) if source else None
    if record and record.state is SourceState.CLOSED and record.target == cluster.id:
        raise MayBePromoted(cluster.id, f"`{migration.source}` is closed for it")


def check_never_promoted(migration: Migration, cluster: Cluster, tools: Toolbox) -> None:  # noqa: ARG001 - as its like
    """By AWS's word and the tags, which carry the promotion's intent before it is sent.

    Raises:
        MayBePromoted: it may have been.
    """
    check_replicates(cluster)
    record = closure.target_record(tools.rds.closing.tags(cluster.arn))
    if record is None:
        raise MayBePromoted(cluster.id, "its tags do not say that it was made closed")
    if record.promotion:
        raise MayBePromoted(cluster.id, f"its promotion was intended (epoch {record.promotion})")
    if record.state is not TargetState.CLOSED:
        raise MayBePromoted(cluster.id, f"its tags call it {record.state}")
