"""Disks that fill up: an instance without room is `storage-full`, and takes nobody until it has."""

import os
from pathlib import Path

from sandbox.aws.rds.core import STORAGE_FULL, AnyInstance, Core
from sandbox.servers.postgres import PostgresServer

_GIB = 1024**3


class Disks:
    """Looks at the disks whose size the scenario says; the others are large enough."""

    def __init__(self, rds: Core) -> None:
        self._rds = rds

    def look(self) -> None:
        """End the server of an instance that has no room, and start it when it has again."""
        for name in list(self._rds.datacenter.scenario.storage_gib):
            instance = self._rds.databases.get(name)
            server = self._rds.datacenter.servers.get(name)
            if instance is None or server is None:
                continue
            full = used(server.data) >= self._rds.disk_gib(instance) * _GIB  # type: ignore[arg-type]
            if full and instance.status == "available":
                self._fill(instance, server)  # type: ignore[arg-type]
            elif not full and instance.status == STORAGE_FULL:
                self._free(instance)  # type: ignore[arg-type]

    def _fill(self, instance: AnyInstance, server: PostgresServer) -> None:
        instance.status = STORAGE_FULL
        message = "DB instance storage is full."
        self._rds.instance_event(instance, "low storage", message)
        self._rds.work_on(instance, server.stop)
        self._rds.changed()

    def _free(self, instance: AnyInstance) -> None:
        instance.status = "modifying"

        def start() -> None:
            self._rds.boot(instance)
            instance.status = "available"
            self._rds.changed()

        self._rds.work_on(instance, start)
        self._rds.changed()


def used(folder: Path) -> int:
    """Bytes of all files below; what goes away meanwhile does not count."""
    total = 0
    for path, _, names in os.walk(folder):
        for name in names:
            try:
                total += (Path(path) / name).lstat().st_size
            except OSError:
                continue
    return total
