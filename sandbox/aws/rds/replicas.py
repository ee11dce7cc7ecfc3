"""The one instance of a replica cluster: a base backup of the source that streams from it."""

from typing import Any

from sandbox.aws import configuration
from sandbox.aws.rds import offers
from sandbox.aws.rds.clusters import Clusters
from sandbox.aws.rds.core import AnyInstance, RDSError
from sandbox.aws.rds.models import Cluster, ClusterInstance, Instance
from sandbox.aws.rds.source_checks import AURORA
from sandbox.servers.postgres import PostgresServer

_STREAMING_POLL_SECONDS = 0.02


class Replicas(Clusters):
    """CreateDBInstance within a cluster."""

    def create_db_instance(self, db_kwargs: dict[str, Any]) -> AnyInstance:
        """Within a cluster a standby is built; otherwise an instance of its own."""
        if db_kwargs.get("db_cluster_identifier") is None:
            return super().create_db_instance(db_kwargs)
        identifier = db_kwargs["db_instance_identifier"]
        self._validate_db_identifier(identifier)
        with self.lock:
            if identifier in self.databases:
                raise RDSError("DBInstanceAlreadyExists", "DB instance already exists")
            return self._create_member(dict(db_kwargs))

    def _create_member(self, db_kwargs: dict[str, Any]) -> ClusterInstance:
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
                f"The engine name requested for your DB instance ({db_kwargs.get('engine')}) "
                f"doesn't match the engine name of your DB cluster ({AURORA}).",
            )
        if db_kwargs["db_instance_class"] not in offers.AURORA_CLASSES:
            raise RDSError(
                "InvalidParameterCombination",
                f"RDS does not support creating a DB instance with the following combination: "
                f"DBInstanceClass={db_kwargs['db_instance_class']}, Engine={AURORA}.",
            )
        db_kwargs.setdefault("availability_zone", self.zone_of(cluster))
        db_kwargs["port"] = cluster.port
        db_kwargs["db_subnet_group_name"] = cluster.db_subnet_group_name
        instance = ClusterInstance(backend=self, **db_kwargs)
        self.check_parameter_group(instance)
        instance.begin(cluster.own_address)
        instance.group_states = dict.fromkeys(cluster.vpc_security_group_ids, "active")
        instance.is_cluster_writer = not cluster.replication_source_identifier
        self.databases[instance.db_instance_identifier] = instance
        if cluster.hollow:
            instance.hollow = True
            return instance
        self.work_on(instance, lambda: self.build_member(cluster, instance))
        self.changed()
        return instance

    def zone_of(self, cluster: Cluster) -> str:
        """Where a cluster's first instance stands."""
        return str(self._source(cluster).availability_zone)

    def build_member(self, cluster: Cluster, instance: ClusterInstance) -> None:
        """Give a cluster's first instance its data and its server."""
        self._build_replica(cluster, instance)

    def complete(self, identifier: str) -> None:
        """A hollow replica has all of its data: until then it is `creating`."""
        with self.lock:
            instance = self.instance(identifier)
            if not instance.hollow:
                raise ValueError(f"{identifier} is not hollow: its copy ends by itself.")
            instance.status = "available"
            self.instance_event(instance, "creation", "DB instance created")

    def _source(self, cluster: Cluster) -> Instance:
        return self.source_by_arn(str(cluster.replication_source_identifier))

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
            self.boot(instance, self._wait_for_streaming)
        except BaseException:
            instance.status = "failed"
            self.changed()
            raise
        self.datacenter.closing.wait(self.datacenter.scenario.create_replica_seconds)
        self.member_created(instance)

    def member_created(self, instance: ClusterInstance) -> None:
        """Its server is up: it is available, unless it is being deleted by now."""
        if instance.status == "creating":
            instance.status = "available"
            self.instance_event(instance, "creation", "DB instance created")
            self.changed()

    def fail_replicas(self) -> None:
        """The scenario's failure: every replica's server ends, and its instance says so."""
        status = self.datacenter.scenario.replica_fails
        for instance in list(self.databases.values()):
            if instance.upstream is None or instance.status != "available":  # type: ignore[attr-defined]
                continue
            instance.status = status
            self.instance_event(instance, "failure", "Replication has stopped.")  # type: ignore[arg-type]
            self.work_on(instance, self.server(instance).stop)  # type: ignore[arg-type]
            self.changed()

    def _wait_for_streaming(self, server: PostgresServer) -> None:
        while not server.query("SELECT 1 FROM pg_stat_wal_receiver WHERE status = 'streaming'"):
            if self.datacenter.closing.wait(_STREAMING_POLL_SECONDS):
                return
