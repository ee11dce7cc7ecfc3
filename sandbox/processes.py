"""Keeps child processes running as a platform would: what dies is started again, with backoff."""

import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from sandbox.leftovers import end, in_session

FIRST_BACKOFF = 0.5
LONGEST_BACKOFF = 15.0
# Who ran as long as this has started well: its next end counts as the first.
STEADY_SECONDS = 10.0
# RQ's workers end their job first when asked to stop.
STOP_SECONDS = 8.0


class Supervised:
    """One command that runs until it is stopped."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        environment: Mapping[str, str],
        directory: Path,
        log: Path,
        tell: Callable[[str], None],
    ) -> None:
        """Nothing runs yet; `tell` takes a line for people when it dies."""
        self.name = name
        self.log = log
        self.starts = 0
        #: how long a stop waits before it kills
        self.patience = STOP_SECONDS
        self._command = list(command)
        self._environment = dict(environment)
        self._directory = directory
        self._tell = tell
        self._child: subprocess.Popen[bytes] | None = None
        self._unwanted = threading.Event()
        self._keeper: threading.Thread | None = None
        self._change = threading.Lock()

    @property
    def pid(self) -> int | None:
        """The process's id while it runs."""
        child = self._child
        return child.pid if child is not None and child.poll() is None else None

    @property
    def running(self) -> bool:
        """Whether it runs at this moment."""
        return self.pid is not None

    def start(self, environment: Mapping[str, str] | None = None) -> None:
        """Run it from now on; `environment` adds to what it had, for good."""
        if self._keeper is not None:
            return
        self._environment.update(environment or {})
        self._unwanted.clear()
        self._spawn()
        self._keeper = threading.Thread(target=self._keep, name=f"keep {self.name}", daemon=True)
        self._keeper.start()

    def kill(self) -> None:
        """End it as a crash would, and nothing that it started; it comes back by itself."""
        self._send(signal.SIGKILL)

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """End it and all it started, for good."""
        with self._change:
            self._unwanted.set()
            child = self._child
        if child is None:
            return
        self._send(how)
        try:
            child.wait(self.patience)
        except subprocess.TimeoutExpired:
            self._tell(f"{self.name} did not end within {self.patience:g} s, and was killed.")
            child.kill()
            child.wait()
        end(in_session(child.pid))
        if self._keeper is not None:
            self._keeper.join()
        self._keeper = None

    def _send(self, how: signal.Signals) -> None:
        child = self._child
        if child is not None:
            child.send_signal(how)  # does nothing when it has ended

    def _spawn(self) -> None:
        with self.log.open("ab") as log:
            self._child = subprocess.Popen(
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=self._environment,
                cwd=self._directory,
                # Ctrl-C at the terminal reaches the supervisor alone: it ends them in order
                start_new_session=True,
            )
        self.starts += 1

    def _keep(self) -> None:
        backoff = FIRST_BACKOFF
        while self._child is not None:
            began = time.monotonic()
            code = self._child.wait()
            if self._unwanted.is_set():
                return
            if time.monotonic() - began > STEADY_SECONDS:
                backoff = FIRST_BACKOFF
            self._tell(f"{self.name} ended ({_said(code)}), again in {backoff:g} s: {self.log}")
            if self._unwanted.wait(backoff):
                return
            backoff = min(backoff * 2, LONGEST_BACKOFF)
            with self._change:
                if self._unwanted.is_set():
                    return
                self._spawn()


def _said(code: int) -> str:
    return signal.Signals(-code).name if code < 0 else f"exit code {code}"
