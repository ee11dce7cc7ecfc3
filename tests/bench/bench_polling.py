"""What migrations that wait cost: calls to AWS, workers' time and memory, for one and for hundreds.

Half of them wait for the copy to their replica, half, without a login, for its lag to go down. AWS
is moto in a process of this benchmark, with nothing behind its instances.
"""

import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from fleet_ground import Desk, Fleet, a_desk
from rounds import write
from watched_processes import Processes, running

from migration.adapters.clock import SystemClock
from migration.adapters.redis_observations import SEAT_KEY
from workers.observing.observer import OWN_TURN

SIZES = (1, 10, 100, 300)
# Twice the time in which each wait comes to its turn.
WINDOW_SECONDS = 30.0
# The collector has to have looked at those who came last.
SETTLING_SECONDS = 8.0
# The same hundred once more, each asking for itself.
ALONE = 100
AWAY_SECONDS = 120.0
MOST_GROWTH = 4


@pytest.fixture
def fleet() -> Iterator[Fleet]:
    """An account as large as the largest size."""
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="daybreak-bench-"))
        yield Fleet(Path(folder), stack, SIZES[-1])


@pytest.fixture
def desk(fleet: Fleet, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """A workbench over its store."""
    for name, value in fleet.environment.items():
        monkeypatch.setenv(name, value)
    desk = a_desk()
    yield desk
    desk.bench.close()


def measured(processes: Processes) -> dict[str, Any]:
    """One window, after what came last has settled."""
    processes.settle(SETTLING_SECONDS)
    found = asdict(processes.cost_of(WINDOW_SECONDS))
    print(f"    {found}", flush=True)
    return found


def test_what_waiting_costs(fleet: Fleet, desk: Desk) -> None:
    """The curve; calls and workers' time are nearly flat."""
    found: dict[str, Any] = {}
    before = 0
    with running(fleet, desk) as processes:
        for size in SIZES:
            desk.clock.time = SystemClock().now()
            desk.store(fleet.waiting(range(before + 1, size + 1), desk.clock.now()))
            before = size
            print(f"  {size} migrations", flush=True)
            found[str(size)] = measured(processes)
            if size == ALONE:
                found["without_collector"] = alone(desk, processes)
    write("polling", found)

    assert found["300"]["calls_per_minute"] <= MOST_GROWTH * found["1"]["calls_per_minute"]
    assert found["300"]["worker_busy_seconds_per_minute"] < 60


def alone(desk: Desk, processes: Processes) -> dict[str, Any]:
    """As it would be without a collector: its seat is taken by somebody who does not collect."""
    redis = desk.bench.redis
    redis.delete(SEAT_KEY)
    seat = desk.bench.observations.seat(AWAY_SECONDS)
    assert seat is not None
    # What was put off for the last time comes to its own turn, and what is kept is forgotten. One
    # worker does not keep up with what is due then.
    time.sleep(OWN_TURN * desk.bench.settings.poll_seconds + SETTLING_SECONDS)
    found = asdict(processes.cost_of(WINDOW_SECONDS))
    print(f"    without a collector: {found}", flush=True)
    seat.release()
    return found
