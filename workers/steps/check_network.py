"""Step: will the target stand in a network in which the poolers and Daybreak reach it."""

from migration.errors import Permanent
from migration.model import Migration
from migration.steps import Done, Journal, Outcome
from workers.preflight import network, refusal, run
from workers.preflight.check import Family
from workers.preflight.subject import Subject
from workers.toolbox import Toolbox


class CheckNetwork:
    """The target gets the source's subnet group, security groups and port: compare those."""

    def __init__(self, tools: Toolbox) -> None:
        """With these tools."""
        self._tools = tools

    def run(self, migration: Migration, journal: Journal) -> Outcome:  # noqa: ARG002 - it only looks
        """Look at subnets, groups, ports and the poolers' way; name all that is missing.

        Raises:
            Permanent: the target would not be reachable.
            Transient: it could not be looked at.
        """
        instance = self._tools.rds.instance(migration.source)
        if instance is None or instance.endpoint is None:
            raise Permanent(f"`{migration.source}` has no endpoint any more. Bring it back.")
        subject = Subject(self._tools, instance, migration.options, migration)
        looked = run.look(subject, Family.NETWORK)
        refusal.refuse(
            f"A target in the network of `{instance.id}` would not be reachable.", looked
        )
        return Done(
            {
                "subnet_group": instance.subnet_group.name,
                "zones": sorted({subnet.zone for subnet in subject.subnets}),
                "security_groups": [group.id for group in instance.security_groups],
                "port": subject.port,
                "admitted": sorted(network.admitted(subject.port, subject.groups)),
            }
        )

    def compensate(self, migration: Migration, journal: Journal) -> Outcome:  # noqa: ARG002 - nothing was made
        """Nothing was made."""
        return Done()
