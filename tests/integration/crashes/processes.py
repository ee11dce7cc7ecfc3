"""The processes of one host: started as a platform would, and ended with all they left behind."""

import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from cutover_ground import eventually
from warm import Forked, warm


class Host:
    """Processes by their command, such as `workers worker`, and a log for each."""

    def __init__(self, folder: Path) -> None:
        """Nothing runs yet."""
        self.folder = folder
        self.environment: dict[str, str] = {}
        self._processes: dict[str, Forked] = {}
        self._beside: list[Forked] = []

    def start(self, *commands: str) -> None:
        """Run these of `python -m`, each in a session of its own."""
        for command in commands:
            self._processes[command] = warm().start(
                command.split(), self._whole_environment(), self.log(command)
            )

    def run(self, *arguments: str) -> str:
        """What one command of `python -m` prints."""
        return subprocess.run(
            [sys.executable, "-m", *arguments],
            env=self._whole_environment(),
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        ).stdout

    def revive(self) -> None:
        """Start again what has died, as a platform would; what stands still gets another beside."""
        for command, process in list(self._processes.items()):
            if process.ended():
                self.start(command)
            elif _stands_still(process.pid):
                self.start_another(command)

    def start_another(self, command: str) -> None:
        """One more beside the one that was started last."""
        self._beside.append(self._processes[command])
        self.start(command)

    def die(self) -> None:
        """Every process ends at once, children and stopped ones too."""
        for pid in self.processes():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        for process in (*self._processes.values(), *self._beside):
            process.wait()
        self._processes.clear()
        self._beside.clear()
        eventually(lambda: not self.processes(), "the end of the host's processes")

    def started(self) -> list[int]:
        """The ids of what was started, without their children."""
        return [process.pid for process in (*self._processes.values(), *self._beside)]

    def processes(self) -> list[int]:
        """The ids of all that lives, known by the log that they and their children write to.

        A work-horse is in a process group of its own, and may outlive its worker.
        """
        found = []
        for entry in Path("/proc").iterdir():
            with suppress(OSError):
                if entry.name.isdigit() and (entry / "fd/1").readlink().parent == self.folder:
                    found.append(int(entry.name))
        return found

    def log(self, command: str) -> Path:
        """Where it says what it does."""
        return self.folder / f"{command.replace(' ', '-')}.log"

    def forget_logs(self) -> None:
        """What was said before is no longer of interest."""
        for log in self.folder.glob("*.log"):
            log.write_bytes(b"")

    def said(self) -> str:
        """Everything that the processes have said."""
        logs = sorted(self.folder.glob("*.log"))
        return "\n".join(f"--- {log.stem}\n{log.read_text()}" for log in logs)

    def _whole_environment(self) -> dict[str, str]:
        return {**os.environ, **self.environment}


def _stands_still(pid: int) -> bool:
    state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    return state == "T"
