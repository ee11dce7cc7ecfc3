"""Processes are kept running, ended with all they started, and found again after a kill."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sandbox import leftovers
from sandbox.lock import Lock
from sandbox.processes import Supervised
from sandbox.servers.redis import Redis
from sandbox.servers.resolve import resolve
from sandbox.settings import UsageError

LIMIT_SECONDS = 30.0
# starts a child in a process group of its own, as RQ's workers do, and says both numbers
FAMILY = """
import os, signal, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], process_group=0)
print(os.getpid(), child.pid, flush=True)
time.sleep(600)
"""
HOLDER = """
import sys, time
from pathlib import Path
from sandbox.lock import Lock
Lock(Path(sys.argv[1])).take()
print("taken", flush=True)
time.sleep(600)
"""
STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"


def eventually(claim: Callable[[], bool]) -> None:
    """Wait until the claim holds."""
    deadline = time.monotonic() + LIMIT_SECONDS
    while not claim():
        assert time.monotonic() < deadline, "it did not become true"
        time.sleep(0.02)


def alive(pid: int) -> bool:
    """Whether this process runs."""
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return False


class Keeper:
    """Makes supervised processes of Python code, and ends them."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.told: list[str] = []
        self.made: list[Supervised] = []

    def keep(self, code: str, **environment: str) -> Supervised:
        """Start one."""
        process = Supervised(
            f"process{len(self.made)}",
            [sys.executable, "-c", code],
            environment={**os.environ, **environment},
            directory=self.directory,
            log=self.directory / f"{len(self.made)}.log",
            tell=self.told.append,
        )
        self.made.append(process)
        process.start()
        return process

    def numbers(self, process: Supervised) -> list[int]:
        """The numbers that a process printed, once it has."""
        eventually(lambda: process.log.read_text().endswith("\n"))
        return [int(word) for word in process.log.read_text().split()]


@pytest.fixture
def keeper(tmp_path: Path) -> Iterator[Keeper]:
    """Whatever a test starts is ended after it."""
    keeper = Keeper(tmp_path)
    yield keeper
    for process in keeper.made:
        process.patience = 1.0
        process.stop()


@pytest.fixture
def run_directory() -> Iterator[Path]:
    """A folder that the servers' account can get to."""
    directory = Path(tempfile.mkdtemp(prefix="daybreak-test-"))
    directory.chmod(0o755)
    yield directory
    shutil.rmtree(directory)


def test_what_is_killed_comes_back(keeper: Keeper) -> None:
    """A crash is told, and answered by a new start."""
    process = keeper.keep("import time; time.sleep(600)")
    first = process.pid
    process.kill()
    eventually(lambda: process.pid not in {None, first})

    assert process.starts == 2
    assert "process0 ended (SIGKILL), again in 0.5 s" in keeper.told[0]


def test_who_dies_at_once_is_started_more_and_more_slowly(keeper: Keeper) -> None:
    """The wait doubles: a broken setting does not keep the machine busy."""
    keeper.keep("raise SystemExit(3)")
    eventually(lambda: len(keeper.told) >= 3)

    assert ["0.5 s" in keeper.told[0], "1 s" in keeper.told[1], "2 s" in keeper.told[2]] == [
        True
    ] * 3
    assert "exit code 3" in keeper.told[0]


def test_what_is_stopped_stays_away_and_can_be_started_again(keeper: Keeper) -> None:
    """Stopping is for good, until somebody starts it; a new environment is kept."""
    process = keeper.keep(
        "import os, time; print(os.environ.get('MORE', 0), flush=True)\ntime.sleep(600)"
    )
    keeper.numbers(process)
    process.stop()
    stopped = process.running
    process.start({"MORE": "7"})
    eventually(lambda: process.log.read_text() == "0\n7\n")

    assert not stopped
    assert keeper.told == []


def test_a_stop_reaches_children_in_groups_of_their_own(keeper: Keeper) -> None:
    """Nothing that it started stays behind, as a work-horse of RQ would."""
    process = keeper.keep(FAMILY)
    parent, child = keeper.numbers(process)
    process.stop()

    assert not alive(parent)
    assert not alive(child)


def test_who_does_not_listen_is_killed(keeper: Keeper) -> None:
    """A stop has an end."""
    process = keeper.keep(f"{STUBBORN} print(1, flush=True); time.sleep(600)")
    keeper.numbers(process)
    process.patience = 0.2
    process.stop()

    assert not process.running


def test_a_stop_during_the_backoff_ends_it(keeper: Keeper) -> None:
    """Nothing starts after a stop."""
    process = keeper.keep("raise SystemExit(3)")
    eventually(lambda: len(keeper.told) >= 2)
    process.stop()
    starts = process.starts

    assert not process.running
    assert process.starts == starts


def test_marked_processes_are_found_and_ended(keeper: Keeper, tmp_path: Path) -> None:
    """The mark is inherited, so grandchildren are found too; others are left alone."""
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    stranger = keeper.keep("import time; time.sleep(600)", **{leftovers.MARK: str(theirs)})
    with subprocess.Popen(
        [sys.executable, "-c", FAMILY],
        env={**os.environ, leftovers.MARK: str(ours)},
        stdout=subprocess.PIPE,
        text=True,
    ) as parent:
        assert parent.stdout is not None
        family = [int(word) for word in parent.stdout.readline().split()]
        eventually(lambda: len(leftovers.belonging_to(theirs)) == 1)
        os.kill(family[1], signal.SIGSTOP)  # even who does not react is ended
        found = leftovers.belonging_to(ours)
        leftovers.end(found)

    assert {process.pid for process in found} == set(family)
    assert not any(alive(pid) for pid in family)
    assert stranger.running


def test_a_server_is_known_by_where_it_lives(run_directory: Path, tmp_path: Path) -> None:
    """Redis writes over its environment; its folder is the sandbox's all the same."""
    redis = Redis(resolve("redis"), run_directory / "redis", log=tmp_path / "redis.log")
    redis.start()
    try:
        found = leftovers.belonging_to(run_directory)
        assert [(process.pid, process.name) for process in found] == [(redis.pid, "redis-server")]
        leftovers.end(found)
        assert redis.pid is None
    finally:
        redis.stop()


def test_a_number_that_came_again_is_not_ended(keeper: Keeper) -> None:
    """The same pid with another start time is somebody else."""
    process = keeper.keep("import time; time.sleep(600)")
    assert process.pid is not None
    leftovers.end([leftovers.Found(process.pid, "1", "python")])

    assert process.running


def test_a_second_sandbox_is_refused_while_the_first_lives(tmp_path: Path) -> None:
    """The message names the process; after its end, even by a kill, the lock is free."""
    path = tmp_path / "lock"
    holder = subprocess.Popen(
        [
            sys.executable,
            "-c",
            HOLDER,
            str(path),
        ],
        stdout=subprocess.PIPE,
    )
    with holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        with pytest.raises(UsageError, match=f"process {holder.pid}, since"):
            Lock(path).take()
        seen = Lock(path).holder()
        holder.kill()
        holder.wait()
        after = Lock(path).holder()
        mine = Lock(path)
        mine.take()
        mine.release()

    assert (seen, after) == (holder.pid, None)
