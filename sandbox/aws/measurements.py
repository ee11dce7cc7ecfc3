"""Measures the servers every second, as CloudWatch's agents do; nothing here is made up."""

import os
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg

from sandbox.servers.postgres import SUPERUSER, PostgresServer
from sandbox.servers.postmaster import children

Connection = psycopg.Connection[tuple[Any, ...]]
INTERVAL_SECONDS = 1.0
# A sample as young as this answers a question without measuring again.
_FRESH_SECONDS = 0.2
_KEPT_SAMPLES = 7200
_GIB = 1024**3
_TICKS = os.sysconf("SC_CLK_TCK")

# Temporary slots are our own base backups'.
_PRIMARY = """
    SELECT NOT pg_is_in_recovery(),
           (SELECT coalesce(sum(size), 0) FROM pg_ls_waldir())::bigint,
           (SELECT sum(pg_database_size(oid)) FROM pg_database)::bigint,
           (SELECT count(*) FROM pg_stat_activity
             WHERE backend_type = 'client backend' AND usename <> %s),
           CASE WHEN NOT pg_is_in_recovery() THEN
             (SELECT max(pg_current_wal_lsn() - restart_lsn) FROM pg_replication_slots
              WHERE NOT temporary) END,
           CASE WHEN NOT pg_is_in_recovery() THEN pg_current_wal_lsn() - '0/0'::pg_lsn END
"""
# What the sender has, what is replayed of it, and how old the last replayed transaction is.
_REPLICA = """
    SELECT CASE WHEN r.status = 'streaming' THEN r.latest_end_lsn - '0/0'::pg_lsn END,
           pg_last_wal_replay_lsn() - '0/0'::pg_lsn,
           extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp())::float8
      FROM (SELECT pg_is_in_recovery() AS replica) AS here
      LEFT JOIN pg_stat_wal_receiver AS r ON true
     WHERE here.replica
"""


class _Probe:
    """One server's own session for measuring, and what the last look showed."""

    def __init__(self, server: PostgresServer) -> None:
        self._server = server
        self._connection: Connection | None = None
        self._cpu: tuple[float, float] | None = None
        self._wal: tuple[float, float] | None = None
        self._sent: deque[tuple[float, float]] = deque(maxlen=_KEPT_SAMPLES)

    def look(self, allocated_gb: float | None) -> dict[str, float]:
        """The readings of now, without those that cannot be had now (Aurora allocates nothing)."""
        if self._connection is None or self._connection.closed:
            self._connection = self._server.connect()
        connection = self._connection
        row = connection.execute(_PRIMARY, (SUPERUSER,)).fetchone()
        assert row is not None  # noqa: S101 - a SELECT without FROM has one row
        primary, wal_bytes, data_bytes, sessions, slot_lag, position = row
        found = {"DatabaseConnections": float(sessions)}
        cpu = self._cpu_percent()
        if cpu is not None:
            found["CPUUtilization"] = cpu
        if primary:
            found["TransactionLogsDiskUsage"] = float(wal_bytes)
            if allocated_gb is not None:
                used = data_bytes + wal_bytes
                found["FreeStorageSpace"] = float(allocated_gb * _GIB - used)
            if slot_lag is not None:
                found["OldestReplicationSlotLag"] = float(slot_lag)
            rate = self._wal_rate(float(position))
            if rate is not None:
                found["TransactionLogsGeneration"] = rate
            return found
        lag = self._replica_lag(connection)
        if lag is not None:
            found["RDSToAuroraPostgreSQLReplicaLag"] = lag
        return found

    def _replica_lag(self, connection: Connection) -> float | None:
        """Seconds; zero only while everything that the sender has is replayed."""
        row = connection.execute(_REPLICA).fetchone()
        if row is None:
            return None
        sent, replayed, age = row
        now = time.monotonic()
        if sent is not None:
            self._sent.append((now, float(sent)))
            if replayed >= sent:
                return 0.0
        # The age alone is too much after a quiet time, and unknown before the first transaction.
        reached = [moment for moment, position in self._sent if position <= replayed]
        ages = [now - max(reached)] if reached else [now - moment for moment, _ in self._sent]
        return min([*ages[:1], *([max(0.0, float(age))] if age is not None else [])], default=None)

    def close(self) -> None:
        """Give the session back."""
        if self._connection is not None:
            self._connection.close()

    def _wal_rate(self, position: float) -> float | None:
        before, self._wal = self._wal, (time.monotonic(), position)
        elapsed = self._wal[0] - before[0] if before else 0.0
        if before is None or elapsed <= 0 or position < before[1]:
            return None
        return (position - before[1]) / elapsed

    def _cpu_percent(self) -> float | None:
        """The share of this machine's processors that the server's processes took."""
        pid = self._server.pid
        if pid is None:
            return None
        used = _ticks_of_family(pid) / _TICKS
        before, self._cpu = self._cpu, (time.monotonic(), used)
        elapsed = self._cpu[0] - before[0] if before else 0.0
        if before is None or elapsed <= 0 or used < before[1]:
            return None
        return min(100.0, 100.0 * (used - before[1]) / elapsed / (os.cpu_count() or 1))


def _ticks_of_family(pid: int) -> float:
    """Processor time of a postmaster, of its children, and of those that have ended."""
    total = 0
    for process in (pid, *children(pid)):
        try:
            fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        # utime and stime; for the postmaster also what its ended children took.
        total += sum(int(value) for value in fields[11 : 15 if process == pid else 13])
    return float(total)


class Measurements:
    """Samples of every server, by metric and instance."""

    def __init__(
        self,
        servers: Callable[[], Iterable[tuple[str, PostgresServer, float | None]]],
        silenced: Callable[[], bool],
        said: Callable[[], Mapping[tuple[str, str], float]],
    ) -> None:
        """`servers` gives identifier, server and allocated GiB of what can be measured.

        `said` is what stands for a metric of an instance whatever was measured.
        """
        self._servers = servers
        self._silenced = silenced
        self._said = said
        self._samples: dict[tuple[str, str], deque[tuple[datetime, float]]] = defaultdict(
            lambda: deque(maxlen=_KEPT_SAMPLES)
        )
        self._probes: dict[str, tuple[PostgresServer, _Probe]] = {}
        self._lock = threading.Lock()
        self._last = float("-inf")
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="aws-metrics", daemon=True)

    def start(self) -> None:
        """Measure every second from now on."""
        self._thread.start()

    def stop(self) -> None:
        """Stop measuring and close the sessions."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()
        with self._lock:
            for _, probe in self._probes.values():
                probe.close()
            self._probes.clear()

    def _run(self) -> None:
        while not self._stop.wait(INTERVAL_SECONDS):
            self.measure()

    def measure(self) -> None:
        """One look at every server, unless somebody has just looked."""
        with self._lock:
            if time.monotonic() - self._last < _FRESH_SECONDS or self._stop.is_set():
                return
            present = {name: (server, gb) for name, server, gb in self._servers()}
            for name in set(self._probes) - set(present):
                self._probes.pop(name)[1].close()
            for name, (server, allocated_gb) in present.items():
                self._measure_one(name, server, allocated_gb)
            self._last = time.monotonic()

    def _measure_one(self, name: str, server: PostgresServer, allocated_gb: float | None) -> None:
        known = self._probes.get(name)
        if known is None or known[0] is not server:
            if known is not None:
                known[1].close()
            known = self._probes[name] = (server, _Probe(server))
        try:
            found = known[1].look(allocated_gb)
        except psycopg.Error:
            # It restarts, or is gone: no datapoint is what CloudWatch shows as well.
            known[1].close()
            return
        if self._silenced():
            return
        now = datetime.now(UTC)
        for metric, value in found.items():
            self._samples[metric, name].append((now, value))

    def samples(
        self, metric: str, identifier: str, start: datetime, end: datetime
    ) -> list[tuple[datetime, float]]:
        """The samples of one metric of one instance in a span of time, oldest first."""
        said = self._said().get((metric, identifier))
        if said is not None:
            return [(max(start, min(datetime.now(UTC), end - timedelta(seconds=1))), said)]
        with self._lock:
            kept = list(self._samples.get((metric, identifier), ()))
        return [(moment, value) for moment, value in kept if start <= moment < end]
