"""Fills the empty account from the seed: network, key, secrets, parameter groups, instances."""

import datetime as dt
import json
import secrets
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import boto3
from botocore.config import Config

from sandbox.aws.datacenter import Datacenter
from sandbox.aws.rds.backend import Backend
from sandbox.aws.roles import seed_roles
from sandbox.aws.seed import InstanceSeed

# One try, and time for a machine that starts three databases at once.
_CLIENT = Config(retries={"total_max_attempts": 1}, read_timeout=60, connect_timeout=10)


def windows_far_from(now: dt.datetime) -> dict[str, str]:
    """Backup and maintenance windows of half an hour that a run beginning now does not meet.

    AWS draws them by region; a fixed one would shut the gate for half an hour of every day.
    """
    backup = now + dt.timedelta(hours=12)
    maintenance = now + dt.timedelta(days=3)
    half_an_hour = dt.timedelta(minutes=30)
    day_and_time = "%a:%H:%M"
    return {
        "PreferredBackupWindow": f"{backup:%H:%M}-{backup + half_an_hour:%H:%M}",
        "PreferredMaintenanceWindow": (
            f"{maintenance.strftime(day_and_time)}-"
            f"{(maintenance + half_an_hour).strftime(day_and_time)}"
        ).lower(),
    }


class Account:
    """Makes what the seed describes, and knows the passwords it made up on the way."""

    def __init__(self, backend: Backend, datacenter: Datacenter, endpoint_url: str) -> None:
        self._backend = backend
        self._datacenter = datacenter
        self._seed = datacenter.seed
        session = boto3.session.Session("sandbox", "sandbox", region_name=self._seed.region)
        self._ec2: Any = session.client("ec2", endpoint_url=endpoint_url, config=_CLIENT)
        self._kms: Any = session.client("kms", endpoint_url=endpoint_url, config=_CLIENT)
        self._rds: Any = session.client("rds", endpoint_url=endpoint_url, config=_CLIENT)
        self._secrets: Any = session.client(
            "secretsmanager", endpoint_url=endpoint_url, config=_CLIENT
        )
        self._groups: dict[str, str] = {}
        #: The databases' key.
        self.key_id = ""
        # By instance and role: new ones at every start.
        self.passwords: dict[str, dict[str, str]] = {}

    def fill(self) -> None:
        """Everything as a customer would, over the API; returns when every instance is up."""
        made = self._kms.create_key(Description="Databases")["KeyMetadata"]
        key, self.key_id = made["Arn"], made["KeyId"]
        self._kms.create_alias(AliasName="alias/databases", TargetKeyId=key)
        self._network()
        with ThreadPoolExecutor(max_workers=8) as pool:
            list(pool.map(lambda seed: self._instance(seed, key), self._seed.instances))

    def _network(self) -> None:
        network = self._seed.network
        vpc = self._ec2.create_vpc(CidrBlock=network.vpc_cidr)["Vpc"]["VpcId"]
        subnets = [
            self._ec2.create_subnet(VpcId=vpc, CidrBlock=subnet.cidr, AvailabilityZone=subnet.zone)[
                "Subnet"
            ]["SubnetId"]
            for subnet in network.subnets
        ]
        self._rds.create_db_subnet_group(
            DBSubnetGroupName=network.subnet_group,
            DBSubnetGroupDescription="Databases",
            SubnetIds=subnets,
        )
        for group in network.security_groups:
            identifier = self._ec2.create_security_group(
                GroupName=group.name, Description=group.name, VpcId=vpc
            )["GroupId"]
            self._groups[group.name] = identifier
            self._datacenter.members[identifier] = group.hosts
        port = self._datacenter.port
        for group in network.security_groups:
            rules = [
                {
                    "IpProtocol": "tcp",
                    "FromPort": port,
                    "ToPort": port,
                    "UserIdGroupPairs": [{"GroupId": self._groups[admitted]}],
                }
                for admitted in group.admits
            ]
            if rules:
                self._ec2.authorize_security_group_ingress(
                    GroupId=self._groups[group.name], IpPermissions=rules
                )

    def _instance(self, seed: InstanceSeed, key: str) -> None:
        if seed.hollow:
            self._rds.create_db_instance(**self._request(seed, key, None, secrets.token_urlsafe()))
            return
        roles = self._seed.roles
        logins = (roles.master, roles.application, roles.reporting, roles.daybreak)
        passwords = {role: secrets.token_urlsafe(24) for role in logins}
        self.passwords[seed.identifier] = passwords
        group = self._parameter_group(seed)
        self._rds.create_db_instance(**self._request(seed, key, group, passwords[roles.master]))
        instance = self._backend.instance(seed.identifier)
        if instance.work is not None:
            instance.work.result()
        instance.pending_maintenance = [
            {"Action": entry.action, "Description": entry.description}
            for entry in seed.pending_maintenance
        ]
        server = self._datacenter.servers[seed.identifier]
        seed_roles(server, roles, seed, passwords)
        for kind, role in (("daybreak", roles.daybreak), ("app", roles.application)):
            value = {"username": role, "password": passwords[role], "dbname": roles.database}
            self._secrets.create_secret(
                Name=f"{kind}/{seed.identifier}", SecretString=json.dumps(value)
            )

    def _parameter_group(self, seed: InstanceSeed) -> str:
        family = f"postgres{self._datacenter.major_version}"
        group = f"{seed.identifier}-{family}"
        self._rds.create_db_parameter_group(
            DBParameterGroupName=group,
            DBParameterGroupFamily=family,
            Description=f"Parameters of {seed.identifier}",
        )
        self._rds.modify_db_parameter_group(
            DBParameterGroupName=group,
            Parameters=[
                {"ParameterName": name, "ParameterValue": value, "ApplyMethod": "pending-reboot"}
                for name, value in seed.parameters.items()
            ],
        )
        return group

    def _request(
        self, seed: InstanceSeed, key: str, group: str | None, password: str
    ) -> dict[str, Any]:
        wanted = {
            "DBInstanceIdentifier": seed.identifier,
            "DBInstanceClass": seed.instance_class,
            "Engine": "postgres",
            "EngineVersion": self._datacenter.engine_version,
            "Port": self._datacenter.port,
            "AllocatedStorage": seed.allocated_storage_gb,
            "MaxAllocatedStorage": seed.max_allocated_storage_gb,
            "BackupRetentionPeriod": seed.backup_retention_days,
            **windows_far_from(dt.datetime.now(dt.UTC)),
            "DeletionProtection": seed.deletion_protection,
            "AutoMinorVersionUpgrade": seed.auto_minor_version_upgrade,
            "StorageEncrypted": seed.encrypted,
            "StorageType": "gp3",
            "KmsKeyId": key if seed.encrypted else None,
            "AvailabilityZone": seed.zone,
            "DBSubnetGroupName": self._seed.network.subnet_group,
            "VpcSecurityGroupIds": [self._groups["databases"]],
            "DBParameterGroupName": group,
            "MasterUsername": self._seed.roles.master,
            "MasterUserPassword": password,
            "LicenseModel": "postgresql-license",
            "PubliclyAccessible": False,
            "Tags": [{"Key": name, "Value": value} for name, value in seed.tags.items()],
        }
        return {name: value for name, value in wanted.items() if value is not None}
