"""A migration by snapshot that waits for its approval, to be had again and again.

There is no copy yet: whatever a test had copied is taken away, and the source is put back by copy.
"""

from collections.abc import Callable
from concurrent.futures import wait as wait_for
from typing import Any

from cutover_ground import SOURCE, Ground, eventually
from prepared_base import SOURCE_FIELDS, PreparedBase

from migration.model import Migration

#: What AWS is at for a moment, and can't be asked to delete.
UNDER_WAY = {"creating", "migrating", "deleting"}


class SourceBase(PreparedBase):
    """The source alone; copies and their snapshots go."""

    servers = (SOURCE,)

    def __init__(self, ground: Ground, migration: Migration) -> None:
        super().__init__(ground, migration)
        moto = self._moto()
        self._snapshots = set(moto.database_snapshots)
        self._groups = self._parameter_groups()

    @property
    def can_be_restored(self) -> bool:
        """Whether AWS still has what preparation made: a migration's end takes that down."""
        kept = self._snapshots <= set(self._moto().database_snapshots)
        return kept and self._groups == self._parameter_groups()

    def _put_by(self, ground: Ground, migration: Migration) -> Migration:  # noqa: ARG002 - no alarms watch a source that is copied
        return migration

    def _changing(self) -> list[tuple[Callable[[], Any], tuple[str, ...]]]:
        return [(self._moto_source, SOURCE_FIELDS)]

    def _await_servers(self) -> None:
        eventually(lambda: self.server(SOURCE).query("SELECT 1") == [(1,)], "the source")

    def _restore_servers(self) -> None:
        self._await_aws()
        self._take_copies_away()
        super()._restore_servers()

    def _take_copies_away(self) -> None:
        moto = self._moto()
        eventually(lambda: not self._busy(), "an idle AWS")
        for cluster in list(moto.clusters.values()):
            cluster.deletion_protection = False
            for member in list(cluster.members):
                wait_for([moto.delete_db_instance(member.db_instance_identifier).work])
            moto.delete_db_cluster(cluster.db_cluster_identifier)
        for name in set(moto.database_snapshots) - self._snapshots:
            moto.delete_db_snapshot(name)

    def _busy(self) -> bool:
        moto = self._moto()
        things = (*moto.clusters.values(), *moto.databases.values())
        statuses = {str(thing.status) for thing in (*things, *moto.database_snapshots.values())}
        return bool(statuses & UNDER_WAY)

    def _parameter_groups(self) -> set[str]:
        moto = self._moto()
        return {*moto.db_parameter_groups, *moto.db_cluster_parameter_groups}
