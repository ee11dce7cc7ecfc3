"""Step: the snapshot becomes an Aurora cluster with one instance; closed to everybody."""

from migration.errors import Permanent
from migration.model import Migration
from migration.plan import TAKE_SNAPSHOT
from migration.steps import Done, Journal, Outcome, Wait
from workers.aws.resources import AVAILABLE, Cluster, Instance
from workers.cutover.arm import EPOCH_TAG
from workers.snapshot_method import void_copy
from workers.snapshot_method.same_fence import see_source_frozen
from workers.steps import marks
from workers.steps.create_replica import check_not_failed
from workers.toolbox import Toolbox


class RestoreSnapshot:
    """The roles that the fence switched off are off in the copy as well: it is born closed."""

    def __init__(self, tools: Toolbox) -> None:
        """With these tools."""
        self._tools = tools

    def run(self, migration: Migration, journal: Journal) -> Outcome:
        """Restore the cluster, protect it, create its instance, and wait until it is available.

        Raises:
            Permanent: the source is not closed any more, or AWS could not restore it.
        """
        see_source_frozen(migration, self._tools)
        source = self._tools.rds.instance(migration.source)
        if source is None:
            raise Permanent(f"There is no instance `{migration.source}` any more.")
        cluster = self._tools.rds.cluster(migration.target)
        if cluster is None:
            return self._restore(migration, source, journal)
        _check_cluster(migration, cluster)
        if cluster.status != AVAILABLE or cluster.endpoint is None:
            return self._wait(f"RDS is restoring cluster `{cluster.id}`", cluster.progress)
        if not cluster.deletion_protection:
            # Not from birth: a restore that fails could not be deleted. Without an instance
            # nobody can have written to it.
            journal.intend("protect_cluster", cluster=cluster.id)
            self._tools.rds.protect_cluster(cluster.id, max(source.backup_retention_days, 1))
            journal.done("protect_cluster", cluster=cluster.id)
            return self._wait(f"RDS is protecting cluster `{cluster.id}`", None)
        return self._instance(migration, cluster, journal)

    def compensate(self, migration: Migration, journal: Journal) -> Outcome:
        """Take the copy down, if no client can have written to it."""
        return void_copy.remove(migration, self._tools, journal)

    def _restore(self, migration: Migration, source: Instance, journal: Journal) -> Outcome:
        snapshot = self._tools.rds.snapshot(str(migration.fact(TAKE_SNAPSHOT, "snapshot")))
        if snapshot is None or snapshot.status != AVAILABLE:
            raise Permanent("The snapshot of the closed source is gone.")
        version = str(migration.fact("check_source", "target_version"))
        journal.intend(
            "restore_cluster", cluster=migration.target, snapshot=snapshot.id, version=version
        )
        self._tools.rds.restore_cluster(
            migration.target,
            snapshot=snapshot,
            source=source,
            engine_version=version,
            parameter_group=marks.parameter_group_name(migration),
            tags={**marks.tags(migration), EPOCH_TAG: str(migration.epoch)},
        )
        journal.done("restore_cluster", cluster=migration.target)
        return self._wait(f"RDS is restoring cluster `{migration.target}`", None)

    def _instance(self, migration: Migration, cluster: Cluster, journal: Journal) -> Outcome:
        name = marks.instance_name(migration)
        instance = self._tools.rds.instance(name)
        if instance is None:
            wanted = str(migration.fact("check_source", "target_class"))
            journal.intend(
                "create_instance", instance=name, cluster=cluster.id, instance_class=wanted
            )
            self._tools.rds.create_cluster_instance(
                name,
                cluster=cluster.id,
                instance_class=wanted,
                parameter_group=marks.parameter_group_name(migration),
                tags=marks.tags(migration),
            )
            journal.done("create_instance", instance=name)
            return self._wait(f"RDS is creating instance `{name}`", None)
        marks.check_ours(migration, f"instance `{name}`", instance.tags)
        check_not_failed("instance", instance.id, instance.status)
        if instance.status != AVAILABLE or instance.endpoint is None:
            return self._wait(f"RDS is creating instance `{name}`", None)
        return Done(
            {
                "cluster": cluster.id,
                "arn": cluster.arn,
                "endpoint": str(cluster.endpoint),
                "instance": instance.id,
                "instance_class": instance.instance_class,
                "engine_version": cluster.engine_version,
            }
        )

    def _wait(self, words: str, progress: float | None) -> Wait:
        return Wait(self._tools.settings.poll_seconds, words, progress)


def _check_cluster(migration: Migration, cluster: Cluster) -> None:
    marks.check_ours(migration, f"cluster `{cluster.id}`", cluster.tags)
    epoch = cluster.tags.get(EPOCH_TAG)
    if epoch != str(migration.epoch):
        raise Permanent(
            f"The cluster `{cluster.id}` was restored under epoch {epoch or '?'}, and the source "
            f"is closed under epoch {migration.epoch}: that copy is void."
        )
    check_not_failed("cluster", cluster.id, cluster.status)
