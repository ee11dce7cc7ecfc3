"""The preflight table's rows of the network."""

from collections.abc import Iterator
from contextlib import contextmanager

from preflight_states import SOURCE, Row, client, shown
from steps_ground import Ground

from workers.traffic.port import Endpoint


@contextmanager
def _closed_port(ground: Ground) -> Iterator[None]:
    instance = ground.tools.rds.instance(SOURCE)
    assert instance is not None
    group = instance.security_groups[0].id
    with client(ground, "ec2") as ec2:
        rules = ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"][0]["IpPermissions"]
        ec2.revoke_security_group_ingress(GroupId=group, IpPermissions=rules)
        try:
            yield
        finally:
            ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=rules)


@contextmanager
def _elsewhere(ground: Ground) -> Iterator[None]:
    """Groups of another VPC."""
    with client(ground, "ec2") as ec2:
        vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
        group = ec2.create_security_group(GroupName="far", Description="far", VpcId=vpc)["GroupId"]
        groups = [{"VpcSecurityGroupId": group, "Status": "active"}]
        with shown(VpcSecurityGroupMembershipList=groups)(ground):
            yield


@contextmanager
def _subnets(ground: Ground, *cidrs: tuple[str, str]) -> Iterator[None]:
    """A subnet group of these subnets: zone and range."""
    instance = ground.tools.rds.instance(SOURCE)
    assert instance is not None
    vpc = instance.subnet_group.vpc
    with client(ground, "ec2") as ec2:
        made = [
            ec2.create_subnet(VpcId=vpc, CidrBlock=cidr, AvailabilityZone=zone)["Subnet"]
            for zone, cidr in cidrs
        ]
        group = {
            "DBSubnetGroupName": "narrow",
            "VpcId": vpc,
            "Subnets": [{"SubnetIdentifier": subnet["SubnetId"]} for subnet in made],
        }
        try:
            with shown(DBSubnetGroup=group)(ground):
                yield
        finally:
            for subnet in made:
                ec2.delete_subnet(SubnetId=subnet["SubnetId"])


@contextmanager
def _one_zone(ground: Ground) -> Iterator[None]:
    with _subnets(ground, ("eu-west-1a", "127.0.64.0/24")):
        yield


@contextmanager
def _full_subnets(ground: Ground) -> Iterator[None]:
    with (
        _subnets(ground, ("eu-west-1a", "127.0.64.0/28"), ("eu-west-1b", "127.0.65.0/28")),
        client(ground, "ec2") as ec2,
    ):
        instance = ground.tools.rds.instance(SOURCE)
        assert instance is not None
        made = []
        try:
            for subnet in instance.subnet_group.subnets:
                free = ground.tools.ec2.subnets([subnet])[0].free_addresses
                for _ in range(free):
                    entry = ec2.create_network_interface(SubnetId=subnet)["NetworkInterface"]
                    made.append(entry["NetworkInterfaceId"])
            yield
        finally:
            for interface in made:
                ec2.delete_network_interface(NetworkInterfaceId=interface)


@contextmanager
def _led_away(ground: Ground) -> Iterator[None]:
    endpoint = ground.tools.traffic.states(SOURCE)[0].endpoint
    assert endpoint
    ground.tools.traffic.point_to(SOURCE, Endpoint("127.0.31.250", endpoint.port), epoch=0)
    try:
        yield
    finally:
        ground.tools.traffic.point_to(SOURCE, endpoint, epoch=0)


ROWS = (
    Row("subnet-zones", _one_zone, "`narrow` covers 1 Availability Zone;"),
    Row("free-addresses", _full_subnets, "are full"),
    Row(
        "groups-settled",
        shown(VpcSecurityGroupMembershipList=[{"VpcSecurityGroupId": "sg-1", "Status": "adding"}]),
        "are being changed: sg-1",
    ),
    Row("groups-of-vpc", _elsewhere, "are not of the VPC"),
    Row("port-open", _closed_port, "let nobody in on port"),
    Row("poolers", _led_away, "leads to 127.0.31.250"),
)
