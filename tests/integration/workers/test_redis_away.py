"""A Redis that goes away in any way: worker and reconciler wait, say so once, and go on."""

import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from redis_trouble import TROUBLES, Lines, read_only, stopped
from workers_ground import a_migration, eventually, run, settings

from migration.events import StepFailed
from migration.schedule import work_of
from sandbox.servers.redis import Redis
from workers.app import Workbench

Trouble = Callable[[Redis], AbstractContextManager[None]]
READY = {"worker": "ready for work", "reconciler": "watching"}


@dataclass(frozen=True)
class Running:
    """A process and its log."""

    process: subprocess.Popen[bytes]
    log: Path


def until_ready(name: str, environment: dict[str, str], log: Path) -> Running:
    """Start it, and wait until it says that it is."""
    started = Running(run(name, environment, log), log)
    eventually(lambda: READY[name] in log.read_text(), f"{name} to be ready")
    return started


@pytest.fixture(scope="module")
def running(
    redis_server: Redis, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Running]]:
    """Both processes, through all the troubles of this module; in the end both end cleanly."""
    folder = tmp_path_factory.mktemp("running")
    environment = settings(folder, redis_server)
    started = {name: until_ready(name, environment, folder / name) for name in READY}
    yield started
    for one in started.values():
        one.process.terminate()
    assert {name: one.process.wait(60) for name, one in started.items()} == dict.fromkeys(READY, 0)


def wait_for(logs: dict[str, Lines], change: str) -> None:
    """Until the last that each of them said is this."""

    def said() -> bool:
        return all(lines.changes()[-1:] == [change] for lines in logs.values())

    eventually(said, f"all to say that Redis is {change}")


@pytest.mark.parametrize("trouble", TROUBLES, ids=lambda trouble: trouble.__name__)
def test_everything_waits_and_goes_on(
    bench: Workbench, running: dict[str, Running], redis_server: Redis, trouble: Trouble
) -> None:
    """One line when it goes, one when it is back; the same processes; each attempt once."""
    logs = {name: Lines(one.log) for name, one in running.items()}
    now = bench.clock.now()
    migration = replace(a_migration(now), id=f"orders-{trouble.__name__}")
    # the reconciler has to queue it, the worker to try it
    bench.store.create(migration, [], work_of(migration, not_before=now + 1))
    with trouble(redis_server):
        wait_for(logs, "away")
    wait_for(logs, "back")
    before = bench.store.load(migration.id).attempts
    eventually(lambda: bench.store.load(migration.id).attempts > before, "the next attempt")

    events = [entry.event for entry in bench.store.events(migration.id)]
    attempts = [event.attempt for event in events if isinstance(event, StepFailed)]
    assert attempts == list(range(1, len(attempts) + 1))
    for name, lines in logs.items():
        assert running[name].process.poll() is None, name
        lines.assert_told_in_turn()


@pytest.fixture
def silent_aws() -> Iterator[socket.socket]:
    """Takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(60)
        yield listener


def test_a_job_is_finished_before_the_worker_ends(
    bench: Workbench,
    environment: dict[str, str],
    redis_server: Redis,
    silent_aws: socket.socket,
    tmp_path: Path,
) -> None:
    """Told to end in the middle of a job while Redis is away: the job is not left alone."""
    url = f"http://127.0.0.1:{silent_aws.getsockname()[1]}"
    worker = until_ready("worker", {**environment, "AWS_ENDPOINT_URL": url}, tmp_path / "log")
    migration = a_migration(bench.clock.now())
    bench.store.create(migration, [], work_of(migration))
    asked, _ = silent_aws.accept()
    with stopped(redis_server):
        worker.process.terminate()
        with pytest.raises(subprocess.TimeoutExpired):
            worker.process.wait(1)
        silent_aws.close()
        asked.close()
        assert worker.process.wait(60) == 0
    assert "Traceback" not in worker.log.read_text()


@pytest.mark.parametrize("command", ["worker", "reconciler"])
def test_a_process_does_not_begin_where_nothing_can_be_written(
    command: str, environment: dict[str, str], redis_server: Redis, tmp_path: Path
) -> None:
    """The same as with a Redis that does not answer: a message, exit status 1, no trace."""
    log = tmp_path / "log"
    with read_only(redis_server):
        assert run(command, environment, log).wait(60) == 1
    assert "Redis (REDIS_URL) takes no writes" in log.read_text()
    assert "Traceback" not in log.read_text()
