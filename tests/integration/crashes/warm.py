"""Commands of `python -m` as forks of a process that has imported what they run.

A crash case starts and revives worker and reconciler several times, and their imports were most of
what it cost. Nothing of Daybreak's connects or reads the environment at import, so that a fork
with an environment, a session and a log of its own is what a fresh process would be.
"""

import atexit
import importlib
import json
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
from functools import cache
from pathlib import Path
from threading import Lock

IMPORTED = ("workers.__main__", "workers.reconciler", "workers.recover", "workers.tasks")


class Forked:
    """A process that is nobody's child here; it can be waited for all the same."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        try:
            self._descriptor: int | None = os.pidfd_open(pid)
        except ProcessLookupError:
            self._descriptor = None

    def ended(self, seconds: float | None = 0) -> bool:
        """Whether it has, after so long at most; None waits until it has."""
        if self._descriptor is None:
            return True
        if not select.select([self._descriptor], [], [], seconds)[0]:
            return False
        os.close(self._descriptor)
        self._descriptor = None
        return True

    def wait(self) -> None:
        """Return when it has ended."""
        self.ended(None)


class Warm:
    """The process that is forked, and the line to it."""

    def __init__(self) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, __file__, str(theirs.fileno())], pass_fds=[theirs.fileno()]
            )
        self._line = ours.makefile("rw")
        ours.close()
        self._one = Lock()

    def start(self, arguments: list[str], environment: dict[str, str], log: Path) -> Forked:
        """Run `python -m` with these arguments; what it says is added to the log."""
        with self._one:
            print(json.dumps([arguments, environment, str(log)]), file=self._line, flush=True)
            return Forked(int(self._line.readline()))

    def stop(self) -> None:
        """Fork no more."""
        self._line.close()
        self._process.wait()


@cache
def warm() -> Warm:
    """The one of this process."""
    made = Warm()
    atexit.register(made.stop)
    return made


def _serve(line: socket.socket) -> None:
    for name in IMPORTED:
        importlib.import_module(name)
    # whoever is forked is waited for by nobody here
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with line, line.makefile("r") as asked:
        for request in asked:
            arguments, environment, log = json.loads(request)
            pid = os.fork()
            if pid == 0:
                break
            line.sendall(f"{pid}\n".encode())
        else:
            return
    _become(arguments, environment, log)


def _become(arguments: list[str], environment: dict[str, str], log: str) -> None:
    os.setsid()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    written = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    for descriptor in (sys.stdout.fileno(), sys.stderr.fileno()):
        os.dup2(written, descriptor)
    os.close(written)
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["-m", *arguments[1:]]
    runpy.run_module(arguments[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    # as `python -m` has it: the working directory, not the script's folder
    sys.path[0] = str(Path.cwd())
    _serve(socket.socket(fileno=int(sys.argv[1])))
