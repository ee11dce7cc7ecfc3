"""`python -m sandbox`: starts, refuses, cleans up after a kill, stops, and shows a migration."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sandbox import leftovers
from sandbox.lock import Lock
from sandbox.settings import CHECKOUT, Options

LIMIT_SECONDS = 300.0
UP = "The sandbox is up."
SERVERS = {"postgres", "redis-server", "pgbouncer"}
REPORT_KEYS = [
    *("outcome", "method", "mode", "engine", "data_mb", "writers", "acknowledged", "lost"),
    *(
        "duplicated",
        "phantom",
        "client_errors",
        "write_pause_ms",
        "probe_pause_ms",
        "phases_ms",
        "slack",
    ),
    *("servers", "started_at", "finished_at", "outage"),
]
SMALL = {
    "DATA_MB": "10",
    "WRITERS": "2",
    "DAYBREAK_LAG_SUSTAIN_SECONDS": "1",
    "DAYBREAK_POLL_SECONDS": "0.3",
    "DAYBREAK_WATCH_SECONDS": "0.3",
}


class Command:
    """The command, running, and what it says."""

    def __init__(self, home: Path, *arguments: str, **environment: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "sandbox", "--home", str(home), *arguments],
            env={**os.environ, **SMALL, **environment},
            cwd=CHECKOUT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            # a process group of its own, to be killed as a whole
            start_new_session=True,
        )
        self.said: list[str] = []
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def wait_for(self, words: str) -> None:
        """Wait until it says this."""
        eventually(lambda: any(words in line for line in self.said), lambda: "".join(self.said))

    def end(self) -> int:
        """Wait for its end."""
        code = self.process.wait(LIMIT_SECONDS)
        self._reader.join()
        return code

    def kill(self) -> None:
        """SIGKILL to its whole process group."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.end()

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as lines:
            self.said.extend(lines)


def eventually(claim: Callable[[], bool], complaint: Callable[[], str]) -> None:
    """Wait until the claim holds."""
    deadline = time.monotonic() + LIMIT_SECONDS
    while not claim():
        assert time.monotonic() < deadline, complaint()
        time.sleep(0.1)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """A folder for `.sandbox`; whatever was started for it is gone afterwards."""
    yield tmp_path
    Command(tmp_path, "stop").end()


def servers(home: Path) -> list[str]:
    """The names of the sandbox's processes."""
    return [process.name for process in leftovers.belonging_to(Options(home=home).run_directory)]


@pytest.mark.table("killed sandboxes")
def test_a_second_start_works_after_a_kill(home: Path) -> None:
    """What the killed one left is ended; a third is refused; `stop` ends the second cleanly."""
    first = Command(home, "up")
    eventually(lambda: set(servers(home)) >= SERVERS, lambda: "".join(first.said))
    first.kill()
    left = servers(home)
    second = Command(home, "up")
    second.wait_for(UP)
    third = Command(home, "up")
    refused = third.end()
    stopped = Command(home, "stop").end()
    ended = second.end()

    assert set(left) >= SERVERS
    assert "that a killed sandbox left behind" in second.said[0]
    assert "Starting the sandbox" in second.said[1]
    assert refused == 2
    assert f"process {second.process.pid}" in third.said[0], "a start was told before the refusal"
    assert (stopped, ended) == (0, 130)
    assert servers(home) == []
    assert not Options(home=home).run_directory.exists()
    assert Lock(home / ".sandbox" / "lock").holder() is None


@pytest.mark.table("killed sandboxes")
def test_stop_ends_what_a_killed_sandbox_left(home: Path) -> None:
    """An interrupt in the middle of the start leaves nothing either."""
    interrupted = Command(home, "up")
    eventually(lambda: "postgres" in servers(home), lambda: "".join(interrupted.said))
    interrupted.process.send_signal(signal.SIGINT)
    code = interrupted.end()
    after_interrupt = servers(home)
    killed = Command(home, "up")
    eventually(lambda: "postgres" in servers(home), lambda: "".join(killed.said))
    killed.kill()
    stop = Command(home, "stop")

    assert (code, after_interrupt) == (130, [])
    assert stop.end() == 0
    assert "No sandbox was running" in stop.said[0]
    assert servers(home) == []


def test_the_demo_moves_a_database_and_accounts_for_every_row(home: Path) -> None:
    """It exits 0 with a clean report, whose keys are the contract's; nothing is left."""
    demo = Command(home, "demo", REPORT="demo.json")
    code = demo.end()
    said = "".join(demo.said)
    assert code == 0, said
    report = json.loads((home / "demo.json").read_text())

    assert list(report) == REPORT_KEYS
    assert (report["outcome"], report["method"], report["engine"]) == (
        "completed",
        "read replica",
        "rq",
    )
    assert [report[name] for name in ("lost", "duplicated", "phantom", "client_errors")] == [0] * 4
    assert report["acknowledged"] > 1000
    assert report["data_mb"] >= 10
    assert set(report["write_pause_ms"]) == {"longest_wait", "gap", "orchestrator"}
    assert all(value > 0 for value in report["write_pause_ms"].values())
    assert set(report["probe_pause_ms"]) == {"longest_wait", "gap"}
    assert all(value > 0 for value in report["probe_pause_ms"].values())
    assert report["phases_ms"]["promote"] > 0
    assert set(report["slack"]) == {"posted", "updated", "ephemeral"}
    assert set(report["servers"]) == {"postgres", "redis", "pgbouncer"}
    assert "only oscar sees: You can't decide here" in said
    assert "only rita sees: You asked for" in said
    assert servers(home) == []


def test_the_demo_does_not_pretend_without_its_own_parts(home: Path) -> None:
    """Nobody can script people in somebody else's Slack."""
    demo = Command(home, "demo", WITHOUT="workload")

    assert demo.end() == 2
    assert "needs its own workload" in demo.said[0]
