"""RDS as Daybreak uses it: sources, replica clusters, snapshots, versions."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from workers.aws import last_look
from workers.aws.closing import Closing
from workers.aws.errors import NotFound, asking
from workers.aws.parameters import ClusterParameters, InstanceParameters
from workers.aws.promotion import Promotion
from workers.aws.resources import (
    Cluster,
    EngineVersion,
    Instance,
    MaintenanceAction,
    Quota,
    Snapshot,
    Tags,
    cluster_of,
    instance_of,
    snapshot_of,
)

if TYPE_CHECKING:
    from mypy_boto3_rds import RDSClient

AURORA = "aurora-postgresql"
POSTGRES = "postgres"


class RdsGateway:
    """What exists, as AWS says now, and the few calls that change it.

    Every read gives None where there is no such resource. Every method raises what
    `workers.aws.errors.asking` raises.
    """

    def __init__(
        self,
        client: "RDSClient",
        open_promoting_client: Callable[[float], "RDSClient"],
        reading: "RDSClient | None" = None,
    ) -> None:
        """`open_promoting_client(read_timeout_seconds)` builds a client that sends once.

        `reading` is asked what there is, where it is another client than the one that changes it.
        """
        self._client = client
        self._reading = reading or client
        last_look.install(client)
        self._promotion = Promotion(open_promoting_client)
        self.instance_parameters = InstanceParameters(client)
        self.cluster_parameters = ClusterParameters(client)
        self.prepare_promotion = self._promotion.prepare
        self.promote = self._promotion.promote
        self.closing = Closing(client, open_promoting_client)

    # What there is ----------------------------------------------------------------------------

    def instances(self, engine: str = POSTGRES) -> list[Instance]:
        """Every instance of that engine."""
        return [instance for instance in self.every_instance() if instance.engine == engine]

    def every_instance(self) -> list[Instance]:
        """Every instance, members of clusters too: a call for each hundred."""
        pages = self._reading.get_paginator("describe_db_instances")
        with asking("rds:DescribeDBInstances"):
            return [instance_of(raw) for page in pages.paginate() for raw in page["DBInstances"]]

    def every_cluster(self) -> list[Cluster]:
        """Every cluster: a call for each hundred."""
        pages = self._reading.get_paginator("describe_db_clusters")
        with asking("rds:DescribeDBClusters"):
            return [cluster_of(raw) for page in pages.paginate() for raw in page["DBClusters"]]

    def every_snapshot(self, instance: str = "") -> list[Snapshot]:
        """Every manual snapshot, of one instance or of all: a call for each hundred."""
        of_one: dict[str, Any] = {"DBInstanceIdentifier": instance} if instance else {}
        pages = self._reading.get_paginator("describe_db_snapshots")
        with asking("rds:DescribeDBSnapshots"):
            return [
                snapshot_of(raw)
                for page in pages.paginate(SnapshotType="manual", **of_one)
                for raw in page["DBSnapshots"]
            ]

    def instance(self, identifier: str) -> Instance | None:
        """One instance."""
        try:
            with asking("rds:DescribeDBInstances"):
                answer = self._reading.describe_db_instances(DBInstanceIdentifier=identifier)
        except NotFound:
            return None
        return instance_of(answer["DBInstances"][0])

    def cluster(self, identifier: str) -> Cluster | None:
        """One cluster."""
        try:
            with asking("rds:DescribeDBClusters"):
                answer = self._reading.describe_db_clusters(DBClusterIdentifier=identifier)
        except NotFound:
            return None
        return cluster_of(answer["DBClusters"][0])

    def snapshot(self, identifier: str) -> Snapshot | None:
        """One manual snapshot of an instance."""
        try:
            with asking("rds:DescribeDBSnapshots"):
                answer = self._reading.describe_db_snapshots(DBSnapshotIdentifier=identifier)
        except NotFound:
            return None
        found = answer["DBSnapshots"]
        return snapshot_of(found[0]) if found else None

    def aurora_versions(self) -> list[EngineVersion]:
        """The versions of Aurora PostgreSQL that this Region offers."""
        pages = self._reading.get_paginator("describe_db_engine_versions")
        with asking("rds:DescribeDBEngineVersions"):
            return [
                EngineVersion(
                    raw["EngineVersion"], raw["DBParameterGroupFamily"], raw.get("Status", "")
                )
                for page in pages.paginate(Engine=AURORA)
                for raw in page["DBEngineVersions"]
            ]

    def orderable_classes(self, engine_version: str) -> set[str]:
        """The instance classes that Aurora PostgreSQL of that version takes in this Region."""
        pages = self._reading.get_paginator("describe_orderable_db_instance_options")
        with asking("rds:DescribeOrderableDBInstanceOptions"):
            return {
                raw["DBInstanceClass"]
                for page in pages.paginate(Engine=AURORA, EngineVersion=engine_version)
                for raw in page["OrderableDBInstanceOptions"]
            }

    def pending_maintenance(self, arn: str) -> list[MaintenanceAction]:
        """What AWS is going to do to an instance or cluster."""
        with asking("rds:DescribePendingMaintenanceActions"):
            answer = self._reading.describe_pending_maintenance_actions(ResourceIdentifier=arn)
        return [
            MaintenanceAction(
                action.get("Action", ""),
                action.get("Description", ""),
                action.get("ForcedApplyDate") or action.get("AutoAppliedAfterDate"),
            )
            for resource in answer["PendingMaintenanceActions"]
            for action in resource.get("PendingMaintenanceActionDetails", ())
        ]

    def quotas(self) -> dict[str, Quota]:
        """What is used of the account's quotas, by AWS's name of them."""
        with asking("rds:DescribeAccountAttributes"):
            answer = self._reading.describe_account_attributes()
        return {
            raw["AccountQuotaName"]: Quota(raw.get("Used", 0), raw.get("Max", 0))
            for raw in answer["AccountQuotas"]
        }

    def event_subscriptions(self, instance: str) -> list[str]:
        """The names of the event subscriptions that name an instance."""
        pages = self._reading.get_paginator("describe_event_subscriptions")
        with asking("rds:DescribeEventSubscriptions"):
            return [
                raw["CustSubscriptionId"]
                for page in pages.paginate()
                for raw in page["EventSubscriptionsList"]
                if instance in raw.get("SourceIdsList", ())
            ]

    # What changes it --------------------------------------------------------------------------

    def enable_backups(self, instance: str, retention_days: int) -> None:
        """Turn automated backups on at once: this interrupts the instance."""
        with asking("rds:ModifyDBInstance"):
            self._client.modify_db_instance(
                DBInstanceIdentifier=instance,
                BackupRetentionPeriod=retention_days,
                ApplyImmediately=True,
            )

    def enlarge_storage(self, instance: str, gib: int) -> None:
        """Have an instance's storage enlarged at once: nothing is interrupted, and no way back."""
        with asking("rds:ModifyDBInstance"):
            self._client.modify_db_instance(
                DBInstanceIdentifier=instance, AllocatedStorage=gib, ApplyImmediately=True
            )

    def create_snapshot(self, identifier: str, instance: str, tags: Tags) -> None:
        """Begin a manual snapshot."""
        with asking("rds:CreateDBSnapshot"):
            self._client.create_db_snapshot(
                DBSnapshotIdentifier=identifier, DBInstanceIdentifier=instance, Tags=_listed(tags)
            )

    def delete_snapshot(self, identifier: str) -> None:
        """Delete a manual snapshot; one that is gone already is fine."""
        with suppress(NotFound), asking("rds:DeleteDBSnapshot"):
            self._client.delete_db_snapshot(DBSnapshotIdentifier=identifier)

    def create_replica_cluster(
        self,
        identifier: str,
        *,
        source: Instance,
        engine_version: str,
        parameter_group: str,
        security_groups: Iterable[str],
        tags: Tags,
    ) -> None:
        """Begin an Aurora cluster that replicates the source: its subnets, its key, its port.

        Deletion protection is on from the first moment. User, password and databases come with
        the copy, so none is passed.
        """
        optional: dict[str, Any] = {}
        if source.encrypted:
            # The user guide and the API model disagree on what an omitted key means.
            optional["KmsKeyId"] = source.kms_key
        if source.endpoint:
            optional["Port"] = source.endpoint.port
        with asking("rds:CreateDBCluster"):
            self._client.create_db_cluster(
                DBClusterIdentifier=identifier,
                Engine=AURORA,
                EngineVersion=engine_version,
                ReplicationSourceIdentifier=source.arn,
                DBSubnetGroupName=source.subnet_group.name,
                VpcSecurityGroupIds=list(security_groups),
                DBClusterParameterGroupName=parameter_group,
                StorageEncrypted=source.encrypted,
                BackupRetentionPeriod=max(source.backup_retention_days, 1),
                DeletionProtection=True,
                CopyTagsToSnapshot=True,
                EnableIAMDatabaseAuthentication=source.iam_authentication,
                Tags=_listed(tags),
                **optional,
            )

    def restore_cluster(
        self,
        identifier: str,
        *,
        snapshot: Snapshot,
        source: Instance,
        engine_version: str,
        parameter_group: str,
        tags: Tags,
    ) -> None:
        """Begin an Aurora cluster of a snapshot of the source: its subnets, groups, key and port.

        An instance's snapshot goes by its ARN: AWS takes a name for a cluster's.
        """
        optional: dict[str, Any] = {}
        if snapshot.encrypted:
            optional["KmsKeyId"] = snapshot.kms_key
        if source.endpoint:
            optional["Port"] = source.endpoint.port
        with asking("rds:RestoreDBClusterFromSnapshot"):
            self._client.restore_db_cluster_from_snapshot(
                DBClusterIdentifier=identifier,
                SnapshotIdentifier=snapshot.arn,
                Engine=AURORA,
                EngineVersion=engine_version,
                DBSubnetGroupName=source.subnet_group.name,
                VpcSecurityGroupIds=[group.id for group in source.security_groups],
                DBClusterParameterGroupName=parameter_group,
                CopyTagsToSnapshot=True,
                EnableIAMDatabaseAuthentication=source.iam_authentication,
                Tags=_listed(tags),
                **optional,
            )

    def create_cluster_instance(
        self,
        identifier: str,
        *,
        cluster: str,
        instance_class: str,
        parameter_group: str,
        tags: Tags,
    ) -> None:
        """Begin the cluster's instance: the data is copied while it is `creating`."""
        with asking("rds:CreateDBInstance"):
            self._client.create_db_instance(
                DBInstanceIdentifier=identifier,
                DBClusterIdentifier=cluster,
                DBInstanceClass=instance_class,
                Engine=AURORA,
                DBParameterGroupName=parameter_group,
                # A minor upgrade in the middle of a migration is nobody's wish.
                AutoMinorVersionUpgrade=False,
                PubliclyAccessible=False,
                Tags=_listed(tags),
            )

    def protect_cluster(self, identifier: str, retention_days: int) -> None:
        """Deletion protection on, backups kept for so many days."""
        with asking("rds:ModifyDBCluster"):
            self._client.modify_db_cluster(
                DBClusterIdentifier=identifier,
                DeletionProtection=True,
                BackupRetentionPeriod=retention_days,
                ApplyImmediately=True,
            )

    def unprotect_cluster(self, identifier: str) -> None:
        """Deletion protection off: the only use is taking down a replica that nobody promoted."""
        with asking("rds:ModifyDBCluster"):
            self._client.modify_db_cluster(
                DBClusterIdentifier=identifier, DeletionProtection=False, ApplyImmediately=True
            )

    def delete_instance(self, identifier: str) -> None:
        """Delete an instance of a cluster, which keeps the data; gone already is fine."""
        with suppress(NotFound), asking("rds:DeleteDBInstance"):
            self._client.delete_db_instance(DBInstanceIdentifier=identifier)

    def delete_cluster(self, identifier: str) -> None:
        """Delete a cluster and its data; gone already is fine."""
        with suppress(NotFound), asking("rds:DeleteDBCluster"):
            self._client.delete_db_cluster(DBClusterIdentifier=identifier, SkipFinalSnapshot=True)

    def protect_instance(self, identifier: str) -> None:
        """Let nobody delete it by one call. Nothing that waits for its window is hurried on."""
        with asking("rds:ModifyDBInstance"):
            self._client.modify_db_instance(
                DBInstanceIdentifier=identifier, DeletionProtection=True
            )

    def untag(self, arn: str, *names: str) -> None:
        """Take tags away; those that are not there stay away."""
        with asking("rds:RemoveTagsFromResource"):
            self._client.remove_tags_from_resource(ResourceName=arn, TagKeys=list(names))

    def tag(self, arn: str, tags: Tags) -> None:
        """Add tags."""
        with asking("rds:AddTagsToResource", tags):
            self._client.add_tags_to_resource(ResourceName=arn, Tags=_listed(tags))


def _listed(tags: Mapping[str, str]) -> Sequence[Any]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]
