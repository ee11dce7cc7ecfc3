"""The security group that lets nobody in: a database in it is closed to new connections."""

from collections.abc import Iterator

from migration.errors import Permanent
from workers import closure
from workers.aws.ec2 import SecurityGroup
from workers.aws.resources import GroupMembership, Instance
from workers.steps.findings import Blocker
from workers.toolbox import Toolbox

ACTIVE = "active"


class NoQuarantine(Permanent):
    """There is no security group that lets nobody in."""


def find(tools: Toolbox, instance: Instance) -> SecurityGroup:
    """The group, in the source's VPC.

    Raises:
        NoQuarantine: none is named, it is not there, or it lets somebody in.
    """
    name, vpc = tools.settings.quarantine_group, instance.subnet_group.vpc
    if not name:
        raise NoQuarantine(
            "No quarantine group is named (DAYBREAK_QUARANTINE_GROUP). Name a security group "
            "without rules, then retry."
        )
    group = tools.ec2.security_group_named(name, vpc)
    if group is None:
        raise NoQuarantine(
            f"There is no security group `{name}` in `{vpc}`. Make one without rules there, then "
            "retry."
        )
    admitted = sorted({source for rule in group.rules for source in rule.sources})
    if admitted:
        raise NoQuarantine(
            f"The quarantine group `{name}` ({group.id}) lets in {', '.join(admitted)}. A database "
            "in it has to be closed to everybody: take its rules away, then retry."
        )
    return group


def findings(tools: Toolbox, instance: Instance) -> Iterator[Blocker]:
    """What stands against closing this source by its groups."""
    try:
        group = find(tools, instance)
    except NoQuarantine as error:
        yield Blocker(str(error), "")
        return
    before = [membership.id for membership in instance.security_groups]
    if group.id in before:
        yield Blocker(
            f"`{instance.id}` is in the quarantine group already.",
            f"See `python -m workers recover {instance.id}`.",
        )
    if not closure.fits(before):
        yield Blocker(
            f"`{instance.id}` has {len(before)} security groups, more than one tag can keep.",
            "Take some away.",
        )


def is_in(memberships: tuple[GroupMembership, ...], groups: tuple[str, ...]) -> bool:
    """Whether it is behind exactly these groups, and they are in force."""
    return {m.id for m in memberships} == set(groups) and all(
        m.status == ACTIVE for m in memberships
    )
