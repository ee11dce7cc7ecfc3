"""A migration that waits for a person, to be had again and again: put back by copy.

What a switchover changes, and what a test may break, is PostgreSQL's two data directories, Redis,
the pooler with its agent, and what the simulated AWS thinks of both databases; nothing else of the
ground is touched.
"""

import os
import signal
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import wait as wait_for
from concurrent.futures.thread import ThreadPoolExecutor
from copy import copy
from dataclasses import replace
from typing import Any

from cutover_ground import PATIENCE, SOURCE, TARGET, Ground, eventually
from mirror import mirror
from moto.rds.models import rds_backends
from redis import Redis

from migration.errors import DaybreakError
from migration.model import Migration
from migration.plan import WATCH_LAG
from sandbox.aws.cloud import ACCOUNT_ID
from sandbox.servers.postgres import PostgresServer
from workers.traffic.port import Endpoint

TARGET_INSTANCE = f"{TARGET}-1"
# What AWS thinks, and a switchover or a step after it changes.
CLUSTER_FIELDS = ("replication_source_identifier", "status", "deletion_protection", "tags")
MEMBER_FIELDS = ("upstream", "slot", "standby_settings", "is_cluster_writer")
SOURCE_FIELDS = ("read_replica_db_cluster_identifiers", "tags")
# A standby and a subscription alike, when they have caught up.
FOLLOWED = "SELECT DISTINCT 1 FROM pg_stat_replication WHERE state = 'streaming'"
# Jobs that nobody took while the base was made: they ask for what is long done.
JOBS = "rq:*"
NORMAL = {"maxmemory": "0"}


class PreparedBase:
    """Take it once; `restore` puts everything back to that moment."""

    #: Whose data directories are put back.
    servers: tuple[str, ...] = (SOURCE, TARGET_INSTANCE)

    def __init__(self, ground: Ground, migration: Migration, leader: str = SOURCE) -> None:
        """The leader is the server that takes writes, and that the other one follows."""
        self.migration = self._put_by(ground, migration)
        self.leader = leader
        self._ground = ground
        self._base = ground.folder / "base"
        self._base.mkdir()
        # The leader first: who follows still receives the last of it.
        for name in sorted(self.servers, key=lambda name: name != leader):
            self.server(name).stop()
        for name in self.servers:
            (self._base / name).mkdir()
            mirror(self.server(name).data, self._base / name)
        self._redis = Redis.from_url(ground.redis.url)
        ground.stack.callback(self._redis.close)
        for key in self._redis.scan_iter(JOBS):
            self._redis.delete(key)
        self._keys = {key: self._redis.dump(key) for key in self._redis.scan_iter()}
        self._thought = [
            (thing, {name: copy(getattr(thing(), name)) for name in fields})
            for thing, fields in self._changing()
        ]
        self._start()

    def _put_by(self, ground: Ground, migration: Migration) -> Migration:
        """As it is kept, and as each test finds it."""
        return _without_alarms(ground, migration)

    def _changing(self) -> list[tuple[Callable[[], Any], tuple[str, ...]]]:
        """What of AWS is put back."""
        return [
            (self._moto_cluster, CLUSTER_FIELDS),
            (self._moto_member, MEMBER_FIELDS),
            (self._moto_source, SOURCE_FIELDS),
        ]

    def server(self, name: str) -> PostgresServer:
        """One of the servers."""
        return self._ground.cloud._datacenter.servers[name]

    @property
    def can_be_restored(self) -> bool:
        """Whether AWS still has what it had: a cluster that was deleted is not put back."""
        moto = self._moto()
        return TARGET in moto.clusters and TARGET_INSTANCE in moto.databases

    def rename_cluster(self, name: str, new: str) -> None:
        """As somebody does in AWS's console; its servers go on."""
        moto = self._moto()
        with moto.lock:
            cluster = moto.clusters.pop(name)
            cluster.db_cluster_identifier = new
            moto.clusters[new] = cluster
            moto.changed()

    def restore(self) -> Migration:
        """Everything as it was, whoever was killed or stopped; gives the migration as it waits."""
        self.restore_redis()
        return self.restore_rest()

    def restore_rest(self) -> Migration:
        """The same without Redis."""
        self._restore_servers()
        self._restore_traffic()
        return self._ground.store.load(self.migration.id)

    def restore_redis(self) -> None:
        """Redis runs, takes writes and holds the migration as it waits, and no job."""
        server = self._ground.redis
        if server.pid is not None:
            os.kill(server.pid, signal.SIGCONT)
        server.start()
        for name, value in NORMAL.items():
            self._redis.config_set(name, value)
        self._redis.replicaof("NO", "ONE")
        self._redis.flushall()
        for key, dumped in self._keys.items():
            self._redis.restore(key, 0, dumped)

    def _restore_servers(self) -> None:
        """The leader takes writes, and the other one follows; AWS thinks so, too."""
        self._await_aws()
        with ThreadPoolExecutor(len(self.servers)) as pool:
            list(pool.map(self._put_back, self.servers))
        for thing, fields in self._thought:
            for name, value in fields.items():
                setattr(thing(), name, copy(value))
        self._start()

    def _put_back(self, name: str) -> None:
        self.server(name).stop(signal.SIGQUIT)
        mirror(self._base / name, self.server(name).data)

    def _restore_traffic(self) -> None:
        """Pooler and agent run, and lead whoever comes to the leader."""
        self._ground.pooler.start()
        self._ground.run_agent()
        eventually(self._agent_answers, "an answer of the agent")
        traffic = self._ground.bench.tools.traffic
        epoch = max(state.epoch for state in traffic.states(SOURCE))
        leader = self.server(self.leader)
        there = Endpoint(leader.address, leader.port)
        traffic.resume(SOURCE, epoch=epoch)
        traffic.point_to(SOURCE, there, epoch=epoch, timeout_seconds=PATIENCE)

    def _agent_answers(self) -> bool:
        try:
            return bool(self._ground.bench.tools.traffic.states(SOURCE))
        except DaybreakError:
            return False

    def _start(self) -> None:
        for name in self.servers:
            self.server(name).start()
        self._await_servers()

    def _await_servers(self) -> None:
        """The other one follows."""
        eventually(lambda: self.server(self.leader).query(FOLLOWED) == [(1,)], "who follows")

    def _await_aws(self) -> None:
        """A promotion by the API goes on for a moment after the target is open."""
        under_way: list[Future[None]] = [
            instance.work for instance in self._moto().databases.values() if instance.work
        ]
        wait_for(under_way)

    def _moto(self) -> Any:
        return rds_backends[ACCOUNT_ID][self._ground.cloud.region]

    def _moto_cluster(self) -> Any:
        return self._moto().clusters[TARGET]

    def _moto_member(self) -> Any:
        return self._moto().databases[TARGET_INSTANCE]

    def _moto_source(self) -> Any:
        return self._moto().databases[SOURCE]


def _without_alarms(ground: Ground, migration: Migration) -> Migration:
    """As one that was watched before there were alarms.

    What CloudWatch measured is not put back by copy: after each, a gate would wait for its data.
    """
    watched = {
        name: found for name, found in migration.facts[WATCH_LAG].items() if name != "alarms"
    }
    facts = {**migration.facts, WATCH_LAG: watched}
    after = replace(migration, facts=facts, version=migration.version + 1)
    ground.store.commit(migration, after, [])
    return after
