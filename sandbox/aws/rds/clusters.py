"""Aurora clusters that follow an RDS instance: created, deleted, and their one reader built for real."""

from typing import Any

import psycopg
from moto.rds.utils import split_arn

from sandbox.aws import configuration
from sandbox.aws.rds import offers
from sandbox.aws.rds.core import RDSError
from sandbox.aws.rds.instances import Instances
from sandbox.aws.rds.models import Cluster, ClusterInstance, Instance, resource_id
from sandbox.servers.postgres import PostgresServer

AURORA = "aurora-postgresql"
_INHERITED = ("master_username", "master_user_password", "database_name")
_MODIFIABLE = {
    "deletion_protection", "backup_retention_period", "copy_tags_to_snapshot",
    "preferred_backup_window", "preferred_maintenance_window", "vpc_security_group_ids",
    "db_cluster_parameter_group_name",
}  # fmt: skip
_STREAMING_POLL_SECONDS = 0.02


class Clusters(Instances):
    """CreateDBCluster, ModifyDBCluster, DeleteDBCluster, and CreateDBInstance within one."""

    def create_db_cluster(self, kwargs: dict[str, Any]) -> Cluster:
        wanted = dict(kwargs)
        identifier = wanted["db_cluster_identifier"]
        self._validate_db_identifier(identifier)
        with self.lock:
            if identifier in self.clusters:
                raise RDSError("DBClusterAlreadyExistsFault", "DB Cluster already exists")
            source = self._checked_source(wanted)
            zone = source.availability_zone
            wanted |= {
                "master_username": source.master_username,
                "master_user_password": "inherited-from-the-source",
                "backup_retention_period": wanted.get("backup_retention_period", 1),
            }
            wanted.setdefault("db_cluster_parameter_group_name", f"default.{self._family()}")
            cluster = Cluster(self, **wanted)
            cluster.db_cluster_resource_id = resource_id("cluster")
            cluster.status = "creating"
            cluster.own_address = self.datacenter.address_in(zone, int(cluster.port))
            self.clusters[identifier] = cluster
            source.read_replica_db_cluster_identifiers = [cluster.db_cluster_identifier]
            self.datacenter.later(lambda: self._cluster_created(cluster))
            self.changed()
        return cluster

    def _family(self) -> str:
        return f"{AURORA}{self.datacenter.major_version}"

    def _cluster_created(self, cluster: Cluster) -> None:
        cluster.status = "available"
        self.cluster_event(cluster, "creation", "DB cluster created")
        self.changed()

    def _checked_source(self, wanted: dict[str, Any]) -> Instance:
        """The source instance, if AWS would build a replica cluster of it as asked."""
        arn = wanted.get("replication_source_identifier")
        if not arn:
            raise RDSError(
                "InvalidParameterCombination",
                "The sandbox builds Aurora clusters from an RDS instance only: "
                "ReplicationSourceIdentifier is missing.",
            )
        if wanted.get("engine") != AURORA:
            raise RDSError(
                "InvalidParameterCombination",
                f"The source of engine postgres cannot be replicated by {wanted.get('engine')}.",
            )
        given = [name for name in _INHERITED if wanted.get(name)]
        if given:
            raise RDSError(
                "InvalidParameterCombination",
                f"{', '.join(given)} cannot be specified when creating a read replica cluster.",
            )
        source = self._source_by_arn(str(arn))
        self._check_source_state(source)
        self._check_version(source, wanted)
        self._check_encryption(source, wanted)
        self._check_place(source, wanted)
        return source

    def _source_by_arn(self, arn: str) -> Instance:
        if not self.arn_regex.match(arn):
            raise RDSError("InvalidParameterValue", f"Invalid replication source: {arn}")
        region, account_id, kind, name = split_arn(arn)
        if (region, account_id) != (self.region_name, self.account_id) or kind != "db":
            raise RDSError(
                "InvalidParameterValue", f"The source has to be an instance in this Region: {arn}"
            )
        source = self.instance(name)
        if not isinstance(source, Instance):
            raise RDSError("InvalidDBInstanceState", f"{name} is a member of a DB cluster.")
        return source

    def _check_source_state(self, source: Instance) -> None:
        self.require_available(source)
        if source.backup_retention_period == 0:
            raise RDSError(
                "InvalidDBInstanceState",
                "Automated backups are not enabled for this database instance. To enable automated "
                "backups, use ModifyDBInstance to set the backup retention period to a non-zero value.",
            )
        if source.read_replica_db_cluster_identifiers:
            raise RDSError(
                "InvalidDBInstanceState",
                f"The source {source.db_instance_identifier} already has an Aurora read replica: "
                f"{source.read_replica_db_cluster_identifiers[0]}.",
            )

    def _check_version(self, source: Instance, wanted: dict[str, Any]) -> None:
        offered = offers.aurora_versions(self.datacenter.engine_version)
        version = wanted.setdefault("engine_version", offered[-1])
        if version not in offered:
            raise RDSError(
                "InvalidParameterCombination", f"Cannot find version {version} for {AURORA}"
            )
        mine, theirs = offers.parts(version), offers.parts(source.engine_version)
        if mine[0] != theirs[0] or mine < theirs:
            raise RDSError(
                "InvalidParameterCombination",
                f"The engine version {version} cannot replicate a source of version "
                f"{source.engine_version}: the same major and at least its minor is needed.",
            )

    def _check_encryption(self, source: Instance, wanted: dict[str, Any]) -> None:
        if source.storage_encrypted and not wanted.get("storage_encrypted"):
            raise RDSError(
                "InvalidParameterCombination",
                "Cannot create an unencrypted DB cluster from an encrypted source DB instance.",
            )
        if wanted.get("kms_key_id"):
            wanted["kms_key_id"] = self._validate_kms_key(wanted["kms_key_id"])
        elif wanted.get("storage_encrypted"):
            wanted["kms_key_id"] = source.kms_key_id

    def _check_place(self, source: Instance, wanted: dict[str, Any]) -> None:
        name = wanted.setdefault("db_subnet_group_name", source.db_subnet_group.name)
        group = self.subnet_groups.get(name)
        if group is None:
            raise RDSError(
                "DBSubnetGroupNotFoundFault", f"DB subnet group '{name}' does not exist."
            )
        if group.vpc_id != source.db_subnet_group.vpc_id:
            raise RDSError(
                "InvalidVPCNetworkStateFault", "The replica has to be in the VPC of its source."
            )
        self.check_groups(
            wanted.setdefault("vpc_security_group_ids", source.vpc_security_group_ids)
        )
        self.check_cluster_group(wanted.get("db_cluster_parameter_group_name"))

    def check_cluster_group(self, name: str | None) -> None:
        """A cluster's parameter group has to exist and to be of Aurora's family."""
        if name is None:
            return
        group = self.db_cluster_parameter_groups.get(name)
        if group is None:
            raise RDSError(
                "DBClusterParameterGroupNotFound", f"DBClusterParameterGroup not found: {name}"
            )
        if group.db_parameter_group_family != self._family():
            raise RDSError(
                "InvalidParameterCombination",
                f"The parameter group {name} is of family {group.db_parameter_group_family}, "
                f"the cluster needs {self._family()}.",
            )

    # -- its instance ---------------------------------------------------------------------------

    def create_cluster_instance(self, db_kwargs: dict[str, Any]) -> ClusterInstance:
        cluster = self.cluster(db_kwargs["db_cluster_identifier"])
        if cluster.status != "available":
            raise RDSError(
                "InvalidDBClusterStateFault",
                f"The DB cluster {cluster.db_cluster_identifier} is {cluster.status}.",
            )
        if cluster.members:
            raise RDSError(
                "InvalidDBClusterStateFault",
                "A read replica cluster can have one DB instance until it is promoted."
                if cluster.replication_source_identifier
                else "The sandbox gives a cluster one DB instance.",
            )
        if db_kwargs.get("engine") != AURORA:
            raise RDSError(
                "InvalidParameterCombination",
                f"The engine name requested for your DB instance ({db_kwargs.get('engine')}) doesn't "
                f"match the engine name of your DB cluster ({AURORA}).",
            )
        if db_kwargs["db_instance_class"] not in offers.AURORA_CLASSES:
            raise RDSError(
                "InvalidParameterCombination",
                f"RDS does not support creating a DB instance with the following combination: "
                f"DBInstanceClass={db_kwargs['db_instance_class']}, Engine={AURORA}.",
            )
        db_kwargs.setdefault("availability_zone", self._source(cluster).availability_zone)
        db_kwargs["port"] = cluster.port
        db_kwargs["db_subnet_group_name"] = cluster.db_subnet_group_name
        instance = ClusterInstance(backend=self, **db_kwargs)
        self.check_parameter_group(instance)
        instance.begin(cluster.own_address)
        instance.group_states = dict.fromkeys(cluster.vpc_security_group_ids, "active")
        instance.is_cluster_writer = False
        self.databases[instance.db_instance_identifier] = instance
        instance.work = self.datacenter.later(lambda: self._build_replica(cluster, instance))
        self.changed()
        return instance

    def _source(self, cluster: Cluster) -> Instance:
        return self._source_by_arn(str(cluster.replication_source_identifier))

    def _build_replica(self, cluster: Cluster, instance: ClusterInstance) -> None:
        source = self._source(cluster)
        upstream = self.server(source)
        name = instance.db_instance_identifier
        instance.upstream = source.db_instance_identifier
        instance.slot = f"rds_{self.region_name}_{instance.dbi_resource_id}".lower().replace(
            "-", "_"
        )
        server = self.datacenter.server(name, instance.address, int(instance.port))
        try:
            server.base_backup_from(upstream, slot=instance.slot)
            server.secure(self.datacenter.authority)
            own = configuration.server_settings(self.parameter_values(instance)[1])
            instance.standby_settings = {
                **server.follow(upstream, instance.slot),
                **configuration.replica_minimums(upstream, own),
            }
            self.boot(instance)
            self._wait_for_streaming(server)
        except BaseException:
            instance.status = "failed"
            self.changed()
            raise
        self.datacenter.closing.wait(self.datacenter.scenario.create_replica_seconds)
        if instance.status == "creating":
            instance.status = "available"
            self.instance_event(instance, "creation", "DB instance created")
            self.changed()

    def _wait_for_streaming(self, server: PostgresServer) -> None:
        while not server.query("SELECT 1 FROM pg_stat_wal_receiver WHERE status = 'streaming'"):
            if self.datacenter.closing.wait(_STREAMING_POLL_SECONDS):
                return

    def drop_slot(self, upstream: str, slot: str) -> None:
        """Take the replica's slot away from its source, so that it keeps no more WAL for it."""
        server = self.datacenter.servers.get(upstream)
        while server is not None and not self.datacenter.closing.is_set():
            try:
                server.query(
                    "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots"
                    " WHERE slot_name = %s",
                    (slot,),
                )
            except psycopg.errors.ObjectInUse:
                # Its walsender has not noticed yet that nobody listens.
                self.datacenter.closing.wait(_STREAMING_POLL_SECONDS)
            else:
                return

    # -- changes and the end --------------------------------------------------------------------

    def modify_db_cluster(self, kwargs: dict[str, Any]) -> Cluster:
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
            member.work = self.datacenter.later(apply)

    def delete_db_cluster(
        self, cluster_identifier: str, snapshot_name: str | None = None
    ) -> Cluster:
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
                    "Cluster cannot be deleted, it still contains DB instances in non-deleting state.",
                )
            if snapshot_name is not None:
                raise RDSError(
                    "InvalidParameterCombination", "The sandbox takes no snapshots of clusters."
                )
            arn = cluster.replication_source_identifier
            if arn:
                self._source_by_arn(arn).read_replica_db_cluster_identifiers = []
            cluster.status = "deleting"
            del self.clusters[cluster_identifier]
            self.cluster_event(cluster, "deletion", "DB cluster deleted")
            self.changed()
        return cluster
