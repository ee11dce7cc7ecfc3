"""The processes of one host: started as a platform would, and ended with all they left behind."""

import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from cutover_ground import eventually

# In the environment of whatever is started here, and so of its children: a work-horse is in a
# process group of its own, and may outlive its worker.
MARK = "DAYBREAK_TEST_HOST"


class Host:
    """Processes by their command, such as `workers worker`, and a log for each."""

    def __init__(self, folder: Path) -> None:
        """Nothing runs yet."""
        self.folder = folder
        self.environment: dict[str, str] = {}
        self._mark = f"{MARK}={folder}".encode()
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._beside: list[subprocess.Popen[bytes]] = []

    def start(self, *commands: str) -> None:
        """Run these of `python -m`, each in a session of its own."""
        for command in commands:
            with self.log(command).open("ab") as log:
                self._processes[command] = subprocess.Popen(
                    [sys.executable, "-m", *command.split()],
                    stdout=log,
                    stderr=log,
                    env=self._whole_environment(),
                    start_new_session=True,
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
            if process.poll() is not None:
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
        """The ids of all that lives."""
        found = []
        for entry in Path("/proc").iterdir():
            with suppress(OSError):
                if entry.name.isdigit() and self._mark in (entry / "environ").read_bytes():
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
        return {**os.environ, **self.environment, MARK: str(self.folder)}


def _stands_still(pid: int) -> bool:
    state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    return state == "T"
