"""moto's RDS objects with honest statuses, real endpoints and what AWS shows of pending changes."""

import secrets
import string
from concurrent.futures import Future
from pathlib import Path
from typing import Any

from moto.rds.models import DBCluster, DBInstance, DBInstanceClustered, DBSnapshot

# What waits for the maintenance window, by its name in PendingModifiedValues.
PENDING_NAMES = {
    "backup_retention_period": "BackupRetentionPeriod",
    "db_instance_class": "DBInstanceClass",
    "allocated_storage": "AllocatedStorage",
    "master_user_password": "MasterUserPassword",
    "multi_az": "MultiAZ",
}
_RESOURCE_ID_LETTERS = string.ascii_uppercase + string.digits


def resource_id(prefix: str) -> str:
    """An identifier of the kind AWS gives once and never again, `db-ABC...`."""
    return f"{prefix}-" + "".join(secrets.choice(_RESOURCE_ID_LETTERS) for _ in range(26))


class InstanceState:
    """What our instances, alone or in a cluster, know beyond moto's."""

    engine: str
    engine_version: str
    port: int
    db_parameter_group_name: str | None

    def begin(self, address: str) -> None:
        """Attributes that moto's constructors do not set."""
        self.status = "creating"
        self.own_address = address
        self.dbi_resource_id = resource_id("db")
        # What waits for the maintenance window, by moto's names; the API shows it by AWS's.
        self.pending: dict[str, Any] = {}
        self.read_replica_db_cluster_identifiers: list[str] = []
        self.pending_maintenance: list[dict[str, Any]] = []
        # The security groups that new connections are judged by, by their state in AWS's words.
        self.group_states: dict[str, str] = {}
        # Static settings as of the last start: while the groups say otherwise, pending-reboot.
        self.static_at_start: dict[str, str] = {}
        self.apply_status = "in-sync"
        # A standby's own settings: whom it follows, and what RDS raises for it.
        self.standby_settings: dict[str, str] = {}
        self.upstream: str | None = None
        # Only the API knows it: there is no server behind it.
        self.hollow = False
        self.slot: str | None = None
        self.work: Future[None] | None = None

    @property
    def address(self) -> str:
        """The loopback address that is its own."""
        return self.own_address

    @property
    def endpoint(self) -> dict[str, Any] | None:
        """AWS shows no endpoint before there is one."""
        return None if self.status == "creating" else {"Address": self.address, "Port": self.port}

    @property
    def pending_modified_values(self) -> dict[str, Any]:
        """What waits for the maintenance window, by the names of the API."""
        return {
            PENDING_NAMES[key]: "****" if key == "master_user_password" else value
            for key, value in self.pending.items()
        }

    @property
    def family(self) -> str:
        """The parameter group family of its engine and version."""
        return f"{self.engine}{self.engine_version.partition('.')[0]}"

    @property
    def parameter_group(self) -> str:
        """The name of its instance parameter group."""
        return self.db_parameter_group_name or f"default.{self.family}"

    @property
    def db_parameter_group_status_list(self) -> list[dict[str, str]]:
        """Whether what the group says is in force."""
        return [
            {
                "DBParameterGroupName": self.parameter_group,
                "ParameterApplyStatus": self.apply_status,
            }
        ]

    @property
    def vpc_security_group_membership_list(self) -> list[dict[str, str]]:
        """Its security groups, and whether they are in force."""
        return [
            {"VpcSecurityGroupId": group, "Status": state}
            for group, state in self.group_states.items()
        ]


class Instance(InstanceState, DBInstance):
    """A stand-alone RDS for PostgreSQL instance."""


class ClusterInstance(InstanceState, DBInstanceClustered):
    """An instance of an Aurora cluster."""


class Cluster(DBCluster):
    """An Aurora cluster; before promotion it has one reader that follows an RDS instance."""

    own_address: str
    # It follows a hollow instance.
    hollow = False
    frozen_members: list[ClusterInstance] | None = None
    #: Data that was restored from a snapshot, until its first instance takes it.
    volume: Path | None = None
    #: In which zone the instance stood that a restored snapshot was taken of.
    zone: str = ""

    @property
    def status(self) -> str:
        """AWS's word for its state; moto's own changes by being read."""
        return self._status

    @status.setter
    def status(self, value: str) -> None:
        self._status = value

    @property
    def _members(self) -> list[DBInstanceClustered]:
        if self.frozen_members is not None:
            return list(self.frozen_members)
        # Others may be created while this looks through all of them.
        with self.backend.lock:
            return super()._members

    @property
    def members(self) -> list[DBInstanceClustered]:
        """Moto makes the first one a writer by looking at it; ours becomes one by promotion."""
        return self._members

    @property
    def multi_az(self) -> bool:
        """One instance stands in one zone."""
        return False

    @property
    def endpoint(self) -> str:
        """Where its writer is reached; before promotion its only reader."""
        return self.own_address

    @property
    def reader_endpoint(self) -> str:
        """Where its readers are reached."""
        return self.own_address

    @property
    def db_cluster_members(self) -> list[dict[str, Any]]:
        """Its instances; a writer is one only after promotion."""
        return [
            {
                "DBInstanceIdentifier": member.db_instance_identifier,
                "IsClusterWriter": member.is_cluster_writer,
                "DBClusterParameterGroupStatus": member.apply_status,
                "PromotionTier": member.promotion_tier,
            }
            for member in self._members
        ]


class Snapshot(DBSnapshot):
    """A base backup of an instance, with how far it has come."""

    percent_progress: int = 0
