"""Step: an Aurora cluster that replicates the source, and its one instance."""

from collections.abc import Sequence

from migration.errors import Permanent
from migration.model import Migration
from migration.steps import Done, Journal, Outcome, Wait
from workers.aws.resources import AVAILABLE, Cluster, Instance, Tags
from workers.preflight import refusal, run
from workers.preflight.state import PASSING
from workers.preflight.subject import Subject
from workers.steps import alarms, copy_time, lag, marks, remove_replica
from workers.toolbox import Toolbox

# What AWS's own waiters do not know as failures, and wait for in vain.
FAILED = frozenset(
    {
        "failed",
        "inaccessible-encryption-credentials",
        "inaccessible-encryption-credentials-recoverable",
        "incompatible-network",
        "incompatible-parameters",
        "incompatible-restore",
        "insufficient-capacity",
        "migration-failed",
        "restore-error",
        "storage-full",
    }
)
# AWS's answers may be so old.
SHOWN_SECONDS = 30.0


class CreateReplica:
    """The data is copied while the instance is `creating`: minutes, or days."""

    def __init__(self, tools: Toolbox) -> None:
        """With these tools."""
        self._tools = tools

    def run(self, migration: Migration, journal: Journal) -> Outcome:
        """Create the cluster, then its instance, and wait until both are available."""
        source = self._tools.rds.instance(migration.source)
        if source is None:
            raise Permanent(f"There is no instance `{migration.source}` any more.")
        _check_source(source)
        cluster = self._tools.rds.cluster(migration.target)
        if cluster is None:
            return self._unseen(migration, "create_cluster", migration.target) or (
                self._create_cluster(migration, source, journal)
            )
        _check_cluster(migration, cluster, source)
        if cluster.status != AVAILABLE or cluster.endpoint is None:
            return self._wait(f"RDS is creating cluster `{cluster.id}`", cluster.progress)
        return self._instance(migration, cluster, source, journal)

    def compensate(self, migration: Migration, journal: Journal) -> Outcome:
        """Take the replica down, if it provably was never promoted."""
        return remove_replica.remove(migration, self._tools, journal)

    def security_groups(self, migration: Migration, source: Instance) -> Sequence[str]:  # noqa: ARG002 - variants differ
        """Where the cluster stands from the first moment: behind the source's groups."""
        return [group.id for group in source.security_groups]

    def cluster_tags(self, migration: Migration, source: Instance) -> Tags:  # noqa: ARG002 - see above
        """What the cluster carries from the first moment."""
        return marks.tags(migration)

    def _create_cluster(self, migration: Migration, source: Instance, journal: Journal) -> Outcome:
        if source.status != AVAILABLE:
            return self._wait(f"`{source.id}` is `{source.status}`; that passes by itself", None)
        # Hours may have passed since the first look, and from here on its disk is at stake.
        subject = Subject(self._tools, source, migration.options, migration)
        refusal.refuse(
            f"`{source.id}` can't be moved to Aurora any more as it is.",
            run.look(subject, *run.EVERYTHING),
        )
        version = str(migration.fact("check_source", "target_version"))
        group = marks.parameter_group_name(migration)
        journal.intend(
            "create_cluster", cluster=migration.target, replicates=source.arn, version=version
        )
        self._tools.rds.create_replica_cluster(
            migration.target,
            source=source,
            engine_version=version,
            parameter_group=group,
            security_groups=self.security_groups(migration, source),
            tags=self.cluster_tags(migration, source),
        )
        journal.done("create_cluster", cluster=migration.target)
        return self._wait(f"RDS is creating cluster `{migration.target}`", None)

    def _instance(
        self, migration: Migration, cluster: Cluster, source: Instance, journal: Journal
    ) -> Outcome:
        name = marks.instance_name(migration)
        instance = self._tools.rds.instance(name)
        if instance is None:
            unseen = self._unseen(migration, "create_instance", name)
            if unseen:
                return unseen
            # The copy begins with the instance, and from then on the source's disk is at stake.
            wanted = alarms.of_source(migration, source, self._tools)
            made = alarms.make_one(wanted, self._tools, journal)
            if made:
                return self._wait(f"CloudWatch's alarm `{made}` was made", None)
            instance_class = str(migration.fact("check_source", "target_class"))
            journal.intend(
                "create_instance", instance=name, cluster=cluster.id, instance_class=instance_class
            )
            self._tools.rds.create_cluster_instance(
                name,
                cluster=cluster.id,
                instance_class=instance_class,
                parameter_group=marks.parameter_group_name(migration),
                tags=marks.tags(migration),
            )
            journal.done("create_instance", instance=name)
            return self._copying(migration, source)
        marks.check_ours(migration, f"instance `{name}`", instance.tags)
        check_not_failed("instance", instance.id, instance.status)
        if instance.status != AVAILABLE or instance.endpoint is None:
            return self._copying(migration, source)
        return Done(
            {
                "cluster": cluster.id,
                "arn": cluster.arn,
                "endpoint": str(cluster.endpoint),
                "instance": instance.id,
                "instance_class": instance.instance_class,
                "engine_version": cluster.engine_version,
                lag.MADE_AT: self._tools.clock.now(),
            }
        )

    def _unseen(self, migration: Migration, act: str, name: str) -> Wait | None:
        """What was made, and is not there: AWS shows it late, or somebody deleted it.

        Whoever did may have saved the source's disk by it: it is not made again unasked.
        """
        made = self._tools.done_at(migration.id, act)
        if made is None:
            return None
        if self._tools.clock.now() - made < SHOWN_SECONDS:
            return self._wait(f"AWS does not show `{name}` yet", None)
        raise Permanent(
            f"`{name}` was made and is gone: somebody deleted it. Retry makes it anew, and copies "
            "everything anew; or cancel."
        )

    def _copying(self, migration: Migration, source: Instance) -> Wait:
        """AWS does not tell how far it is: what is shown is what was to be expected by now."""
        began = self._tools.done_at(migration.id, "create_instance")
        known = migration.fact("check_source", "size_bytes")
        size = float(known) / copy_time.GIB if known else float(source.storage_gib)
        hours = copy_time.expected_hours(size, self._tools.settings)
        now = self._tools.clock.now()
        copy = copy_time.Copy(now - (began or now), hours * copy_time.HOUR_SECONDS)
        pace = "takes longer than that by now" if copy.progress is None else "AWS tells no more"
        return self._wait(
            f"AWS is copying `{source.id}` ({size:.3g} GiB) to the replica, which was expected to "
            f"take {hours:.2g} h; {pace}",
            copy.progress,
        )

    def _wait(self, reason: str, progress: float | None) -> Wait:
        return Wait(self._tools.settings.poll_seconds, reason, progress)


def _check_source(source: Instance) -> None:
    """WAL piles up on the source while the copy lasts: a full disk there is an outage."""
    if source.status == AVAILABLE or source.status in PASSING:
        return
    raise Permanent(
        f"The source `{source.id}` is `{source.status}` while its replica is being made. If its "
        "storage fills up with WAL, cancel: that deletes the replica and lets the WAL go. "
        "Otherwise mend it, then retry."
    )


def _check_cluster(migration: Migration, cluster: Cluster, source: Instance) -> None:
    marks.check_ours(migration, f"cluster `{cluster.id}`", cluster.tags)
    check_not_failed("cluster", cluster.id, cluster.status)
    if cluster.replication_source != source.arn:
        told = cluster.replication_source or "nothing any more: somebody promoted it"
        raise Permanent(
            f"The cluster `{cluster.id}` should replicate `{source.id}`, and replicates {told}. "
            "Cancel this migration; Daybreak never deletes a cluster that may have been promoted, "
            "so delete it yourself if nobody uses it."
        )


def check_not_failed(kind: str, name: str, status: str) -> None:
    """Raises Permanent for what AWS has given up on."""
    if status in FAILED:
        raise Permanent(
            f"The {kind} `{name}` failed: it is `{status}`. RDS's events say why "
            f"(`aws rds describe-events`). Cancel, which deletes it, and start again."
        )
