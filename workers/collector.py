"""Reads the account's instances and what Aurora can be ordered with: people never wait for AWS."""

import logging
import time
from collections.abc import Callable, Iterable

from migration.errors import DaybreakError
from migration.ports import Clock, Inventory, Source
from workers.aws.rds import RdsGateway
from workers.aws.resources import EngineVersion, Instance
from workers.loads import Load, Loads
from workers.preflight.registry import obstacles
from workers.steps.aurora_choice import Choice, choose_version
from workers.steps.findings import Blocker

log = logging.getLogger(__name__)

# AWS adds a version or a class to a Region every few weeks.
OFFERS_SECONDS = 3600.0
# An Aurora cluster with it needs a scaling range, which Daybreak does not ask for.
SERVERLESS = "db.serverless"


class Collector:
    """Looks at AWS; the instances each time, what Aurora offers once an hour."""

    def __init__(
        self,
        rds: RdsGateway,
        clock: Clock,
        loads: Loads | None = None,
        copy_seconds: Callable[[float], float] = lambda _storage_gib: 0.0,
    ) -> None:
        """A collector that has not looked yet; without `loads` it knows nothing of what is written.

        `copy_seconds(storage_gib)` is how long AWS may take to copy so much.
        """
        self._rds = rds
        self._clock = clock
        self._loads = loads
        self._copy_seconds = copy_seconds
        self._versions: list[EngineVersion] = []
        self._classes: dict[str, tuple[str, ...]] = {}
        self._offers_read = float("-inf")

    def collect(self) -> Inventory:
        """Every RDS for PostgreSQL instance, by name; raises what the gateway raises."""
        instances = [one for one in self._rds.instances() if not one.cluster]
        self._read_offers()
        if self._loads is not None:
            self._loads.read([one.id for one in instances])
        found = sorted((self._source(one) for one in instances), key=lambda one: one.identifier)
        classes = self._classes_of(source.target_version for source in found)
        return Inventory(tuple(found), self._clock.now(), classes)

    def _read_offers(self) -> None:
        """What was known stays when AWS does not answer: instances are worth a list of their own.

        The classes of a version are read when the first source needs them.
        """
        if time.monotonic() - self._offers_read < OFFERS_SECONDS:
            return
        try:
            self._versions = self._rds.aurora_versions()
        except DaybreakError as error:
            log.warning("What Aurora offers could not be read: %s", error)
            return
        self._classes = {}
        self._offers_read = time.monotonic()

    def _classes_of(self, versions: Iterable[str]) -> dict[str, tuple[str, ...]]:
        wanted = sorted({version for version in versions if version})
        for version in wanted:
            if version in self._classes:
                continue
            try:
                offered = self._rds.orderable_classes(version)
            except DaybreakError as error:
                log.warning("The classes of Aurora %s could not be read: %s", version, error)
                continue
            self._classes[version] = tuple(sorted(offered - {SERVERLESS}))
        return {version: self._classes[version] for version in wanted if version in self._classes}

    def _source(self, instance: Instance) -> Source:
        obstacle = next((str(blocker) for blocker in obstacles(instance)), "")
        choice: Choice | Blocker | None = None
        if self._versions:
            choice = choose_version(instance.engine_version, self._versions)
        if isinstance(choice, Blocker):
            obstacle = obstacle or str(choice)
        load = self._loads.of(instance.id) if self._loads is not None else Load()
        return Source(
            identifier=instance.id,
            engine=instance.engine,
            engine_version=instance.engine_version,
            status=instance.status,
            instance_class=instance.instance_class,
            backup_retention_days=instance.backup_retention_days,
            tags=dict(instance.tags),
            target_version=choice.version if isinstance(choice, Choice) else "",
            obstacle=obstacle,
            storage_gib=instance.storage_gib,
            free_storage_gib=load.free_gib,
            wal_bytes_per_second=load.wal_bytes_per_second,
            copy_seconds=self._copy_seconds(instance.storage_gib),
        )
