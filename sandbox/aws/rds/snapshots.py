"""Snapshots of instances: real base backups, with the progress that PostgreSQL reports."""

import shutil
from datetime import datetime
from pathlib import Path
from typing import Any

from moto.core.utils import utcnow

from sandbox.aws.rds.core import AnyInstance, Core, RDSError
from sandbox.aws.rds.models import Instance, Snapshot

# The copy cannot be told from done before the last byte is there.
_ALMOST = 99


class Snapshots(Core):
    """CreateDBSnapshot, DeleteDBSnapshot, and the automated backups."""

    def create_db_snapshot(
        self,
        db_instance_identifier: str,
        db_snapshot_identifier: str,
        snapshot_type: str = "manual",
        tags: list[dict[str, str]] | None = None,
        original_created_at: datetime | None = None,
        kms_key_id: str | None = None,
    ) -> Snapshot:
        """Begin a base backup; the instance is `backing-up` until it is done."""
        with self.lock:
            instance = self.instance(db_instance_identifier)
            if not isinstance(instance, Instance):
                raise RDSError(
                    "InvalidParameterValue",
                    "The specified instance is a member of a cluster and a snapshot cannot be "
                    "created directly.",
                )
            if db_snapshot_identifier in self.database_snapshots:
                raise RDSError(
                    "DBSnapshotAlreadyExists",
                    "Cannot create the snapshot because a snapshot with the identifier "
                    f"{db_snapshot_identifier} already exists.",
                )
            if snapshot_type == "manual":
                self.require_available(instance)
            self.require_server(instance)
            snapshot = Snapshot(
                self, instance, db_snapshot_identifier, snapshot_type, tags, original_created_at,
                kms_key_id,
            )  # fmt: skip
            snapshot.status = "creating"
            self.database_snapshots[db_snapshot_identifier] = snapshot
            if snapshot_type == "manual":
                instance.status = "backing-up"
                self.work_on(instance, lambda: self._take(instance, snapshot))
            self.changed()
        return snapshot

    def _take(self, instance: Instance, snapshot: Snapshot) -> None:
        self.instance_event(instance, "backup", "Backing up DB instance")
        directory = self.datacenter.snapshot_dir(self._directory_name(snapshot))
        try:
            self.server(instance).base_backup_to(directory / "data")
            if snapshot.snapshot_type == "manual":
                self.datacenter.closing.wait(self.datacenter.scenario.snapshot_seconds)
        except BaseException:
            snapshot.status = "failed"
            raise
        else:
            snapshot.percent_progress = 100
            snapshot.status = "available"
            self.instance_event(instance, "backup", "Finished DB instance backup")
        finally:
            # A deletion that came in between has the last word.
            if instance.status == "backing-up":
                instance.status = "available"
            self.changed()

    @staticmethod
    def _directory_name(snapshot: Snapshot) -> str:
        # Automated ones are called `rds:...`: a colon is no good in a directory's name.
        return str(snapshot.db_snapshot_identifier).replace(":", "_")

    def files_of(self, snapshot: Snapshot) -> Path:
        """The data directory that a snapshot is."""
        return self.datacenter.run_dir / "rds-snapshots" / self._directory_name(snapshot) / "data"

    def first_backup(self, instance: AnyInstance) -> None:
        """Automated backups were turned on: AWS takes the first one at once."""
        identifier = instance.db_instance_identifier
        name = f"rds:{identifier}-{utcnow():%Y-%m-%d-%H-%M-%S}"
        instance.status = "backing-up"
        snapshot = self.create_db_snapshot(identifier, name, snapshot_type="automated")
        self._take(instance, snapshot)  # type: ignore[arg-type]

    def forget_automated(self, db_instance_identifier: str) -> None:
        """Automated backups go with their instance."""
        for snapshot in list(self.database_snapshots.values()):
            if (
                snapshot.db_instance_identifier == db_instance_identifier
                and snapshot.snapshot_type == "automated"
            ):
                self.delete_db_snapshot(snapshot.db_snapshot_identifier)

    def delete_db_snapshot(self, db_snapshot_identifier: str) -> Snapshot:
        """Delete a snapshot and its copy."""
        with self.lock:
            snapshot: Any = self.database_snapshots.get(db_snapshot_identifier)
            if snapshot is None:
                raise RDSError(
                    "DBSnapshotNotFound", f"DBSnapshot not found: {db_snapshot_identifier}"
                )
            if snapshot.status == "creating":
                raise RDSError(
                    "InvalidDBSnapshotState",
                    f"The snapshot {db_snapshot_identifier} is in creating state.",
                )
            del self.database_snapshots[db_snapshot_identifier]
        shutil.rmtree(self.files_of(snapshot).parent, ignore_errors=True)
        snapshot.status = "deleted"
        return snapshot  # type: ignore[no-any-return]

    def refresh_progress(self) -> None:
        """How far the copies have come, as the servers that are copied report it."""
        for snapshot in list(self.database_snapshots.values()):
            server = self.datacenter.servers.get(snapshot.db_instance_identifier)
            if snapshot.status != "creating" or server is None:
                continue
            rows = server.query(
                "SELECT backup_streamed * 100 / greatest(backup_total, 1)"
                " FROM pg_stat_progress_basebackup WHERE backup_total IS NOT NULL"
            )
            if rows:
                done = min(_ALMOST, *(int(row[0]) for row in rows))
                snapshot.percent_progress = max(snapshot.percent_progress, done)  # type: ignore[attr-defined]
