"""RestoreDBClusterFromSnapshot: a snapshot of an instance becomes an Aurora cluster of its own."""

from typing import Any

from moto.rds.utils import split_arn

from sandbox.aws.rds.core import RDSError
from sandbox.aws.rds.models import Cluster, ClusterInstance, Instance, Snapshot, resource_id
from sandbox.aws.rds.replicas import Replicas
from sandbox.aws.rds.source_checks import AURORA
from sandbox.servers import account

# What a restored cluster has from its snapshot, or from nowhere.
_NOT_ASKED = (
    "master_username", "master_user_password", "backup_retention_period", "storage_encrypted",
    "replication_source_identifier",
)  # fmt: skip


class Restores(Replicas):
    """The cluster's data is copied while it is `migrating`; its first instance then serves it."""

    def restore_db_cluster_from_snapshot(
        self, from_snapshot_id: str, overrides: dict[str, Any]
    ) -> Cluster:
        """A stand-alone cluster; an instance has to be created in it before anybody can log in."""
        wanted = dict(overrides)
        wanted.pop("snapshot_identifier", None)
        identifier = wanted["db_cluster_identifier"]
        self._validate_db_identifier(identifier)
        with self.lock:
            if identifier in self.clusters:
                raise RDSError("DBClusterAlreadyExistsFault", "DB Cluster already exists")
            snapshot = self._snapshot(from_snapshot_id)
            origin = self._restorable(snapshot, wanted)
            wanted.setdefault("db_cluster_parameter_group_name", f"default.{self.aurora_family()}")
            wanted.setdefault("port", origin.port)
            storage = wanted.pop("storage_type", "aurora")
            cluster = Cluster(
                self,
                **wanted,
                master_username=origin.master_username,
                master_user_password="inherited-from-the-snapshot",
            )
            cluster.storage_type = storage
            cluster.db_cluster_resource_id = resource_id("cluster")
            cluster.status = "migrating"
            cluster.zone = str(origin.availability_zone)
            cluster.own_address = self.datacenter.address_in(cluster.zone, int(cluster.port))
            self.clusters[identifier] = cluster
            self.datacenter.later(lambda: self._restore(cluster, snapshot))
            self.changed()
        return cluster

    def _snapshot(self, identifier: str) -> Snapshot:
        """A snapshot of an instance goes by its ARN here: AWS takes a name for a cluster's."""
        if not identifier.startswith("arn:"):
            raise RDSError(
                "DBClusterSnapshotNotFoundFault", f"DBClusterSnapshot not found: {identifier}"
            )
        snapshot = self.database_snapshots.get(split_arn(identifier)[3])
        if snapshot is None:
            raise RDSError("DBSnapshotNotFound", f"DBSnapshot not found: {identifier}")
        if snapshot.status != "available":
            raise RDSError(
                "InvalidDBSnapshotState",
                f"The snapshot {snapshot.db_snapshot_identifier} is in {snapshot.status} state.",
            )
        return snapshot  # type: ignore[return-value]

    def _restorable(self, snapshot: Snapshot, wanted: dict[str, Any]) -> Instance:
        """The instance as it was when the snapshot was taken, if AWS would restore it as asked."""
        if wanted.get("engine") != AURORA:
            raise RDSError(
                "InvalidParameterCombination",
                f"A snapshot of postgres cannot be restored as {wanted.get('engine')}.",
            )
        given = [name for name in _NOT_ASKED if wanted.get(name)]
        if given:
            raise RDSError(
                "InvalidParameterCombination", f"{', '.join(given)} cannot be specified here."
            )
        origin: Instance = snapshot.database  # type: ignore[assignment]
        self.check_version(origin, wanted)
        wanted["storage_encrypted"] = bool(snapshot.encrypted or wanted.get("kms_key_id"))
        self.check_encryption(origin, wanted)
        self.check_place(origin, wanted)
        return origin

    def _restore(self, cluster: Cluster, snapshot: Snapshot) -> None:
        volume = self.datacenter.volume_dir(str(cluster.db_cluster_identifier))
        account.copy(self.files_of(snapshot), volume / "data")
        cluster.volume = volume
        scenario = self.datacenter.scenario
        self.datacenter.closing.wait(scenario.restore_seconds)
        if scenario.restore_fails_times > 0:
            scenario.restore_fails_times -= 1
            cluster.status = "migration-failed"
            self.cluster_event(cluster, "failure", "The DB cluster could not be migrated.")
        elif cluster.status == "migrating":
            cluster.status = "available"
            self.cluster_event(cluster, "creation", "DB cluster restored from snapshot")
        self.changed()

    def zone_of(self, cluster: Cluster) -> str:
        """See `Replicas.zone_of`."""
        return cluster.zone or super().zone_of(cluster)

    def build_member(self, cluster: Cluster, instance: ClusterInstance) -> None:
        """See `Replicas.build_member`: what was restored is started as a primary."""
        if cluster.volume is None:
            super().build_member(cluster, instance)
            return
        server = self.datacenter.server(
            instance.db_instance_identifier, instance.address, int(instance.port)
        )
        try:
            server.take_over(cluster.volume / "data")
            server.secure(self.datacenter.authority)
            self.boot(instance, lambda _: None)
        except BaseException:
            instance.status = "failed"
            self.changed()
            raise
        self.member_created(instance)
