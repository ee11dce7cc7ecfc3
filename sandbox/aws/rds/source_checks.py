"""What AWS asks of a source before it builds an Aurora replica of it, and of where it goes."""

from typing import Any

from moto.rds.utils import split_arn

from sandbox.aws.rds import offers
from sandbox.aws.rds.core import RDSError
from sandbox.aws.rds.instances import Instances
from sandbox.aws.rds.models import Instance

AURORA = "aurora-postgresql"
_INHERITED = ("master_username", "master_user_password", "database_name")
_STORAGE_TYPES = {"aurora", "aurora-iopt1"}


class SourceChecks(Instances):
    """The conditions of CreateDBCluster."""

    def aurora_family(self) -> str:
        """The parameter group family of Aurora here."""
        return f"{AURORA}{self.datacenter.major_version}"

    def checked_source(self, wanted: dict[str, Any]) -> Instance:
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
        source = self.source_by_arn(str(arn))
        self._check_source_state(source)
        self.check_version(source, wanted)
        self.check_encryption(source, wanted)
        self.check_place(source, wanted)
        return source

    def source_by_arn(self, arn: str) -> Instance:
        """The instance that a cluster follows, by ARN."""
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
                "Automated backups are not enabled for this database instance. To enable "
                "automated backups, use ModifyDBInstance to set the backup retention period to a "
                "non-zero value.",
            )
        if source.read_replica_db_cluster_identifiers:
            raise RDSError(
                "InvalidDBInstanceState",
                f"The source {source.db_instance_identifier} already has an Aurora read replica: "
                f"{source.read_replica_db_cluster_identifiers[0]}.",
            )

    def check_version(self, source: Instance, wanted: dict[str, Any]) -> None:
        """Same major, and no lower minor; AWS's newest where none is asked for."""
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

    def check_encryption(self, source: Instance, wanted: dict[str, Any]) -> None:
        """What is encrypted stays so, with its key unless another is named."""
        if source.storage_encrypted and not wanted.get("storage_encrypted"):
            raise RDSError(
                "InvalidParameterCombination",
                "Cannot create an unencrypted DB cluster from an encrypted source DB instance.",
            )
        if wanted.get("kms_key_id"):
            wanted["kms_key_id"] = self._validate_kms_key(wanted["kms_key_id"])
        elif wanted.get("storage_encrypted"):
            wanted["kms_key_id"] = source.kms_key_id

    def check_place(self, source: Instance, wanted: dict[str, Any]) -> None:
        """Subnets, security groups, parameter group and storage that are there and fit."""
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
        if wanted.get("storage_type", "aurora") not in _STORAGE_TYPES:
            raise RDSError(
                "StorageTypeNotSupported",
                f"Aurora has no storage of type {wanted['storage_type']}.",
            )

    def check_cluster_group(self, name: str | None) -> None:
        """A cluster's parameter group has to exist and to be of Aurora's family."""
        if name is None:
            return
        group = self.db_cluster_parameter_groups.get(name)
        if group is None:
            raise RDSError(
                "DBClusterParameterGroupNotFound", f"DBClusterParameterGroup not found: {name}"
            )
        if group.db_parameter_group_family != self.aurora_family():
            raise RDSError(
                "InvalidParameterCombination",
                f"The parameter group {name} is of family {group.db_parameter_group_family}, "
                f"the cluster needs {self.aurora_family()}.",
            )
