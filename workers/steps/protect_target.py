"""Step: the promoted cluster gets what protects a production database; the source is kept."""

from migration.errors import Permanent
from migration.model import Migration
from migration.steps import Done, Journal, Outcome, Wait
from workers.aws.resources import AVAILABLE, MOVED_TAG, Cluster
from workers.steps import alarms, marks
from workers.toolbox import Toolbox

_PASSING = frozenset({"backing-up", "modifying", "promoting", "maintenance", "rebooting"})


class ProtectTarget:
    """Deletion protection, backups for as long as the source's, tags on both."""

    def __init__(self, tools: Toolbox) -> None:
        """With these tools."""
        self._tools = tools

    def run(self, migration: Migration, journal: Journal) -> Outcome:
        """See that all of it is so, and make it so where it is not.

        Raises:
            Permanent: the cluster or the source is gone.
        """
        cluster = self._tools.rds.cluster(migration.target)
        source = self._tools.rds.instance(migration.source)
        if cluster is None:
            raise Permanent(f"The cluster `{migration.target}` is gone. See who deleted it.")
        if cluster.status in _PASSING:
            return self._wait(f"The cluster `{cluster.id}` is `{cluster.status}`")
        if cluster.status != AVAILABLE or cluster.replication_source:
            raise Permanent(
                f"The cluster `{cluster.id}` should be available and on its own, and is "
                f"`{cluster.status}`"
                f"{' and still a replica' if cluster.replication_source else ''}. See RDS's events."
            )
        kept_days = max(source.backup_retention_days if source else 0, 1)
        days = max(kept_days, cluster.backup_retention_days)
        if not cluster.deletion_protection or cluster.backup_retention_days < days:
            journal.intend("protect_cluster", cluster=cluster.id, retention_days=days)
            self._tools.rds.protect_cluster(cluster.id, days)
            journal.done("protect_cluster", cluster=cluster.id)
            return self._wait(f"RDS is changing the cluster `{cluster.id}`")
        if not marks.ours(migration, cluster.tags):
            journal.intend("tag_cluster", cluster=cluster.id)
            self._tools.rds.tag(cluster.arn, marks.tags(migration))
            journal.done("tag_cluster", cluster=cluster.id)
            return self._wait(f"Tagging the cluster `{cluster.id}`")
        if source is not None and source.tags.get(MOVED_TAG) != cluster.id:
            journal.intend("tag_source", source=source.id, moved_to=cluster.id)
            self._tools.rds.tag(source.arn, {MOVED_TAG: cluster.id})
            journal.done("tag_source", source=source.id)
            return self._wait(f"Tagging the instance `{source.id}`")
        ended = self._end(migration, journal)
        if ended:
            return self._wait(ended)
        return self._look_at_members(cluster, source is not None)

    def _end(self, migration: Migration, journal: Journal) -> str:
        """What was there for the migration alone goes; says what went, one at a time."""
        if alarms.remove(migration, self._tools, journal):
            return "CloudWatch's alarms were deleted"
        if self._tools.traffic.release(migration.source, journal):
            return "The name's TTL was restored"
        return ""

    def compensate(self, migration: Migration, journal: Journal) -> Outcome:  # noqa: ARG002 - it stays protected
        """Protection is never taken back: this comes after the point of no return."""
        return Done({"kept": f"The cluster `{migration.target}` stays protected."})

    def _look_at_members(self, cluster: Cluster, source_is_there: bool) -> Outcome:
        for member in cluster.members:
            instance = self._tools.rds.instance(member.instance)
            if instance is None or instance.status != AVAILABLE:
                status = instance.status if instance else "not there"
                return self._wait(f"The instance `{member.instance}` is `{status}`")
        if not any(member.writer for member in cluster.members):
            return self._wait(f"The cluster `{cluster.id}` shows no writer yet")
        return Done(
            {
                "deletion_protection": cluster.deletion_protection,
                "retention_days": cluster.backup_retention_days,
                "source_kept": source_is_there,
            }
        )

    def _wait(self, reason: str) -> Wait:
        return Wait(self._tools.settings.poll_seconds, reason)
