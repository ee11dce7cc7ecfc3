"""Lets one sandbox of a checkout run at a time, and says who it is."""

import fcntl
import os
import time
from pathlib import Path

from sandbox.settings import UsageError


class Lock:
    """Held as long as its process lives: the kernel lets go of it even after a `kill -9`."""

    def __init__(self, path: Path) -> None:
        """Nothing is locked yet."""
        self._path = path
        self._file: int | None = None

    def take(self) -> None:
        """Take the lock; UsageError names the holder when somebody else has it."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        file = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(file)
            raise UsageError(
                f"A sandbox of this checkout is running already ({self._said()})."
                " End it with `make stop`, or Ctrl-C where it runs."
            ) from None
        os.ftruncate(file, 0)
        os.write(file, f"{os.getpid()} {time.strftime('%H:%M:%S')}\n".encode())
        self._file = file

    def release(self) -> None:
        """Let others have it."""
        if self._file is not None:
            os.ftruncate(self._file, 0)
            os.close(self._file)
            self._file = None

    def holder(self) -> int | None:
        """The process that holds the lock now, if any."""
        try:
            file = os.open(self._path, os.O_RDONLY)
        except FileNotFoundError:
            return None
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            words = self._path.read_text().split()
            return int(words[0]) if words else None
        else:
            return None
        finally:
            os.close(file)

    def _said(self) -> str:
        words = self._path.read_text().split()
        return f"process {words[0]}, since {words[1]}" if words else "just starting"
