"""What all RDS actions share: events, the past that a lagging describe shows, configuration."""

import copy
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import Future, wait
from datetime import UTC, datetime
from types import ModuleType
from typing import Any

import psycopg
from moto.core.exceptions import ServiceException
from moto.ec2.models import ec2_backends
from moto.rds import urls
from moto.rds.models import RDSBackend

from sandbox.aws import configuration
from sandbox.aws.datacenter import Datacenter
from sandbox.aws.firewall import hba_lines
from sandbox.aws.parameters import Default, Parameter, catalogue
from sandbox.aws.rds.models import Cluster, ClusterInstance, Instance
from sandbox.servers.postgres import PostgresServer

AnyInstance = Instance | ClusterInstance
STORAGE_FULL = "storage-full"
_WITHOUT_SERVER = {"creating", "rebooting", "deleting", "failed", STORAGE_FULL}
# How far back a lagging describe can look.
_HISTORY = 1000
_SLOT_POLL_SECONDS = 0.02


def _solid(found: Mapping[str, Any]) -> list[tuple[str, Any]]:
    return [(name, one) for name, one in found.items() if not one.hollow]


class RDSError(ServiceException):
    """An error of the RDS API, by the code that `ClientError.response` carries."""


class Core(RDSBackend):
    """moto's RDS backend with a datacenter below it."""

    def __init__(self, datacenter: Datacenter, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.datacenter = datacenter
        self.lock = threading.RLock()
        # Two changes at once must not leave the older one's file behind.
        self._configuring = threading.Lock()
        self._past: deque[tuple[float, dict[str, Any], dict[str, Any]]] = deque(maxlen=_HISTORY)
        self.log: list[dict[str, Any]] = []
        # The engine's defaults, as the first server that runs tells them.
        self.defaults: dict[str, Default] = {}

    @property
    def _url_module(self) -> ModuleType:
        # moto looks for `urls` beside the class; ours live elsewhere.
        return urls

    # -- looking things up ----------------------------------------------------------------------

    def instance(self, identifier: str) -> AnyInstance:
        """The instance of that name, or AWS's error."""
        found = self.databases.get(identifier)
        if found is None:
            raise RDSError("DBInstanceNotFound", f"DBInstance {identifier} not found.")
        return found  # type: ignore[return-value]

    def cluster(self, identifier: str) -> Cluster:
        """The cluster of that name, or AWS's error."""
        found = self.clusters.get(identifier)
        if found is None:
            raise RDSError("DBClusterNotFoundFault", f"DBCluster {identifier} not found.")
        return found  # type: ignore[return-value]

    def require_available(self, instance: AnyInstance) -> None:
        """Most actions want an instance that is `available`."""
        if instance.status != "available":
            raise RDSError(
                "InvalidDBInstanceState",
                f"Database instance is not in available state: {instance.db_instance_identifier} "
                f"is {instance.status}.",
            )

    def require_server(self, instance: AnyInstance) -> None:
        """What changes a server needs one."""
        if instance.hollow:
            raise RDSError(
                "InvalidParameterCombination",
                f"The sandbox cannot do that: {instance.db_instance_identifier} is hollow.",
            )

    def server(self, instance: AnyInstance) -> PostgresServer:
        """The PostgreSQL server behind an instance."""
        return self.datacenter.servers[instance.db_instance_identifier]

    # -- the past -------------------------------------------------------------------------------

    def changed(self) -> None:
        """Remember how things look now, for describe answers that lag behind.

        What is hollow is shown as it is: there may be hundreds of it.
        """
        with self.lock:
            databases = {name: copy.copy(found) for name, found in _solid(self.databases)}
            clusters = {}
            for name, found in _solid(self.clusters):
                twin = copy.copy(found)
                twin.frozen_members = [  # type: ignore[attr-defined]
                    databases[member.db_instance_identifier] for member in found.members
                ]
                clusters[name] = twin
            self._past.append((time.monotonic(), databases, clusters))

    def visible(self) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
        """Instances and clusters as a describe shows them."""
        lag = self.datacenter.scenario.describe_lag_seconds
        if lag <= 0:
            with self.lock:
                return dict(self.databases.items()), dict(self.clusters.items())
        then = time.monotonic() - lag
        for moment, databases, clusters in reversed(self._past):
            if moment <= then:
                return {**self._hollow(self.databases), **databases}, {
                    **self._hollow(self.clusters),
                    **clusters,
                }
        return self._hollow(self.databases), self._hollow(self.clusters)

    def _hollow(self, found: Mapping[str, Any]) -> dict[str, Any]:
        with self.lock:
            return {name: one for name, one in found.items() if one.hollow}

    def event(self, kind: str, identifier: str, arn: str, category: str, message: str) -> None:
        """Write an event, as DescribeEvents shows it."""
        entry = {
            "SourceIdentifier": identifier,
            "SourceType": kind,
            "SourceArn": arn,
            "EventCategories": [category],
            "Message": message,
            "Date": datetime.now(UTC),
        }
        self.log.append(entry)

    def instance_event(self, instance: AnyInstance, category: str, message: str) -> None:
        """An event of an instance."""
        self.event("db-instance", instance.db_instance_identifier, instance.arn, category, message)

    def cluster_event(self, cluster: Cluster, category: str, message: str) -> None:
        """An event of a cluster."""
        self.event("db-cluster", cluster.db_cluster_identifier, cluster.arn, category, message)

    def drop_slot(self, upstream: str, slot: str) -> None:
        """Take a replica's slot away from its source, so that it keeps no more WAL for it."""
        while (server := self._server_with_slots(upstream)) is not None:
            try:
                server.query(
                    "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots"
                    " WHERE slot_name = %s",
                    (slot,),
                )
            except psycopg.OperationalError:
                # Its walsender has not noticed yet that nobody listens; or it is going down.
                if self.datacenter.closing.wait(_SLOT_POLL_SECONDS):
                    return
            else:
                return

    def _server_with_slots(self, upstream: str) -> PostgresServer | None:
        """One that runs, or will again when its disk has room; None when it is gone."""
        server, instance = self.datacenter.servers.get(upstream), self.databases.get(upstream)
        if server is None or instance is None:
            return None
        return server if server.pid is not None or instance.status == STORAGE_FULL else None

    # -- configuration --------------------------------------------------------------------------

    def parameter_values(
        self, instance: AnyInstance
    ) -> tuple[dict[str, Parameter], dict[str, str]]:
        """The family's parameters and the values set; an instance's group beats its cluster's."""
        program = self.datacenter.program
        own = catalogue(program, instance.family)
        own_user = self.db_parameter_groups[instance.parameter_group].parameters
        if not isinstance(instance, ClusterInstance):
            return own, configuration.applied(own, own_user)
        shared = catalogue(program, instance.family, cluster=True)
        group = self.db_cluster_parameter_groups[instance.cluster.parameter_group]
        values = configuration.applied(shared, group.parameters)
        values |= {name: entry["ParameterValue"] for name, entry in own_user.items()}
        return shared, values

    def configure(self, instance: AnyInstance, *, fsync: bool = True) -> dict[str, str]:
        """Write the configuration of an instance's server; returns its static part."""
        with self._configuring:
            return self._configure(instance, fsync=fsync)

    def _configure(self, instance: AnyInstance, *, fsync: bool) -> dict[str, str]:
        parameters, values = self.parameter_values(instance)
        settings = configuration.server_settings(values)
        static = configuration.static_part(parameters, settings)
        ec2 = ec2_backends[self.account_id][self.region_name]
        groups = [ec2.get_security_group_from_id(group) for group in instance.group_states]
        hba = hba_lines(
            [group for group in groups if group is not None],
            self.datacenter.members,
            int(instance.port),
            force_ssl=settings.get("rds.force_ssl") == "1",
        )
        settings |= {**instance.standby_settings, "fsync": "on" if fsync else "off"}
        # The server wants room for two segments; its own default has that for the usual ones.
        settings["min_wal_size"] = f"{max(80, 2 * self.datacenter.seed.wal_segment_mb)}MB"
        if isinstance(instance, Instance):
            settings["archive_timeout"] = str(self.datacenter.seed.archive_timeout_seconds)
        if instance.upstream is not None:
            delay = self.datacenter.scenario.replica_apply_delay_seconds
            settings["recovery_min_apply_delay"] = f"{int(delay * 1000)}ms"
        self.server(instance).configure(settings, hba)
        return static

    def reconfigure(self, instance: AnyInstance) -> None:
        """Apply what can be applied to a running server, and note what waits for a reboot."""
        static = self.configure(instance)
        self.server(instance).reload()
        waits = static != instance.static_at_start
        instance.apply_status = "pending-reboot" if waits else "in-sync"

    def boot(
        self, instance: AnyInstance, prepare: Callable[[PostgresServer], None] | None = None
    ) -> None:
        """Start an instance's server with the configuration of now.

        A new server is prepared with fsync off, turned on before the instance is anybody's:
        a copy's first start would flush every file of it, one by one, before anything else.
        """
        server = self.server(instance)
        instance.static_at_start = self.configure(instance, fsync=prepare is None)
        server.start()
        if prepare is not None:
            prepare(server)
            self.configure(instance)
            server.reload()
        instance.apply_status = "in-sync"

    def restart(self, instance: AnyInstance) -> None:
        """Restart it: sessions end, static parameters take effect."""
        self.server(instance).stop()
        self.boot(instance)
        # The checkpointer went to sleep before the server was up, and would not look at
        # `archive_timeout` for minutes.
        self.server(instance).reload()

    def measurable(self) -> list[tuple[str, PostgresServer, float | None]]:
        """What has a server that answers: its name, the server, the GiB allocated to it."""
        found: list[tuple[str, PostgresServer, float | None]] = []
        for name, instance in list(self.databases.items()):
            server = self.datacenter.servers.get(name)
            if server is not None and instance.status not in _WITHOUT_SERVER:
                alone = isinstance(instance, Instance)
                found.append((name, server, self.disk_gib(instance) if alone else None))
        return found

    def disk_gib(self, instance: AnyInstance) -> float:
        """How large its disk is."""
        sizes = self.datacenter.scenario.storage_gib
        return sizes.get(instance.db_instance_identifier, float(instance.allocated_storage))

    def running(self, *, following: bool) -> list[PostgresServer]:
        """The servers of available instances: those that follow another one, or the others."""
        return [
            self.datacenter.servers[name]
            for name, instance in list(self.databases.items())
            if instance.status == "available"
            and (instance.upstream is not None) is following  # type: ignore[attr-defined]
            and name in self.datacenter.servers
        ]

    def work_on(self, instance: AnyInstance, work: Callable[[], None]) -> Future[None]:
        """Carry work on an instance's server out in the background, in the order it came in."""
        with self.lock:
            before = instance.work

            def in_turn() -> None:
                if before is not None:
                    # Whatever was under way ends first, well or badly.
                    before.exception()
                work()

            instance.work = self.datacenter.later(in_turn)
            return instance.work

    def reapply(self, instance: AnyInstance) -> Future[None]:
        """Bring a server's configuration up to date, when its turn has come."""

        def work() -> None:
            server = self.datacenter.servers.get(instance.db_instance_identifier)
            if server is not None and server.pid is not None:
                self.reconfigure(instance)
                self.changed()

        return self.work_on(instance, work)

    def apply_replica_delay(self) -> None:
        """The scenario's delay changed: tell the replicas."""
        for instance in list(self.databases.values()):
            if instance.upstream is not None:  # type: ignore[attr-defined]
                self.reapply(instance)  # type: ignore[arg-type]

    def apply_firewalls(self) -> None:
        """Security groups changed: judge new connections everywhere by the rules of now."""
        wait([self.reapply(instance) for instance in list(self.databases.values())])  # type: ignore[arg-type]
