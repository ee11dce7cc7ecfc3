"""Whether the target will stand in a network in which the poolers and Daybreak reach it."""

from collections.abc import Iterable, Iterator

from migration.preflight import Level
from workers.aws.ec2 import SecurityGroup
from workers.aws.resources import Instance
from workers.preflight.check import Check, Family, Found, of_instance
from workers.preflight.subject import Subject

# Aurora stores its data in three zones, and AWS wants the subnet group to cover two.
FEWEST_ZONES = 2
# An instance takes one address, and another one while it is replaced.
FEWEST_ADDRESSES = 2


def _zones(subject: Subject) -> Iterator[Found]:
    zones = {subnet.zone for subnet in subject.subnets}
    if len(zones) < FEWEST_ZONES:
        yield Found(
            f"The subnet group `{subject.instance.subnet_group.name}` covers {len(zones)} "
            f"Availability Zone{'' if len(zones) == 1 else 's'}; Aurora wants {FEWEST_ZONES}."
        )


def _addresses(subject: Subject) -> Iterator[Found]:
    roomy = [one for one in subject.subnets if one.free_addresses >= FEWEST_ADDRESSES]
    if len({subnet.zone for subnet in roomy}) < FEWEST_ZONES:
        full = ", ".join(f"`{subnet.id}`" for subnet in subject.subnets if subnet not in roomy)
        if full:
            yield Found(
                f"The subnet group `{subject.instance.subnet_group.name}` has free addresses in "
                f"fewer than {FEWEST_ZONES} zones: {full} are full."
            )


def _settled(instance: Instance) -> Iterator[Found]:
    inactive = [group.id for group in instance.security_groups if group.status != "active"]
    if inactive:
        yield Found(
            f"The security groups of `{instance.id}` are being changed: {', '.join(inactive)}."
        )


def _vpc(subject: Subject) -> Iterator[Found]:
    vpc = subject.instance.subnet_group.vpc
    elsewhere = [group.id for group in subject.groups if group.vpc != vpc]
    if elsewhere:
        yield Found(
            f"The security groups {', '.join(elsewhere)} are not of the VPC of the subnet group."
        )


def _port(subject: Subject) -> Iterator[Found]:
    port, groups = subject.port, subject.groups
    if not admitted(port, groups):
        names = ", ".join(f"`{group.id}`" for group in groups) or "no group at all"
        yield Found(
            f"The security groups of `{subject.instance.id}` ({names}), which the target will "
            f"have too, let nobody in on port {port}."
        )


def admitted(port: int, groups: Iterable[SecurityGroup]) -> set[str]:
    """Who is let in on the port: ids of groups, and ranges of addresses."""
    return {
        source
        for group in groups
        for rule in group.rules
        if rule.admits(port)
        for source in rule.sources
    }


def _poolers(subject: Subject) -> Iterator[Found]:
    """Every pooler has to lead to this very source: they are what will be redirected."""
    endpoint = subject.instance.endpoint
    for state in subject.tools.traffic.states(subject.instance.id):
        if state.endpoint != endpoint:
            where = state.endpoint or "several places"
            yield Found(
                f"The pooler of {state.url} leads to {where}, and `{subject.instance.id}` is at "
                f"{endpoint}."
            )


CHECKS = (
    Check(
        "subnet-zones",
        f"Its subnet group covers {FEWEST_ZONES} Availability Zones",
        Level.BLOCKER,
        Family.NETWORK,
        "The target gets the source's subnet group, and Aurora wants two zones.",
        "Add a subnet in another zone to it.",
        _zones,
    ),
    Check(
        "free-addresses",
        f"Its subnets have free addresses in {FEWEST_ZONES} zones",
        Level.BLOCKER,
        Family.NETWORK,
        "An instance takes one, and another one while it is replaced.",
        "Free addresses, or add a subnet.",
        _addresses,
    ),
    Check(
        "groups-settled",
        "Its security groups are in force",
        Level.BLOCKER,
        Family.NETWORK,
        "The target gets those that stand there when it is made.",
        "Wait until the change is done.",
        of_instance(_settled),
    ),
    Check(
        "groups-of-vpc",
        "Its security groups are of its VPC",
        Level.BLOCKER,
        Family.NETWORK,
        "AWS refuses others for the target.",
        "Use groups of that VPC.",
        _vpc,
    ),
    Check(
        "port-open",
        "Its security groups let somebody in on its port",
        Level.BLOCKER,
        Family.NETWORK,
        "The target gets the same groups, and nobody would reach it.",
        "Add rules for the poolers and for Daybreak.",
        _port,
    ),
    Check(
        "poolers",
        "Every pooler leads to it",
        Level.BLOCKER,
        Family.NETWORK,
        "They are what will be redirected: one that leads elsewhere would lead its clients there.",
        "Mend `[[entries]]` in the agent's file, or point them to the source.",
        _poolers,
    ),
)
