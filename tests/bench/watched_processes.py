"""A worker and a reconciler as they run in earnest, and what they cost while they run."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from fleet_ground import Desk, Fleet

from migration.adapters.rq_engine import STEPS

READY = {"worker": "ready for work", "reconciler": "watching"}
_TICKS = os.sysconf("SC_CLK_TCK")
_MIB = 1024 * 1024


@dataclass(frozen=True)
class Cost:
    """What a span of time cost, by the minute."""

    calls_per_minute: float
    jobs_per_minute: float
    worker_busy_seconds_per_minute: float
    reconciler_processor_seconds_per_minute: float
    memory_mb: dict[str, float]


@dataclass(frozen=True)
class _Counts:
    at: float
    calls: int
    jobs: int
    busy: float
    processor: float


class Processes:
    """Both of them, over a fleet."""

    def __init__(
        self, fleet: Fleet, desk: Desk, running: dict[str, subprocess.Popen[bytes]]
    ) -> None:
        self._fleet, self._desk, self._running = fleet, desk, running

    def settle(self, seconds: float) -> None:
        """Wait for so long, and then until no job waits for the worker any more."""
        time.sleep(seconds)
        deadline = time.monotonic() + 60
        while self._desk.bench.redis.llen(f"rq:queue:{STEPS}"):
            assert time.monotonic() < deadline, "the worker does not keep up"
            time.sleep(0.2)

    def cost_of(self, seconds: float) -> Cost:
        """Wait for so long, and say what it cost."""
        before = self._counts()
        time.sleep(seconds)
        after = self._counts()
        minutes = (after.at - before.at) / 60
        return Cost(
            calls_per_minute=round((after.calls - before.calls) / minutes, 1),
            jobs_per_minute=round((after.jobs - before.jobs) / minutes, 1),
            worker_busy_seconds_per_minute=round((after.busy - before.busy) / minutes, 2),
            reconciler_processor_seconds_per_minute=round(
                (after.processor - before.processor) / minutes, 2
            ),
            memory_mb=self._memory(),
        )

    def _counts(self) -> _Counts:
        redis = self._desk.bench.redis
        (name,) = redis.smembers("rq:workers")
        done, failed, busy = (
            float(value or 0)
            for value in redis.hmget(
                name, "successful_job_count", "failed_job_count", "total_working_time"
            )
        )
        return _Counts(
            time.monotonic(),
            self._fleet.cloud.calls.total(),
            int(done + failed),
            busy,
            _processor_seconds(self._running["reconciler"].pid),
        )

    def _memory(self) -> dict[str, float]:
        redis = self._desk.bench.redis.info("memory")["used_memory"] / _MIB
        processes = {name: _resident_mib(one.pid) for name, one in self._running.items()}
        return {name: round(size, 1) for name, size in {**processes, "redis": redis}.items()}


@contextmanager
def running(fleet: Fleet, desk: Desk) -> Iterator[Processes]:
    """Started when the block begins, ended with it."""
    started = {name: _start(name, fleet) for name in READY}
    try:
        for name in READY:
            _until_ready(name, fleet)
        yield Processes(fleet, desk, started)
    finally:
        for process in started.values():
            process.terminate()
        for process in started.values():
            process.wait()


def _log(name: str, fleet: Fleet) -> Path:
    return fleet.folder / f"{name}.log"


def _start(name: str, fleet: Fleet) -> "subprocess.Popen[bytes]":
    with _log(name, fleet).open("wb") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "workers", name],
            stdout=log,
            stderr=log,
            env={**os.environ, **fleet.environment},
        )


def _until_ready(name: str, fleet: Fleet) -> None:
    deadline = time.monotonic() + 60
    while READY[name] not in _log(name, fleet).read_text():
        assert time.monotonic() < deadline, _log(name, fleet).read_text()
        time.sleep(0.05)


def _processor_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _resident_mib(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS"))
