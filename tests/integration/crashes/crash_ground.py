"""What the crash table stands on: a switchover by real processes, which die where they are told.

One ground serves many cases: each begins with a migration that waits for an approval, put back by
copy. Whoever is struck is found by the failpoint's own mark.
"""

import os
import signal
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from time import sleep, time
from typing import Any, ClassVar, TypeVar

import psycopg
from cutover_ground import SOURCE, AnyClient, Client, Ground, eventually
from direction import CUT_OVER, Direction
from prepared_base import TARGET_INSTANCE, PreparedBase
from processes import Host
from pytest import MonkeyPatch  # noqa: PT013 - chaos sets an environment, too

from migration.errors import DaybreakError
from migration.model import Migration, Status
from migration.schedule import work_of

WORKERS = ("workers worker", "workers reconciler")
# The promise is made for the lease's default, and so are the cases.
SETTINGS = {"DAYBREAK_WATCH_SECONDS": "1", "DAYBREAK_PAUSE_SECONDS": "2"}
# Who may log in.
#: Between an application's writes: without it, its clients took a third of a case's processor time
#: and whoever is struck waited for them. At full speed they write in the cut-over's own tests.
THINK_SECONDS = 0.02
ROLES = "SELECT string_agg(rolname || ' ' || rolcanlogin, ', ' ORDER BY rolname) FROM pg_roles"


@dataclass
class Application(Client):
    """A client that keeps when each acknowledged write was sent and answered, in unix seconds."""

    times: list[tuple[float, float]] = field(default_factory=list)

    def write(self, number: int, connection: psycopg.Connection[psycopg.rows.TupleRow]) -> None:
        """One transaction."""
        sent = time()
        super().write(number, connection)
        self.times.append((sent, time()))
        sleep(THINK_SECONDS)


class CrashGround(Ground):
    """A cut-over's ground whose job and reconciler are processes, and which can be had again."""

    #: Which way its cases' writes go.
    direction: ClassVar[Direction] = CUT_OVER

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        super().__init__(folder, stack)
        self.points = folder / "failpoints"
        self.points.mkdir()
        self.environment |= {"DAYBREAK_FAILPOINTS": str(self.points), **SETTINGS}
        (folder / "host").mkdir()
        self.host = Host(folder / "host")
        stack.callback(self.host.die)

    def prepare(self) -> None:
        """Make the base; the table of writes could hold one twice, so that nobody finds none.

        Each write draws a number from a sequence, too.
        """
        with psycopg.connect(self.cloud.superuser_dsn(SOURCE), autocommit=True) as connection:
            connection.execute("ALTER TABLE seen DROP CONSTRAINT seen_pkey")
            # It can go back all the same.
            connection.execute("ALTER TABLE seen REPLICA IDENTITY FULL")
            connection.execute("ALTER TABLE seen ADD COLUMN ticket bigserial")
            connection.execute("GRANT USAGE ON SEQUENCE seen_ticket_seq TO app")
            connection.execute("ALTER TABLE seen OWNER TO app_owner")
        origin = self.direction.origin
        self.base = PreparedBase(self, self.waiting_one(), leader=origin)
        self.roles = self.scalar(origin, ROLES)

    def waiting_one(self) -> Migration:
        """The migration of the base: a person's decision is all that it waits for."""
        return self.at_the_gate()

    def waits(self, migration: Migration) -> bool:
        """Whether it does so again."""
        return migration.status is Status.WAITING_FOR_APPROVAL

    def begin(
        self,
        longest: float,
        processes: Sequence[str] = WORKERS,
        **options: Any,
    ) -> Migration:
        """A new case: everything as in the base, and fresh processes that have nothing to do yet.

        Gives the migration that waits, with its longest write pause in seconds, and such options.
        """
        self.host.die()
        self.host.forget_logs()
        for mark in self.points.iterdir():
            mark.unlink()
        self.base.restore_redis()
        # they take their time to begin, and nobody asks them for anything meanwhile
        self.host.start(*processes)
        found = self.base.restore_rest()
        chosen = replace(found.options, max_write_pause_seconds=longest, **options)
        ready = replace(found, options=chosen, version=found.version + 1)
        self.store.commit(found, ready, [], work_of(ready), quiet=True)
        return ready

    @contextmanager
    def clients(self, count: int = 4, kind: type[AnyClient] = Client) -> Iterator[list[AnyClient]]:
        """See `Ground.clients`; where a test fails, those whom nobody lets go are cut off."""
        with super().clients(count, kind) as clients:
            try:
                yield clients
            except BaseException:
                self.pooler.kill()
                raise

    # strikes

    def strike(self, point: str, act: str) -> None:
        """Have whoever reaches the point obey."""
        written = self.points / f".{point}"
        written.write_text(act)
        written.rename(self.points / point)

    def struck(self, point: str) -> bool:
        """Whether somebody has."""
        return self._mark(point) is not None

    def struck_at(self, point: str) -> float:
        """When, in unix seconds."""
        mark = self._mark(point)
        assert mark is not None
        return mark.stat().st_mtime

    def release(self, point: str) -> None:
        """Let whoever is held there go on."""
        (self.points / f"{point}.hit").rename(self.points / f"{point}.over")

    def wake(self, point: str) -> None:
        """Let the process go on that was stopped there, if one was, and that still lives.

        A job's is waited for until it has ended.
        """
        mark = self._mark(point)
        pid = int(mark.read_text().rpartition(" ")[2]) if mark else 0
        if pid in self.host.processes():
            os.kill(pid, signal.SIGCONT)
            if pid not in self.host.started():
                eventually(lambda: pid not in self.host.processes(), "the end of the woken job")

    def _mark(self, point: str) -> Path | None:
        marks = (self.points / f"{point}.hit", self.points / f"{point}.over")
        return next((mark for mark in marks if mark.exists()), None)

    def cut_over_to(self, point: str, migration: Migration) -> None:
        """Wait until the point has struck; approve anew if a busy machine was in the way."""

        def struck() -> bool:
            if self.struck(point):
                return True
            now = self.store.load(migration.id)
            if self.waits(now):
                self.approve(now)
            return False

        eventually(struck, point)

    def settled(self, migration: Migration) -> Migration:
        """The migration once nobody carries it out any more."""

        def over() -> bool:
            self.host.revive()
            return self.store.load(migration.id).status is not self.direction.under_way

        eventually(over, "an outcome")
        return self.store.load(migration.id)

    def agents_say(self) -> tuple[str, int] | None:
        """Where the pooler's agent has led its entries; None until it answers."""
        try:
            (state,) = self.bench.tools.traffic.states(SOURCE)
        except DaybreakError:
            return None
        return (state.endpoint.host, state.endpoint.port) if state.endpoint else None

    def place(self) -> str:
        """Where the applications are."""
        with psycopg.connect(self.app_dsn, prepare_threshold=None, autocommit=True) as link:
            row = link.execute("SELECT host(inet_server_addr())").fetchone()
        assert row is not None
        return SOURCE if row[0] == self.cloud.address(SOURCE) else TARGET_INSTANCE


AnyGround = TypeVar("AnyGround", bound=CrashGround)


@contextmanager
def crash_ground(kind: type[AnyGround] = CrashGround) -> Iterator[AnyGround]:  # type: ignore[assignment]
    """One that is ready for its first case; the product reads its settings from the environment."""
    with ExitStack() as stack:
        folder = stack.enter_context(TemporaryDirectory(prefix="daybreak-crash-"))
        environment = stack.enter_context(MonkeyPatch.context())
        ground = kind(Path(folder), stack)
        for name, value in ground.environment.items():
            environment.setenv(name, value)
        ground.compose()
        ground.prepare()
        yield ground
