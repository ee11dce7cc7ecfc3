"""DB instances: created, changed, rebooted and deleted, each with a real server behind it."""

from collections.abc import Mapping
from typing import Any

from moto.ec2.models import ec2_backends

from sandbox.aws.parameters import defaults
from sandbox.aws.rds.core import AnyInstance, Core, RDSError
from sandbox.aws.rds.models import ClusterInstance, Instance
from sandbox.aws.roles import bootstrap

# What ModifyDBInstance applies as soon as it can, whatever ApplyImmediately says.
_AT_ONCE = {
    "deletion_protection", "auto_minor_version_upgrade", "copy_tags_to_snapshot",
    "preferred_backup_window", "preferred_maintenance_window", "max_allocated_storage",
    "vpc_security_group_ids", "db_parameter_group_name",
}  # fmt: skip
# What waits for the maintenance window otherwise, by its name in PendingModifiedValues.
_DEFERRED = {
    "backup_retention_period": "BackupRetentionPeriod",
    "db_instance_class": "DBInstanceClass",
    "allocated_storage": "AllocatedStorage",
    "master_user_password": "MasterUserPassword",
    "multi_az": "MultiAZ",
}
_PASSES = {"db_instance_identifier", "apply_immediately"}


class Instances(Core):
    """CreateDBInstance, ModifyDBInstance, RebootDBInstance, DeleteDBInstance."""

    def create_db_instance(self, db_kwargs: dict[str, Any]) -> AnyInstance:
        identifier = db_kwargs["db_instance_identifier"]
        self._validate_db_identifier(identifier)
        with self.lock:
            if identifier in self.databases:
                raise RDSError("DBInstanceAlreadyExists", "DB instance already exists")
            if db_kwargs.get("db_cluster_identifier") is not None:
                return self.create_cluster_instance(dict(db_kwargs))
            return self._create_standalone(dict(db_kwargs))

    def create_cluster_instance(self, db_kwargs: dict[str, Any]) -> ClusterInstance:
        """Implemented where clusters are."""
        raise NotImplementedError

    def _create_standalone(self, db_kwargs: dict[str, Any]) -> Instance:
        if db_kwargs.get("engine") != "postgres":
            raise RDSError(
                "InvalidParameterCombination", "The sandbox has stand-alone instances of postgres."
            )
        version = db_kwargs.setdefault("engine_version", self.datacenter.engine_version)
        if version != self.datacenter.engine_version:
            raise RDSError(
                "InvalidParameterCombination", f"Cannot find version {version} for postgres"
            )
        self.check_groups(db_kwargs.get("vpc_security_group_ids") or [])
        if db_kwargs.get("storage_encrypted") and db_kwargs.get("kms_key_id"):
            db_kwargs["kms_key_id"] = self._validate_kms_key(db_kwargs["kms_key_id"])
        password = db_kwargs["master_user_password"]
        db_kwargs.setdefault("port", 5432)
        zone = db_kwargs.setdefault(
            "availability_zone", self.datacenter.seed.network.subnets[0].zone
        )
        instance = Instance(self, **db_kwargs)
        self.check_parameter_group(instance)
        instance.begin(self.datacenter.address_in(zone, int(instance.port)))
        instance.group_states = dict.fromkeys(instance.vpc_security_group_ids, "active")
        self.databases[instance.db_instance_identifier] = instance
        instance.work = self.datacenter.later(lambda: self._build(instance, password))
        self.changed()
        return instance

    def _build(self, instance: Instance, password: str) -> None:
        server = self.datacenter.server(
            instance.db_instance_identifier, instance.address, int(instance.port)
        )
        try:
            server.create(wal_segment_mb=self.datacenter.seed.wal_segment_mb)
            server.secure(self.datacenter.authority)
            self.boot(instance)
            bootstrap(server, str(instance.master_username), password, instance.db_name)
            self.defaults = self.defaults or defaults(server)
        except BaseException:
            instance.status = "failed"
            raise
        finally:
            self.changed()
        instance.status = "available"
        self.instance_event(instance, "creation", "DB instance created")
        self.changed()

    def check_groups(self, groups: list[str]) -> None:
        """Security groups have to exist."""
        ec2 = ec2_backends[self.account_id][self.region_name]
        for group in groups:
            if ec2.get_security_group_from_id(group) is None:
                raise RDSError(
                    "InvalidParameterValue", f"Invalid security group , groupId= {group}"
                )

    def check_parameter_group(self, instance: AnyInstance) -> None:
        """An instance's parameter group has to exist and to be of its family."""
        group = self.db_parameter_groups.get(instance.parameter_group)
        if group is None:
            raise RDSError(
                "DBParameterGroupNotFound",
                f"DBParameterGroup not found: {instance.parameter_group}",
            )
        if group.family != instance.family:
            raise RDSError(
                "InvalidParameterCombination",
                f"The parameter group {group.name} with DBParameterGroupFamily {group.family} can't be "
                f"used for this instance. Use a parameter group with DBParameterGroupFamily "
                f"{instance.family}.",
            )

    def require_available(self, instance: AnyInstance) -> None:
        """Most actions want an instance that is `available`."""
        if instance.status != "available":
            raise RDSError(
                "InvalidDBInstanceState",
                f"Database instance is not in available state: {instance.db_instance_identifier} "
                f"is {instance.status}.",
            )

    def modify_db_instance(
        self, db_instance_identifier: str, db_kwargs: Mapping[str, Any]
    ) -> AnyInstance:
        with self.lock:
            instance = self.instance(db_instance_identifier)
            self.require_available(instance)
            wanted = {key: db_kwargs[key] for key in db_kwargs if key not in _PASSES}
            unknown = set(wanted) - _AT_ONCE - set(_DEFERRED)
            if unknown:
                raise RDSError(
                    "InvalidParameterCombination", f"The sandbox cannot modify {sorted(unknown)}."
                )
            at_once = {key: value for key, value in wanted.items() if key in _AT_ONCE}
            pending = {key: value for key, value in wanted.items() if key in _DEFERRED}
            self._check_change(instance, wanted)
            self._begin_change(instance, at_once)
            instance.pending_modified_values = {
                **instance.pending_modified_values,
                **{
                    _DEFERRED[key]: "****" if key == "master_user_password" else value
                    for key, value in pending.items()
                    if key == "master_user_password" or getattr(instance, key) != value
                },
            }
            apply_now = dict(pending) if db_kwargs.get("apply_immediately") else {}
            instance.work = self.datacenter.later(
                lambda: self._finish_change(instance, at_once, apply_now)
            )
            self.changed()
        return instance

    def _check_change(self, instance: AnyInstance, wanted: Mapping[str, Any]) -> None:
        if isinstance(instance, ClusterInstance) and not set(wanted) <= {
            "db_parameter_group_name", "db_instance_class", "auto_minor_version_upgrade",
            "preferred_maintenance_window", "copy_tags_to_snapshot",
        }:  # fmt: skip
            raise RDSError(
                "InvalidParameterCombination",
                "The specified DB instance is a member of a cluster: modify the DB cluster instead.",
            )
        self.check_groups(wanted.get("vpc_security_group_ids") or [])
        if "db_parameter_group_name" in wanted:
            name = instance.db_parameter_group_name
            instance.db_parameter_group_name = wanted["db_parameter_group_name"]
            try:
                self.check_parameter_group(instance)
            finally:
                instance.db_parameter_group_name = name
        days = wanted.get("backup_retention_period")
        if days == 0 and instance.read_replica_db_cluster_identifiers:
            raise RDSError(
                "InvalidDBInstanceState",
                "Automated backups cannot be disabled while the DB instance has read replicas.",
            )

    def _begin_change(self, instance: AnyInstance, at_once: Mapping[str, Any]) -> None:
        for key, value in at_once.items():
            if key == "vpc_security_group_ids":
                instance.vpc_security_group_ids = list(value)
                kept = {group: "active" for group in instance.group_states if group in value}
                instance.group_states = {group: kept.get(group, "adding") for group in value}
            else:
                setattr(instance, key, value)

    def _finish_change(
        self, instance: AnyInstance, at_once: Mapping[str, Any], apply_now: Mapping[str, Any]
    ) -> None:
        if apply_now:
            instance.status = "modifying"
            self.changed()
            self._apply_pending(instance, apply_now)
        if {"vpc_security_group_ids", "db_parameter_group_name"} & set(at_once):
            self.reconfigure(instance)
            instance.group_states = dict.fromkeys(instance.group_states, "active")
        if "db_parameter_group_name" in at_once:
            instance.apply_status = "pending-reboot"
        if instance.status == "modifying":
            instance.status = "available"
        self.changed()

    def _apply_pending(self, instance: AnyInstance, apply_now: Mapping[str, Any]) -> None:
        interrupts = "db_instance_class" in apply_now
        for key, value in apply_now.items():
            if key == "backup_retention_period":
                # From none to some and back means archiving is switched: AWS interrupts for that.
                interrupts = interrupts or (value > 0) != (instance.backup_retention_period > 0)
            if key == "master_user_password":
                self._set_master_password(instance, value)
            else:
                setattr(instance, key, value)
            instance.pending_modified_values = {
                name: pending
                for name, pending in instance.pending_modified_values.items()
                if name != _DEFERRED[key]
            }
        if interrupts:
            self.instance_event(instance, "availability", "DB instance shutdown")
            self.restart(instance)
            self.instance_event(instance, "availability", "DB instance restarted")
        if apply_now.get("backup_retention_period"):
            self.first_backup(instance)

    def first_backup(self, instance: AnyInstance) -> None:
        """Implemented where snapshots are."""
        raise NotImplementedError

    def _set_master_password(self, instance: AnyInstance, password: str) -> None:
        from psycopg import sql  # noqa: PLC0415 - the only statement of this module

        statement = sql.SQL("ALTER ROLE {} PASSWORD {}")
        role = sql.Identifier(str(instance.master_username))
        self.server(instance).query(statement.format(role, sql.Literal(password)))

    def reboot_db_instance(self, db_instance_identifier: str) -> AnyInstance:
        with self.lock:
            instance = self.instance(db_instance_identifier)
            self.require_available(instance)
            instance.status = "rebooting"
            instance.work = self.datacenter.later(lambda: self._reboot(instance))
            self.changed()
        return instance

    def _reboot(self, instance: AnyInstance) -> None:
        self.instance_event(instance, "availability", "DB instance shutdown")
        self.restart(instance)
        instance.status = "available"
        self.instance_event(instance, "availability", "DB instance restarted")
        self.changed()

    def delete_db_instance(
        self,
        db_instance_identifier: str,
        final_db_snapshot_identifier: str | None = None,
        skip_final_snapshot: bool | None = False,
        delete_automated_backups: bool | None = True,
    ) -> AnyInstance:
        with self.lock:
            instance = self.instance(db_instance_identifier)
            if instance.status == "deleting":
                raise RDSError("InvalidDBInstanceState", "Instance is already being deleted.")
            if instance.deletion_protection:
                raise RDSError(
                    "InvalidParameterCombination",
                    "Cannot delete protected DB Instance, please disable deletion protection and "
                    "try again.",
                )
            alone = isinstance(instance, Instance)
            if alone and not skip_final_snapshot and final_db_snapshot_identifier is None:
                raise RDSError(
                    "InvalidParameterCombination",
                    "FinalDBSnapshotIdentifier is required unless SkipFinalSnapshot is specified.",
                )
            before = instance.work
            snapshot = None
            if alone and final_db_snapshot_identifier is not None:
                self.require_available(instance)
                snapshot = self.create_db_snapshot(
                    db_instance_identifier, final_db_snapshot_identifier
                )
                before = instance.work
            instance.status = "deleting"
            instance.work = self.datacenter.later(lambda: self._delete(instance, before))
            self.changed()
        if delete_automated_backups and snapshot is None:
            self.forget_automated(db_instance_identifier)
        return instance

    def forget_automated(self, db_instance_identifier: str) -> None:
        """Implemented where snapshots are."""
        raise NotImplementedError

    def _delete(self, instance: AnyInstance, before: Any) -> None:
        if before is not None:
            # Whatever is under way at its server ends first, well or badly.
            before.exception()
        name = instance.db_instance_identifier
        upstream, slot = instance.upstream, instance.slot
        if name in self.datacenter.servers:
            self.datacenter.remove(name)
        if upstream is not None and slot is not None:
            self.drop_slot(upstream, slot)
        with self.lock:
            del self.databases[name]
            self.instance_event(instance, "deletion", "DB instance deleted")
            self.changed()

    def drop_slot(self, upstream: str, slot: str) -> None:
        """Implemented where clusters are."""
        raise NotImplementedError
