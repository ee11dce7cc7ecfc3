"""One server as a child process: started under the right account, its pid on disk, always ended."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

from sandbox.servers.account import give, popen_options

START_SECONDS = 30.0
STOP_SECONDS = 10.0
POLL_SECONDS = 0.01


def free_port(host: str = "127.0.0.1") -> int:
    """A port nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind((host, 0))
        port: int = probe.getsockname()[1]
        return port


def make_directory(path: Path) -> Path:
    """A folder that the servers' account owns and others may look into."""
    path.mkdir(parents=True, exist_ok=True)
    path.chmod(0o755)
    give(path)
    return path


def _started_at(pid: int) -> str:
    """When the kernel started this process, in ticks: tells it from a later one of the same id."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]


class ServerProcess:
    """Runs one command that listens on an address until it is told to end."""

    def __init__(
        self, command: Sequence[str], *, environment: dict[str, str], pid_file: Path, log: Path
    ) -> None:
        """Nothing starts yet. The pid file is what a next start cleans up by."""
        self.pid_file = pid_file
        self._command = list(command)
        self._environment = environment
        self._log = log
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """The process's id while it runs."""
        if self._child is None or self._child.poll() is not None:
            return None
        return self._child.pid

    def start(self, host: str, port: int) -> None:
        """Start it and wait until it accepts connections."""
        if self.pid is not None:
            return
        with self._log.open("ab") as log:
            self._child = subprocess.Popen(
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, **self._environment},
                # an interrupt typed at the terminal is the supervisor's to pass on, in its order
                start_new_session=True,
                **popen_options(),
            )
        self.pid_file.write_text(f"{self._child.pid} {_started_at(self._child.pid)}\n")
        self._wait_until_it_accepts(host, port)

    def stop(self) -> None:
        """End it politely, and for certain."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End it as a crash would."""
        self._end(signal.SIGKILL)

    def _end(self, how: signal.Signals) -> None:
        if self._child is None:
            return
        if self._child.poll() is None:
            self._child.send_signal(how)
        try:
            self._child.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()
        self._child = None
        self.pid_file.unlink(missing_ok=True)

    def _wait_until_it_accepts(self, host: str, port: int) -> None:
        deadline = time.monotonic() + START_SECONDS
        while self.pid is not None and time.monotonic() < deadline:
            try:
                socket.create_connection((host, port), timeout=1).close()
            except OSError:
                time.sleep(POLL_SECONDS)
            else:
                return
        self.kill()
        raise RuntimeError(f"{self._command[0]} did not start; its log: {self._log}")
