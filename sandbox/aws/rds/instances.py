"""DB instances: created, changed, rebooted and deleted, each with a real server behind it."""

import time
from collections.abc import Mapping
from typing import Any

from moto.ec2.models import ec2_backends
from psycopg import sql

from sandbox.aws.parameters import defaults
from sandbox.aws.rds.core import AnyInstance, RDSError
from sandbox.aws.rds.models import PENDING_NAMES, ClusterInstance, Instance
from sandbox.aws.rds.snapshots import Snapshots
from sandbox.aws.roles import bootstrap

# What ModifyDBInstance applies as soon as it can, whatever ApplyImmediately says.
_AT_ONCE = {
    "deletion_protection", "auto_minor_version_upgrade", "copy_tags_to_snapshot",
    "preferred_backup_window", "preferred_maintenance_window", "max_allocated_storage",
    "vpc_security_group_ids", "db_parameter_group_name",
}  # fmt: skip
_PASSES = {"db_instance_identifier", "apply_immediately"}


def _differing(instance: AnyInstance, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """What of the wanted would have to wait, and is not so already."""
    return {
        key: value
        for key, value in wanted.items()
        if key in PENDING_NAMES
        and (key == "master_user_password" or getattr(instance, key) != value)
    }


class Instances(Snapshots):
    """CreateDBInstance, ModifyDBInstance, RebootDBInstance, DeleteDBInstance."""

    def create_db_instance(self, db_kwargs: dict[str, Any]) -> AnyInstance:
        """A new instance: initdb, certificate, parameters, roles of the provider."""
        identifier = db_kwargs["db_instance_identifier"]
        self._validate_db_identifier(identifier)
        with self.lock:
            if identifier in self.databases:
                raise RDSError("DBInstanceAlreadyExists", "DB instance already exists")
            return self._create_standalone(dict(db_kwargs))

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
        if self.datacenter.hollow(instance.db_instance_identifier):
            return self._hollow_instance(instance, zone)
        instance.begin(self.datacenter.address_in(zone, int(instance.port)))
        instance.group_states = dict.fromkeys(instance.vpc_security_group_ids, "active")
        self.databases[instance.db_instance_identifier] = instance
        self.work_on(instance, lambda: self._build(instance, password))
        self.changed()
        return instance

    def _hollow_instance(self, instance: Instance, zone: str) -> Instance:
        instance.begin(self.datacenter.address_of_nobody(zone))
        instance.hollow = True
        instance.status = "available"
        instance.group_states = dict.fromkeys(instance.vpc_security_group_ids, "active")
        self.databases[instance.db_instance_identifier] = instance
        return instance

    def _build(self, instance: Instance, password: str) -> None:
        server = self.datacenter.server(
            instance.db_instance_identifier, instance.address, int(instance.port)
        )
        try:
            server.create(wal_segment_mb=self.datacenter.seed.wal_segment_mb)
            server.secure(self.datacenter.authority)
            self.boot(
                instance,
                lambda new: bootstrap(
                    new, str(instance.master_username), password, instance.db_name
                ),
            )
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
                f"The parameter group {group.name} with DBParameterGroupFamily {group.family} "
                f"can't be used for this instance. Use a parameter group with "
                f"DBParameterGroupFamily {instance.family}.",
            )

    def modify_db_instance(
        self, db_instance_identifier: str, db_kwargs: Mapping[str, Any]
    ) -> AnyInstance:
        """Change an instance: some at once, some only with ApplyImmediately."""
        with self.lock:
            instance = self.instance(db_instance_identifier)
            self.require_available(instance)
            self.require_server(instance)
            wanted = {key: db_kwargs[key] for key in db_kwargs if key not in _PASSES}
            unknown = set(wanted) - _AT_ONCE - set(PENDING_NAMES)
            if unknown:
                raise RDSError(
                    "InvalidParameterCombination", f"The sandbox cannot modify {sorted(unknown)}."
                )
            self._check_change(instance, wanted)
            at_once = {key: value for key, value in wanted.items() if key in _AT_ONCE}
            self._begin_change(instance, at_once)
            instance.pending = {**instance.pending, **_differing(instance, wanted)}
            # Applying immediately applies everything that waits, as on AWS.
            apply_now = dict(instance.pending) if db_kwargs.get("apply_immediately") else {}
            self.work_on(instance, lambda: self._finish_change(instance, at_once, apply_now))
            self.changed()
        return instance

    def _check_change(self, instance: AnyInstance, wanted: Mapping[str, Any]) -> None:
        if isinstance(instance, ClusterInstance) and not set(wanted) <= {
            "db_parameter_group_name", "db_instance_class", "auto_minor_version_upgrade",
            "preferred_maintenance_window", "copy_tags_to_snapshot",
        }:  # fmt: skip
            raise RDSError(
                "InvalidParameterCombination",
                "The DB instance is a member of a cluster: modify the DB cluster instead.",
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
            instance.pending = {
                name: waiting for name, waiting in instance.pending.items() if name != key
            }
        if interrupts:
            self.instance_event(instance, "availability", "DB instance shutdown")
            self.restart(instance)
            self.instance_event(instance, "availability", "DB instance restarted")
        if apply_now.get("backup_retention_period"):
            self.first_backup(instance)

    def _set_master_password(self, instance: AnyInstance, password: str) -> None:
        statement = sql.SQL("ALTER ROLE {} PASSWORD {}")
        role = sql.Identifier(str(instance.master_username))
        self.server(instance).query(statement.format(role, sql.Literal(password)))

    def reboot_db_instance(self, db_instance_identifier: str) -> AnyInstance:
        """Restart its server for real: sessions end, static parameters apply."""
        with self.lock:
            instance = self.instance(db_instance_identifier)
            self.require_available(instance)
            self.require_server(instance)
            instance.status = "rebooting"
            self.work_on(instance, lambda: self._reboot(instance))
            self.changed()
        return instance

    def _reboot(self, instance: AnyInstance) -> None:
        self.instance_event(instance, "availability", "DB instance shutdown")
        until = time.monotonic() + self.datacenter.scenario.reboot_seconds
        self.restart(instance)
        self.datacenter.closing.wait(max(0.0, until - time.monotonic()))
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
        """End its server and throw its data away, unless it is protected."""
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
            if alone and final_db_snapshot_identifier is not None:
                self.require_available(instance)
                self.create_db_snapshot(db_instance_identifier, final_db_snapshot_identifier)
            instance.status = "deleting"
            self.work_on(instance, lambda: self._delete(instance))
            self.changed()
        if delete_automated_backups:
            self.forget_automated(db_instance_identifier)
        return instance

    def _delete(self, instance: AnyInstance) -> None:
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
