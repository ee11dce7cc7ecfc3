"""The network that databases stand in: subnets and security groups."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workers.aws.errors import asking

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client


@dataclass(frozen=True)
class Subnet:
    """A subnet and how many addresses are left in it."""

    id: str
    zone: str
    vpc: str
    free_addresses: int


@dataclass(frozen=True)
class Rule:
    """What a security group lets in; ports are None where all are meant."""

    protocol: str
    from_port: int | None
    to_port: int | None
    #: Ids of groups, CIDR ranges and prefix lists.
    sources: tuple[str, ...]

    def admits(self, port: int) -> bool:
        """Whether it lets somebody in on this TCP port."""
        if self.protocol not in {"tcp", "6", "-1"} or not self.sources:
            return False
        if self.protocol == "-1" or self.from_port is None or self.to_port is None:
            return True
        return self.from_port <= port <= self.to_port


@dataclass(frozen=True)
class SecurityGroup:
    """A security group."""

    id: str
    name: str
    vpc: str
    rules: tuple[Rule, ...]


class Ec2Gateway:
    """Reads the network; changes nothing.

    Every method raises what `workers.aws.errors.asking` raises, `NotFound` among it.
    """

    def __init__(self, client: "EC2Client") -> None:
        """Over this client."""
        self._client = client

    def subnets(self, identifiers: Iterable[str]) -> list[Subnet]:
        """These subnets."""
        wanted = list(identifiers)
        if not wanted:
            return []
        with asking("ec2:DescribeSubnets"):
            answer = self._client.describe_subnets(SubnetIds=wanted)
        return [
            Subnet(
                raw["SubnetId"],
                raw["AvailabilityZone"],
                raw["VpcId"],
                raw["AvailableIpAddressCount"],
            )
            for raw in answer["Subnets"]
        ]

    def security_groups(self, identifiers: Iterable[str]) -> list[SecurityGroup]:
        """These security groups with what they let in."""
        wanted = list(identifiers)
        if not wanted:
            return []
        with asking("ec2:DescribeSecurityGroups"):
            answer = self._client.describe_security_groups(GroupIds=wanted)
        return [_group(raw) for raw in answer["SecurityGroups"]]

    def security_group_named(self, name: str, vpc: str) -> SecurityGroup | None:
        """The security group of that name in a VPC; None when there is none."""
        with asking("ec2:DescribeSecurityGroups"):
            answer = self._client.describe_security_groups(
                Filters=[
                    {"Name": "group-name", "Values": [name]},
                    {"Name": "vpc-id", "Values": [vpc]},
                ]
            )
        found = [_group(raw) for raw in answer["SecurityGroups"]]
        return found[0] if found else None


def _group(raw: Mapping[str, Any]) -> SecurityGroup:
    return SecurityGroup(
        raw["GroupId"],
        raw.get("GroupName", ""),
        raw.get("VpcId", ""),
        tuple(_rule(rule) for rule in raw.get("IpPermissions", ())),
    )


def _rule(raw: Mapping[str, Any]) -> Rule:
    return Rule(
        protocol=raw.get("IpProtocol", ""),
        from_port=raw.get("FromPort"),
        to_port=raw.get("ToPort"),
        sources=(
            *(pair["GroupId"] for pair in raw.get("UserIdGroupPairs", ()) if "GroupId" in pair),
            *(entry["CidrIp"] for entry in raw.get("IpRanges", ())),
            *(entry["CidrIpv6"] for entry in raw.get("Ipv6Ranges", ())),
            *(entry["PrefixListId"] for entry in raw.get("PrefixListIds", ())),
        ),
    )
