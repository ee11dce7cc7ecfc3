"""Finds the processes of a sandbox by what they are, and ends those that nobody looks after."""

import os
import signal
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

#: In the environment of every process that a sandbox starts, and of theirs: the run directory.
MARK = "DAYBREAK_SANDBOX"
# These overwrite the memory that holds their environment, so they are known by where they live.
SERVERS = ("postgres", "redis-server", "pgbouncer")
PATIENCE_SECONDS = 5.0
POLL_SECONDS = 0.05


@dataclass(frozen=True)
class Found:
    """A process, by its number and the moment it was started: numbers come again."""

    pid: int
    start_time: str
    name: str


def belonging_to(run_directory: Path) -> list[Found]:
    """The processes of the sandbox with this run directory, without the one that asks."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal() and int(entry.name) != os.getpid():
            process = _look(entry, run_directory)
            if process:
                found.append(process)
    return found


def in_session(leader: int) -> list[Found]:
    """The processes of the session that this process began: its children's children too."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                if os.getsid(int(entry.name)) == leader:
                    name, start_time = _stat(entry)
                    found.append(Found(int(entry.name), start_time, name))
            except (FileNotFoundError, ProcessLookupError):
                continue  # it ended meanwhile
    return found


def end(processes: Iterable[Found]) -> None:
    """End these processes, servers so that they leave no shared memory behind, and wait."""
    waiting = [process for process in processes if _alive(process)]
    for process in waiting:
        # for PostgreSQL an immediate shutdown
        how = signal.SIGQUIT if process.name == "postgres" else signal.SIGKILL
        _send(process, how)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while waiting and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)
        waiting = [process for process in waiting if _alive(process)]
    for process in waiting:
        _send(process, signal.SIGKILL)


def _look(entry: Path, run_directory: Path) -> Found | None:
    try:
        name, start_time = _stat(entry)
        if name in SERVERS:
            belongs = _lives_in(entry, run_directory)
        else:
            mark = f"{MARK}={run_directory}".encode()
            belongs = mark in (entry / "environ").read_bytes().split(b"\0")
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return None  # it ended meanwhile, or belongs to somebody else
    return Found(int(entry.name), start_time, name) if belongs else None


def _lives_in(entry: Path, run_directory: Path) -> bool:
    if f"{run_directory}/".encode() in (entry / "cmdline").read_bytes():
        return True
    return (entry / "cwd").readlink().is_relative_to(run_directory)


def _stat(entry: Path) -> tuple[str, str]:
    """A process's name and start time; a zombie counts as gone."""
    head, _, tail = (entry / "stat").read_text().rpartition(")")
    fields = tail.split()
    if fields[0] == "Z":
        raise ProcessLookupError
    return head.partition("(")[2], fields[19]


def _alive(process: Found) -> bool:
    try:
        return _stat(Path("/proc") / str(process.pid))[1] == process.start_time
    except (FileNotFoundError, ProcessLookupError):
        return False


def _send(process: Found, how: signal.Signals) -> None:
    if _alive(process):
        try:
            os.kill(process.pid, how)
        except ProcessLookupError:
            return  # just gone
