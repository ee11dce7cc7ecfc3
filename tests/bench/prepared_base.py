"""A migration at its gate, to be had again and again: both data directories are put back by copy.

What a cut-over changes is PostgreSQL's two data directories, Redis, where the poolers lead, and
what the simulated AWS thinks of the cluster; nothing else of the ground is touched.
"""

import shutil
import signal
import subprocess
from collections.abc import Callable
from typing import Any

from cutover_ground import SOURCE, TARGET, Ground, eventually
from moto.rds.models import rds_backends
from redis import Redis

from migration.model import Migration
from sandbox.aws.cloud import ACCOUNT_ID
from sandbox.servers.postgres import PostgresServer
from workers.traffic.port import Endpoint

TARGET_INSTANCE = f"{TARGET}-1"
SERVERS = (SOURCE, TARGET_INSTANCE)
MEMBER_FIELDS = ("upstream", "slot", "standby_settings", "is_cluster_writer")
STREAMING = "SELECT 1 FROM pg_stat_wal_receiver WHERE status = 'streaming'"


class PreparedBase:
    """Take it once; `restore` puts everything back to that moment."""

    def __init__(self, ground: Ground, migration: Migration) -> None:
        self.migration = migration
        self._ground = ground
        self._base = ground.folder / "base"
        self._base.mkdir()
        # The source first: its replica still receives the last of it.
        for name in SERVERS:
            self.server(name).stop()
        for name in SERVERS:
            _copy(self.server(name).data, self._base / name)
        self._redis = Redis.from_url(ground.redis.url)
        ground.stack.callback(self._redis.close)
        self._keys = {key: self._redis.dump(key) for key in self._redis.scan_iter()}
        self._member = {name: getattr(self._moto_member(), name) for name in MEMBER_FIELDS}
        self._source_arn = self._moto_cluster().replication_source_identifier
        self._start()

    def server(self, name: str) -> PostgresServer:
        """One of the two servers."""
        return self._ground.cloud._datacenter.servers[name]

    def restore(self) -> Migration:
        """Everything as it was; gives the migration at its gate."""
        self._await_aws()
        for name in SERVERS:
            self.server(name).stop(signal.SIGQUIT)
            shutil.rmtree(self.server(name).data)
            _copy(self._base / name, self.server(name).data)
        cluster, member = self._moto_cluster(), self._moto_member()
        cluster.replication_source_identifier = self._source_arn
        cluster.status = "available"
        for name, value in self._member.items():
            setattr(member, name, value)
        self._moto().databases[SOURCE].read_replica_db_cluster_identifiers = [TARGET]
        self._start()
        self._redis.flushall()
        for key, dumped in self._keys.items():
            self._redis.restore(key, 0, dumped)
        traffic = self._ground.bench.tools.traffic
        epoch = max(state.epoch for state in traffic.states(SOURCE))
        source = self.server(SOURCE)
        traffic.point_to(SOURCE, Endpoint(source.address, source.port), epoch=epoch)
        return self._ground.store.load(self.migration.id)

    def _start(self) -> None:
        for name in SERVERS:
            self.server(name).start()
        eventually(lambda: self.server(TARGET_INSTANCE).query(STREAMING) == [(1,)], "streaming")

    def _await_aws(self) -> None:
        """A promotion by the API goes on for a moment after the target is open."""
        until_available(lambda: str(self._moto_cluster().status))

    def _moto(self) -> Any:
        return rds_backends[ACCOUNT_ID][self._ground.cloud.region]

    def _moto_cluster(self) -> Any:
        return self._moto().clusters[TARGET]

    def _moto_member(self) -> Any:
        return self._moto().databases[TARGET_INSTANCE]


def until_available(status: Callable[[], str]) -> None:
    """Wait for the simulated AWS to have done what it was asked for."""
    eventually(lambda: status() == "available", "an available cluster")


def _copy(source: Any, target: Any) -> None:
    # Owners and modes are kept: PostgreSQL refuses a folder that is not its own.
    subprocess.run(["cp", "-a", "--reflink=auto", source, target], check=True)
