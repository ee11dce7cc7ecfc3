"""A postmaster and its children as the kernel sees them: alive, since when, and how to end them."""

import os
import signal
import time
from collections.abc import Mapping
from pathlib import Path

POLL_SECONDS = 0.01
_LEFTOVER_SECONDS = 5.0


def started_at(pid: int) -> str | None:
    """When the kernel started this process, in ticks; None when it is gone. A pid comes again."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    fields = stat.rpartition(")")[2].split()
    return None if fields[0] == "Z" else fields[19]


def children(pid: int) -> list[int]:
    """The processes that it started itself and that still run."""
    try:
        return [
            int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        ]
    except OSError:
        return []


def wait_for_end(started: Mapping[int, str | None], seconds: float) -> bool:
    """Wait until processes, by pid and time of start, are gone; False when some outlive that."""
    deadline = time.monotonic() + seconds
    while any(then is not None and started_at(pid) == then for pid, then in started.items()):
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_SECONDS)
    return True


def end_leftover(pid_file: Path) -> bool:
    """End the postmaster that a killed sandbox left behind; True when there was one."""
    try:
        pid_text, started = pid_file.read_text().split()
    except (FileNotFoundError, ValueError):
        pid_file.unlink(missing_ok=True)
        return False
    pid = int(pid_text)
    alive = started_at(pid) == started
    if alive:
        family = {process: started_at(process) for process in (pid, *children(pid))}
        # Nobody wants its data any more: no checkpoint, no goodbye.
        for number in (signal.SIGQUIT, signal.SIGKILL):
            for process, then in family.items():
                if then is not None and started_at(process) == then:
                    os.kill(process, number)
            if wait_for_end(family, _LEFTOVER_SECONDS):
                break
    pid_file.unlink(missing_ok=True)
    return alive
