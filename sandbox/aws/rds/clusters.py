"""Aurora clusters that follow an RDS instance: created, changed and deleted."""

import shutil
from typing import Any

from sandbox.aws.rds.core import RDSError
from sandbox.aws.rds.models import Cluster, resource_id
from sandbox.aws.rds.source_checks import SourceChecks

_MODIFIABLE = {
    "deletion_protection", "backup_retention_period", "copy_tags_to_snapshot",
    "preferred_backup_window", "preferred_maintenance_window", "vpc_security_group_ids",
    "db_cluster_parameter_group_name",
}  # fmt: skip


class Clusters(SourceChecks):
    """CreateDBCluster, ModifyDBCluster, DeleteDBCluster."""

    def create_db_cluster(self, kwargs: dict[str, Any]) -> Cluster:
        """A replica cluster of an RDS instance; its data comes with its instance."""
        wanted = dict(kwargs)
        identifier = wanted["db_cluster_identifier"]
        self._validate_db_identifier(identifier)
        with self.lock:
            if identifier in self.clusters:
                raise RDSError("DBClusterAlreadyExistsFault", "DB Cluster already exists")
            source = self.checked_source(wanted)
            zone = source.availability_zone
            wanted |= {
                "master_username": source.master_username,
                "master_user_password": "inherited-from-the-source",
                "backup_retention_period": wanted.get("backup_retention_period", 1),
            }
            wanted.setdefault("db_cluster_parameter_group_name", f"default.{self.aurora_family()}")
            storage = wanted.pop("storage_type", "aurora")
            cluster = Cluster(self, **wanted)
            cluster.storage_type = storage
            cluster.db_cluster_resource_id = resource_id("cluster")
            cluster.status = "creating"
            cluster.hollow = source.hollow
            cluster.own_address = (
                self.datacenter.address_of_nobody(zone)
                if source.hollow
                else self.datacenter.address_in(zone, int(cluster.port))
            )
            self.clusters[identifier] = cluster
            source.read_replica_db_cluster_identifiers = [cluster.db_cluster_identifier]
            self.datacenter.later(lambda: self._cluster_created(cluster))
            self.changed()
        return cluster

    def _cluster_created(self, cluster: Cluster) -> None:
        cluster.status = "available"
        self.cluster_event(cluster, "creation", "DB cluster created")
        self.changed()

    def modify_db_cluster(self, kwargs: dict[str, Any]) -> Cluster:
        """Change a cluster; its instance's server follows in the background."""
        with self.lock:
            cluster = self.cluster(kwargs["db_cluster_identifier"])
            if cluster.status != "available":
                raise RDSError("InvalidDBClusterStateFault", f"The DB cluster is {cluster.status}.")
            passes = {"db_cluster_identifier", "apply_immediately"}
            wanted = {key: kwargs[key] for key in kwargs if key not in passes}
            unknown = set(wanted) - _MODIFIABLE
            if unknown:
                raise RDSError(
                    "InvalidParameterCombination", f"The sandbox cannot modify {sorted(unknown)}."
                )
            self.check_groups(wanted.get("vpc_security_group_ids") or [])
            group = wanted.pop("db_cluster_parameter_group_name", None)
            self.check_cluster_group(group)
            for key, value in wanted.items():
                setattr(cluster, key, value)
            if group is not None:
                cluster.parameter_group = group
            for member in cluster.members:
                self._follow_cluster(member, wanted, group)
            self.changed()
        return cluster

    def _follow_cluster(self, member: Any, wanted: dict[str, Any], group: str | None) -> None:
        if "vpc_security_group_ids" in wanted:
            member.group_states = dict.fromkeys(wanted["vpc_security_group_ids"], "adding")

        def apply() -> None:
            self.reconfigure(member)
            member.group_states = dict.fromkeys(member.group_states, "active")
            if group is not None:
                member.apply_status = "pending-reboot"
            self.changed()

        if "vpc_security_group_ids" in wanted or group is not None:
            self.work_on(member, apply)

    def delete_db_cluster(
        self, cluster_identifier: str, snapshot_name: str | None = None
    ) -> Cluster:
        """Delete a cluster without instances and without protection."""
        with self.lock:
            cluster = self.cluster(cluster_identifier)
            if cluster.deletion_protection:
                raise RDSError(
                    "InvalidParameterCombination",
                    "Cannot delete protected Cluster, please disable deletion protection and try "
                    "again.",
                )
            if cluster.members:
                raise RDSError(
                    "InvalidDBClusterStateFault",
                    "Cluster cannot be deleted, it still contains DB instances in non-deleting "
                    "state.",
                )
            if snapshot_name is not None:
                raise RDSError(
                    "InvalidParameterCombination", "The sandbox takes no snapshots of clusters."
                )
            arn = cluster.replication_source_identifier
            if arn:
                self.source_by_arn(arn).read_replica_db_cluster_identifiers = []
            cluster.status = "deleting"
            if cluster.volume is not None:
                shutil.rmtree(cluster.volume, ignore_errors=True)
            del self.clusters[cluster_identifier]
            self.cluster_event(cluster, "deletion", "DB cluster deleted")
            self.changed()
        return cluster
