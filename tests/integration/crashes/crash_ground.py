"""What the crash table stands on: a cut-over by real processes, which die where they are told to.

Whoever is struck is found by the failpoint's own mark; the test judges by what clients were told
and by a detector that tries both databases as an application, all the time.
"""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from cutover_ground import SOURCE, TARGET, Client, Ground, eventually

from migration.model import Migration, Status

TARGET_INSTANCE = f"{TARGET}-1"


@dataclass
class Detector:
    """Tries to write to both databases as the application, straight at them, all the time."""

    dsns: dict[str, str]
    #: instants at which both took a write
    both: list[float] = field(default_factory=list)

    def run(self, stop: threading.Event) -> None:
        """Until told to stop. The source first: a fence may go up between the two looks, not down.

        A source that takes a write after the target took one has been open together with it.
        """
        target_took = False
        while not stop.is_set():
            target_took = target_took or self._takes("target")
            if target_took and self._takes("source"):
                self.both.append(time.time())
            time.sleep(0.01)

    def _takes(self, name: str) -> bool:
        try:
            with psycopg.connect(self.dsns[name], connect_timeout=2, autocommit=True) as link:
                link.execute("CREATE TEMP TABLE probe (n int)")
                link.execute("SELECT pg_current_xact_id()")
        except psycopg.Error:
            return False
        return True


class CrashGround(Ground):
    """A cut-over's ground whose job and reconciler are processes."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        super().__init__(folder, stack)
        self.points = folder / "failpoints"
        self.points.mkdir()
        self.environment |= {
            "DAYBREAK_FAILPOINTS": str(self.points),
            "DAYBREAK_LEASE_SECONDS": "4",
        }
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        stack.callback(self.end)

    def start(self, *commands: str) -> None:
        """Run these of `python -m workers`, as a platform would: in a session of their own."""
        for command in commands:
            with (self.folder / f"{command}.log").open("ab") as log:
                self._processes[command] = subprocess.Popen(
                    [sys.executable, "-m", "workers", command],
                    stdout=log,
                    stderr=log,
                    env={**os.environ, **self.environment},
                    start_new_session=True,
                )

    def end(self) -> None:
        """Everything that was started, and what it left behind."""
        for process in self._processes.values():
            for number in (signal.SIGCONT, signal.SIGKILL):
                try:
                    os.killpg(process.pid, number)
                except ProcessLookupError:
                    continue
            process.wait()
        for command in self._processes:
            log = self.folder / f"{command}.log"
            print(f"--- {command}\n{log.read_text()}")  # noqa: T201 - pytest keeps it for a failure

    def strike(self, point: str, act: str) -> None:
        """Have whoever reaches the point obey."""
        written = self.points / f".{point}"
        written.write_text(act)
        written.rename(self.points / point)

    def struck(self, point: str) -> bool:
        """Whether somebody has."""
        return (self.points / f"{point}.hit").exists()

    def wake(self, point: str) -> None:
        """Let the process go on that was stopped there, and wait until it has ended."""
        pid = int((self.points / f"{point}.hit").read_text().rpartition(" ")[2])
        os.kill(pid, signal.SIGCONT)
        eventually(lambda: not Path(f"/proc/{pid}").exists(), "the end of the woken process")

    def run(self, *arguments: str) -> str:
        """What one command of `python -m workers` prints."""
        return subprocess.run(
            [sys.executable, "-m", "workers", *arguments],
            env={**os.environ, **self.environment},
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        ).stdout

    def revive(self) -> None:
        """Start again what has died, as a platform would."""
        for command, process in list(self._processes.items()):
            if process.poll() is not None:
                self.start(command)

    def cut_over_to(self, point: str, migration: Migration) -> None:
        """Wait until the point has struck; approve anew if a busy machine was in the way."""

        def struck() -> bool:
            if self.struck(point):
                return True
            now = self.store.load(migration.id)
            if now.status is Status.WAITING_FOR_APPROVAL:
                print(f"--- not yet: {now.aborted}")  # noqa: T201 - see `end`
                self.approve(now)
            return False

        eventually(struck, point)

    def settled(self, migration: Migration) -> Migration:
        """The migration once nobody carries out its cut-over any more."""

        def over() -> bool:
            self.revive()
            return self.store.load(migration.id).status is not Status.CUTTING_OVER

        eventually(over, "an outcome")
        return self.store.load(migration.id)

    @contextmanager
    def detector(self) -> Iterator[Detector]:
        """Tries both databases until the block ends."""
        stop = threading.Event()
        password = self.cloud.password(SOURCE, "app")

        def dsn(identifier: str) -> str:
            return psycopg.conninfo.make_conninfo(
                host=self.cloud.address(identifier),
                port=self.cloud.port,
                dbname="app",
                user="app",
                password=password,
                sslmode="require",
            )

        detector = Detector({"source": dsn(SOURCE), "target": dsn(TARGET_INSTANCE)})
        thread = threading.Thread(target=detector.run, args=(stop,))
        thread.start()
        try:
            yield detector
        finally:
            stop.set()
            thread.join()

    def place(self) -> str:
        """Where the applications are."""
        with psycopg.connect(self.app_dsn, prepare_threshold=None, autocommit=True) as link:
            row = link.execute("SELECT host(inet_server_addr())").fetchone()
        assert row is not None
        return SOURCE if row[0] == self.cloud.address(SOURCE) else TARGET_INSTANCE

    def account(self, clients: list[Client]) -> tuple[str, list[str]]:
        """Where the applications are, and what is wrong with their writes there, once they stop."""
        place = self.place()
        wrong = []
        for client in clients:
            found = self.numbers_on(place, client)
            lost = set(client.acknowledged) - set(found)
            if lost:
                wrong.append(f"lost {sorted(lost)}")
            phantom = set(found) - set(client.acknowledged) - client.unknown
            if phantom:
                wrong.append(f"phantom {sorted(phantom)}")
        return place, wrong
