"""Step: by AWS's word the target is a copy of the source that applications could go on with."""

from collections.abc import Iterator

from migration.errors import Permanent
from migration.model import Migration
from migration.steps import Done, Journal, Outcome, Wait
from workers import closure
from workers.aws.resources import AVAILABLE, Cluster, Instance
from workers.closure import TargetState
from workers.steps import marks
from workers.steps.findings import Blocked, Blocker
from workers.steps.without_login import NOT_LOOKED_AT, quarantine
from workers.toolbox import Toolbox

IN_SYNC = "in-sync"


class ValidateTarget:
    """Compares what AWS tells of both; what only a login shows is named as not looked at."""

    def __init__(self, tools: Toolbox) -> None:
        """With these tools."""
        self._tools = tools

    def run(self, migration: Migration, journal: Journal) -> Outcome:
        """Compare.

        Raises:
            Permanent: a difference that stays until somebody mends it.
        """
        rds = self._tools.rds
        source, cluster = rds.instance(migration.source), rds.cluster(migration.target)
        member = rds.instance(marks.instance_name(migration))
        if source is None or cluster is None or member is None:
            raise Permanent("The source, the cluster or its instance is gone. Cancel.")
        passing = [one.id for one in (cluster, member) if one.status != AVAILABLE]
        if passing:
            return Wait(
                self._tools.settings.poll_seconds, f"{', '.join(passing)}: not available just now"
            )
        marks.check_ours(migration, f"cluster `{cluster.id}`", cluster.tags)
        if self._tools.traffic.prepare(migration.source, journal):
            return Wait(
                self._tools.settings.watch_seconds, "The way of the applications was prepared"
            )
        findings = [*self._network(source, cluster), *_make_up(source, cluster, member)]
        if findings:
            raise Blocked(f"`{cluster.id}` is not fit to take over.", findings)
        return Done(
            {
                "engine_version": cluster.engine_version,
                "in_quarantine": True,
                "not_looked_at": list(NOT_LOOKED_AT),
            }
        )

    def compensate(self, migration: Migration, journal: Journal) -> Outcome:
        """A name gets its TTL back."""
        self._tools.traffic.release(migration.source, journal)
        return Done()

    def _network(self, source: Instance, cluster: Cluster) -> Iterator[Blocker]:
        group = quarantine.find(self._tools, source)
        if not quarantine.is_in(cluster.security_groups, (group.id,)):
            yield Blocker(
                f"The cluster is not in the quarantine group `{group.name}` ({group.id}) alone.",
                "Somebody may have written to it: cancel, and start again.",
            )
        record = closure.target_record(self._tools.rds.closing.tags(cluster.arn))
        before = {membership.id for membership in source.security_groups}
        if record is None or record.state is not TargetState.CLOSED:
            yield Blocker("Its tags do not say that it was made closed.", "Cancel, start again.")
        elif set(record.groups) != before:
            yield Blocker(
                "The source's security groups have changed since the cluster was made.",
                f"Set the cluster's tag `{closure.GROUPS_TAG}` to `{closure.joined(before)}`.",
            )
        if cluster.subnet_group != source.subnet_group.name:
            yield Blocker("It stands in another subnet group than the source.", "Cancel.")
        if cluster.endpoint is None or source.endpoint is None:
            yield Blocker("One of both shows no endpoint.", "Look at it, then retry.")
        elif cluster.endpoint.port != source.endpoint.port:
            yield Blocker("It listens on another port than the source.", "Cancel.")


def _make_up(source: Instance, cluster: Cluster, member: Instance) -> Iterator[Blocker]:
    if cluster.replication_source != source.arn:
        yield Blocker(f"It does not replicate `{source.id}` any more.", "Cancel.")
    if cluster.encrypted != source.encrypted:
        yield Blocker("Only one of both is encrypted.", "Cancel, and start again.")
    if not cluster.deletion_protection:
        yield Blocker("Its deletion protection is off.", "Turn it on.")
    if member.parameter_status != IN_SYNC:
        yield Blocker(
            f"Its parameter group `{member.parameter_group}` is `{member.parameter_status}`.",
            f"Reboot the instance `{member.id}`.",
        )
    if member.pending:
        yield Blocker("Changes wait to be applied to its instance.", "Apply them.")
