"""Step: will the target stand in a network in which the poolers and Daybreak reach it."""

from collections.abc import Iterable, Iterator, Sequence

from migration.errors import Permanent
from migration.model import Migration
from migration.steps import Done, Journal, Outcome
from workers.aws.ec2 import SecurityGroup, Subnet
from workers.aws.errors import NotFound
from workers.aws.resources import Instance
from workers.steps.findings import Blocked, Blocker, Finding, blockers_of, warnings_of
from workers.toolbox import Toolbox
from workers.traffic.port import Endpoint

# Aurora stores its data in three zones, and AWS wants the subnet group to cover two.
FEWEST_ZONES = 2
# An instance takes one address, and another one while it is replaced.
FEWEST_ADDRESSES = 2


class CheckNetwork:
    """The target gets the source's subnet group, security groups and port: compare those."""

    def __init__(self, tools: Toolbox) -> None:
        """With these tools."""
        self._tools = tools

    def run(self, migration: Migration, journal: Journal) -> Outcome:  # noqa: ARG002 - it only looks
        """Look at subnets, groups, ports and the poolers' way; name all that is missing.

        Raises:
            Permanent: the target would not be reachable.
        """
        instance = self._tools.rds.instance(migration.source)
        if instance is None or instance.endpoint is None:
            raise Permanent(f"`{migration.source}` has no endpoint any more. Bring it back.")
        try:
            subnets = self._tools.ec2.subnets(instance.subnet_group.subnets)
            groups = self._tools.ec2.security_groups(g.id for g in instance.security_groups)
        except NotFound as error:
            raise Permanent(str(error)) from error
        findings: list[Finding] = [
            *_subnets(instance, subnets),
            *_groups(instance, instance.endpoint.port, groups),
            *self._poolers(migration, instance.endpoint),
            *self.findings_beside(instance),
        ]
        blockers = blockers_of(findings)
        if blockers:
            raise Blocked(
                f"A target in the network of `{instance.id}` would not be reachable.", blockers
            )
        return Done(
            {
                "subnet_group": instance.subnet_group.name,
                "zones": sorted({subnet.zone for subnet in subnets}),
                "security_groups": [group.id for group in instance.security_groups],
                "port": instance.endpoint.port,
                "admitted": sorted(_admitted(instance.endpoint.port, groups)),
                "warnings": warnings_of(findings),
            }
        )

    def compensate(self, migration: Migration, journal: Journal) -> Outcome:  # noqa: ARG002 - nothing was made
        """Nothing was made."""
        return Done()

    def findings_beside(self, instance: Instance) -> Iterable[Finding]:  # noqa: ARG002 - variants look
        """What a variant wants of the network besides."""
        return ()

    def _poolers(self, migration: Migration, endpoint: Endpoint) -> Iterator[Finding]:
        """Every pooler has to lead to this very source: they are what will be redirected."""
        for state in self._tools.traffic.states(migration.source):
            if state.endpoint != endpoint:
                where = state.endpoint or "several places"
                yield Blocker(
                    f"The pooler of {state.url} leads to {where}, and `{migration.source}` is at "
                    f"{endpoint}.",
                    "Mend `[[entries]]` in the agent's file, or point them to the source.",
                )


def _subnets(instance: Instance, subnets: Sequence[Subnet]) -> Iterator[Finding]:
    name = instance.subnet_group.name
    roomy = [subnet for subnet in subnets if subnet.free_addresses >= FEWEST_ADDRESSES]
    zones = {subnet.zone for subnet in subnets}
    if len(zones) < FEWEST_ZONES:
        yield Blocker(
            f"The subnet group `{name}` covers {len(zones)} Availability Zone"
            f"{'' if len(zones) == 1 else 's'}; Aurora wants {FEWEST_ZONES}.",
            "Add a subnet in another zone to it.",
        )
    elif len({subnet.zone for subnet in roomy}) < FEWEST_ZONES:
        full = ", ".join(f"`{subnet.id}`" for subnet in subnets if subnet not in roomy)
        yield Blocker(
            f"The subnet group `{name}` has free addresses in fewer than {FEWEST_ZONES} zones: "
            f"{full} are full.",
            "Free addresses, or add a subnet.",
        )


def _groups(instance: Instance, port: int, groups: Sequence[SecurityGroup]) -> Iterator[Finding]:
    inactive = [group.id for group in instance.security_groups if group.status != "active"]
    if inactive:
        yield Blocker(
            f"The security groups of `{instance.id}` are being changed: {', '.join(inactive)}.",
            "Wait until the change is done.",
        )
    elsewhere = [group.id for group in groups if group.vpc != instance.subnet_group.vpc]
    if elsewhere:
        yield Blocker(
            f"The security groups {', '.join(elsewhere)} are not of the VPC of the subnet group.",
            "Use groups of that VPC.",
        )
    if not _admitted(port, groups):
        names = ", ".join(f"`{group.id}`" for group in groups) or "no group at all"
        yield Blocker(
            f"The security groups of `{instance.id}` ({names}), which the target will have too, "
            f"let nobody in on port {port}.",
            "Add rules for the poolers and for Daybreak.",
        )


def _admitted(port: int, groups: Sequence[SecurityGroup]) -> set[str]:
    """Who is let in on the port: ids of groups, and ranges of addresses."""
    return {
        source
        for group in groups
        for rule in group.rules
        if rule.admits(port)
        for source in rule.sources
    }
