"""Named points at which a rehearsal can have this process die, stop, fail or dawdle.

They do nothing unless `DAYBREAK_FAILPOINTS` names a folder, which only the sandbox does. A file in
it is called like a point and says what happens there: `kill`, `stop`, `error`, `delay SECONDS`, or
`hold`. Whoever reaches the point first renames the file to `<point>.hit`, notes its process and
obeys: each strikes once over all processes, and whoever put it there sees whom it has struck. Who
is held goes on as soon as that file is taken away.
"""

import os
import signal
import threading
import time
from contextlib import suppress
from pathlib import Path

from migration.errors import Transient

HOLD_POLL_SECONDS = 0.005


class Struck(Transient):
    """A failpoint of the rehearsal was set to fail here."""


class _Folder:
    path: Path | None = None


def watch(folder: str) -> None:
    """Obey the files in this folder from now on; an empty string ends that."""
    _Folder.path = Path(folder) if folder else None


def reach(point: str) -> None:
    """A boundary that a rehearsal may strike at.

    Raises:
        Struck: it was told to fail here.
    """
    if _Folder.path is None:
        return
    armed, hit = _Folder.path / point, _Folder.path / f"{point}.hit"
    with suppress(FileNotFoundError):
        armed.rename(hit)
        act = hit.read_text()
        hit.write_text(f"{act} by {os.getpid()}")
        _obey(hit, *act.split())


def _obey(hit: Path, act: str, *arguments: str) -> None:
    match act:
        case "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        case "stop":
            # To this very thread, which then goes no further: sent to the process, another thread
            # may take it first, and this one does its next act before all stand still.
            signal.pthread_kill(threading.get_ident(), signal.SIGSTOP)
        case "delay":
            time.sleep(float(arguments[0]))
        case "hold":
            while hit.exists():
                time.sleep(HOLD_POLL_SECONDS)
        case _:
            raise Struck
