"""PromoteReadReplicaDBCluster: fast to answer, done in the background, and never undone."""

import psycopg
from moto.rds.utils import split_arn

from sandbox.aws.rds.core import RDSError
from sandbox.aws.rds.models import Cluster, ClusterInstance
from sandbox.aws.rds.restores import Restores

PROMOTED = "Promoted Read Replica cluster to a stand-alone database cluster."
_RECOVERY_POLL_SECONDS = 0.005
_IN_RECOVERY = "SELECT pg_is_in_recovery()"


class Promotion(Restores):
    """Promotion of a replica cluster."""

    def promote_read_replica_db_cluster(self, db_cluster_identifier: str) -> Cluster:
        """Send the promotion off and answer `promoting`; the rest happens in the background."""
        with self.lock:
            cluster = self.cluster(db_cluster_identifier)
            member = self._member_to_promote(cluster)
            cluster.status = "promoting"
            try:
                if self.datacenter.scenario.promote_seconds <= 0:
                    # The clock of somebody's write pause runs: nothing comes before this.
                    self._promote(member)
            except BaseException:
                cluster.status = "available"
                raise
            self.work_on(member, lambda: self._finish_promotion(cluster, member))
            self.changed()
        return cluster

    def _member_to_promote(self, cluster: Cluster) -> ClusterInstance:
        if not cluster.replication_source_identifier:
            raise RDSError(
                "InvalidDBClusterStateFault",
                f"The DB cluster {cluster.db_cluster_identifier} is not a read replica cluster.",
            )
        members = [member for member in cluster.members if member.status == "available"]
        if cluster.status != "available" or not members:
            state = (
                cluster.status if cluster.status != "available" else "without an available member"
            )
            raise RDSError(
                "InvalidDBClusterStateFault",
                f"The DB cluster {cluster.db_cluster_identifier} is {state}.",
            )
        return members[0]  # type: ignore[return-value]

    def _finish_promotion(self, cluster: Cluster, member: ClusterInstance) -> None:
        scenario = self.datacenter.scenario
        if scenario.promote_seconds > 0:
            self.datacenter.closing.wait(scenario.promote_seconds)
        if not self._see_primary(member, asked=scenario.promote_seconds <= 0):
            return
        upstream, slot = member.upstream, member.slot
        member.upstream = member.slot = None
        # What was raised for the standby stays until a reboot; whom it followed is over.
        member.standby_settings = {
            name: value
            for name, value in member.standby_settings.items()
            if not name.startswith("primary_")
        }
        if scenario.promote_restarts_target:
            self.restart(member)
        else:
            self.configure(member)
        if upstream is not None and slot is not None:
            self.drop_slot(upstream, slot)
        self.datacenter.closing.wait(scenario.promote_settle_seconds)
        self._stand_alone(cluster, member)

    def _see_primary(self, member: ClusterInstance, *, asked: bool) -> bool:
        """Wait until it is one, which a server that dies meanwhile only delays.

        A standby forgets when it is started that it was asked to promote, and is asked again. False
        when the cloud goes down or the instance is gone.
        """
        server = self.server(member)
        while self.datacenter.servers.get(member.db_instance_identifier) is server:
            try:
                if server.query(_IN_RECOVERY) == [(False,)]:
                    return True
                if not asked:
                    self._promote(member)
                    asked = True
            except psycopg.OperationalError:
                asked = False
            if self.datacenter.closing.wait(_RECOVERY_POLL_SECONDS):
                break
        return False

    def _promote(self, member: ClusterInstance) -> None:
        server = self.server(member)
        server.promote()
        server.end_client_sessions()

    def _stand_alone(self, cluster: Cluster, member: ClusterInstance) -> None:
        with self.lock:
            name = split_arn(str(cluster.replication_source_identifier))[3]
            source = self.databases.get(name)
            if source is not None:
                source.read_replica_db_cluster_identifiers = []  # type: ignore[attr-defined]
            cluster.replication_source_identifier = None
            member.is_cluster_writer = True
            cluster.status = "available"
            self.cluster_event(cluster, "notification", PROMOTED)
            self.changed()
