"""What RDS says of its resources, reduced to what Daybreak looks at; immutable."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from workers.traffic.port import Endpoint

Tags = Mapping[str, str]

AVAILABLE = "available"

# On everything that Daybreak makes: whose it is, and of which source.
MIGRATION_TAG = "daybreak:migration"
SOURCE_TAG = "daybreak:source"
# On a source whose applications have gone on to a cluster: which one.
MOVED_TAG = "daybreak:moved-to"


@dataclass(frozen=True)
class SubnetGroup:
    """A DB subnet group, as an instance or cluster carries it."""

    name: str
    vpc: str
    subnets: tuple[str, ...]


@dataclass(frozen=True)
class GroupMembership:
    """A VPC security group on an instance or cluster; `active` once it is in force."""

    id: str
    status: str


@dataclass(frozen=True)
class Instance:
    """A DB instance: an RDS for PostgreSQL source, or a member of an Aurora cluster."""

    id: str
    arn: str
    status: str
    engine: str
    engine_version: str
    instance_class: str
    #: None while it is being created.
    endpoint: Endpoint | None
    cluster: str
    master_user: str
    storage_gib: int
    encrypted: bool
    kms_key: str
    backup_retention_days: int
    backup_window: str
    maintenance_window: str
    deletion_protection: bool
    multi_az: bool
    auto_minor_upgrade: bool
    iam_authentication: bool
    managed_secret: bool
    network_type: str
    subnet_group: SubnetGroup
    security_groups: tuple[GroupMembership, ...]
    parameter_group: str
    parameter_status: str
    #: Changes that AWS will make later, at the next reboot or in the maintenance window.
    pending: Mapping[str, Any]
    replica_of: str
    replicas: tuple[str, ...]
    replica_clusters: tuple[str, ...]
    roles: tuple[str, ...]
    tags: Tags
    storage_type: str
    #: Up to which size AWS enlarges its storage by itself; 0: it does not.
    most_storage_gib: int
    #: Whether it has an address in the internet.
    public: bool
    option_groups: tuple[str, ...]
    #: Directories that it is in, for Kerberos.
    domains: tuple[str, ...]
    #: AWS's word for the state of its activity stream; empty where it says nothing.
    activity_stream: str
    #: Kinds of logs that go to CloudWatch.
    log_exports: tuple[str, ...]
    performance_insights: bool
    #: The interval of Enhanced Monitoring in seconds; 0: it is off.
    monitoring_seconds: int


@dataclass(frozen=True)
class Member:
    """An instance of a cluster."""

    instance: str
    writer: bool


@dataclass(frozen=True)
class Cluster:
    """An Aurora cluster."""

    id: str
    arn: str
    status: str
    engine: str
    engine_version: str
    #: None while it is being created.
    endpoint: Endpoint | None
    #: ARN of what it replicates; empty once it was promoted.
    replication_source: str
    members: tuple[Member, ...]
    encrypted: bool
    kms_key: str
    backup_retention_days: int
    deletion_protection: bool
    parameter_group: str
    subnet_group: str
    security_groups: tuple[GroupMembership, ...]
    #: 0 to 1 where AWS tells it.
    progress: float | None
    tags: Tags


@dataclass(frozen=True)
class Snapshot:
    """A manual snapshot of an instance."""

    id: str
    arn: str
    status: str
    instance: str
    storage_gib: int
    encrypted: bool
    kms_key: str
    progress: float | None
    tags: Tags
    engine: str = ""
    engine_version: str = ""
    #: When AWS says that it was taken; None while it is not known.
    taken_at: datetime | None = None


@dataclass(frozen=True)
class EngineVersion:
    """A version of an engine that this Region offers, and the family of its parameter groups."""

    version: str
    family: str
    status: str


@dataclass(frozen=True)
class Quota:
    """How much of a quota of this account and Region is used."""

    used: int
    most: int


@dataclass(frozen=True)
class MaintenanceAction:
    """Something that AWS will do to an instance."""

    action: str
    description: str
    #: When AWS does it by itself; None when only the owner starts it.
    forced_at: datetime | None


def instance_of(raw: Mapping[str, Any]) -> Instance:
    """One entry of DescribeDBInstances."""
    group = raw.get("DBSubnetGroup", {})
    parameters = (raw.get("DBParameterGroups") or [{}])[0]
    return Instance(
        id=raw["DBInstanceIdentifier"],
        arn=raw["DBInstanceArn"],
        status=raw["DBInstanceStatus"],
        engine=raw["Engine"],
        engine_version=raw.get("EngineVersion", ""),
        instance_class=raw.get("DBInstanceClass", ""),
        endpoint=_endpoint(raw.get("Endpoint", {})),
        cluster=raw.get("DBClusterIdentifier", ""),
        master_user=raw.get("MasterUsername", ""),
        storage_gib=raw.get("AllocatedStorage", 0),
        encrypted=raw.get("StorageEncrypted", False),
        kms_key=raw.get("KmsKeyId", ""),
        backup_retention_days=raw.get("BackupRetentionPeriod", 0),
        backup_window=raw.get("PreferredBackupWindow", ""),
        maintenance_window=raw.get("PreferredMaintenanceWindow", ""),
        deletion_protection=raw.get("DeletionProtection", False),
        multi_az=raw.get("MultiAZ", False),
        auto_minor_upgrade=raw.get("AutoMinorVersionUpgrade", False),
        iam_authentication=raw.get("IAMDatabaseAuthenticationEnabled", False),
        managed_secret="MasterUserSecret" in raw,
        network_type=raw.get("NetworkType", ""),
        subnet_group=SubnetGroup(
            group.get("DBSubnetGroupName", ""),
            group.get("VpcId", ""),
            tuple(subnet["SubnetIdentifier"] for subnet in group.get("Subnets", ())),
        ),
        security_groups=_security_groups(raw),
        parameter_group=parameters.get("DBParameterGroupName", ""),
        parameter_status=parameters.get("ParameterApplyStatus", ""),
        pending=dict(raw.get("PendingModifiedValues", {})),
        replica_of=raw.get("ReadReplicaSourceDBInstanceIdentifier", ""),
        replicas=tuple(raw.get("ReadReplicaDBInstanceIdentifiers", ())),
        replica_clusters=tuple(raw.get("ReadReplicaDBClusterIdentifiers", ())),
        roles=tuple(role.get("RoleArn", "") for role in raw.get("AssociatedRoles", ())),
        tags=tags_of(raw),
        storage_type=raw.get("StorageType", ""),
        most_storage_gib=raw.get("MaxAllocatedStorage", 0),
        public=raw.get("PubliclyAccessible", False),
        option_groups=_names(raw, "OptionGroupMemberships", "OptionGroupName"),
        domains=_names(raw, "DomainMemberships", "Domain"),
        activity_stream=raw.get("ActivityStreamStatus", ""),
        log_exports=tuple(raw.get("EnabledCloudwatchLogsExports", ())),
        performance_insights=raw.get("PerformanceInsightsEnabled", False),
        monitoring_seconds=raw.get("MonitoringInterval", 0),
    )


def cluster_of(raw: Mapping[str, Any]) -> Cluster:
    """One entry of DescribeDBClusters."""
    return Cluster(
        id=raw["DBClusterIdentifier"],
        arn=raw["DBClusterArn"],
        status=raw["Status"],
        engine=raw["Engine"],
        engine_version=raw.get("EngineVersion", ""),
        endpoint=_endpoint({"Address": raw.get("Endpoint"), "Port": raw.get("Port")}),
        replication_source=raw.get("ReplicationSourceIdentifier") or "",
        members=tuple(
            Member(member["DBInstanceIdentifier"], member.get("IsClusterWriter", False))
            for member in raw.get("DBClusterMembers", ())
        ),
        encrypted=raw.get("StorageEncrypted", False),
        kms_key=raw.get("KmsKeyId", ""),
        backup_retention_days=raw.get("BackupRetentionPeriod", 0),
        deletion_protection=raw.get("DeletionProtection", False),
        parameter_group=raw.get("DBClusterParameterGroup", ""),
        subnet_group=raw.get("DBSubnetGroup", ""),
        security_groups=_security_groups(raw),
        progress=_progress(raw.get("PercentProgress")),
        tags=tags_of(raw),
    )


def snapshot_of(raw: Mapping[str, Any]) -> Snapshot:
    """One entry of DescribeDBSnapshots."""
    return Snapshot(
        id=raw["DBSnapshotIdentifier"],
        arn=raw["DBSnapshotArn"],
        status=raw["Status"],
        instance=raw["DBInstanceIdentifier"],
        storage_gib=raw.get("AllocatedStorage", 0),
        encrypted=raw.get("Encrypted", False),
        kms_key=raw.get("KmsKeyId", ""),
        progress=_progress(raw.get("PercentProgress")),
        tags=tags_of(raw),
        engine=raw.get("Engine", ""),
        engine_version=raw.get("EngineVersion", ""),
        taken_at=raw.get("SnapshotCreateTime"),
    )


def tags_of(raw: Mapping[str, Any]) -> Tags:
    """The `TagList` of a resource."""
    return {tag["Key"]: tag.get("Value", "") for tag in raw.get("TagList", ())}


def _names(raw: Mapping[str, Any], entries: str, name: str) -> tuple[str, ...]:
    return tuple(entry.get(name, "") for entry in raw.get(entries, ()))


def _security_groups(raw: Mapping[str, Any]) -> tuple[GroupMembership, ...]:
    return tuple(
        GroupMembership(group["VpcSecurityGroupId"], group.get("Status", ""))
        for group in raw.get("VpcSecurityGroups", ())
    )


def _endpoint(raw: Mapping[str, Any]) -> Endpoint | None:
    host, port = raw.get("Address"), raw.get("Port")
    return Endpoint(host, port) if host and port else None


def _progress(percent: object) -> float | None:
    """AWS gives a number for snapshots and a string for clusters."""
    try:
        return min(max(float(str(percent)) / 100, 0.0), 1.0)
    except ValueError:
        return None
