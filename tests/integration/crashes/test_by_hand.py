"""The page for the day on which nothing of ours runs: its commands, run as they stand there."""

import json
import re
import signal
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest
from cases import nobody_left_waiting
from crash_ground import Application, CrashGround
from cut_over_page import SILENT, Block, Row, blocks, table
from cutover_ground import SOURCE, TARGET, assert_writes_flow, eventually
from detector import detecting
from judge import judge
from prepared_base import TARGET_INSTANCE
from terminal import Terminal

from migration.model import Migration


@dataclass(frozen=True)
class Case:
    """Where a cut-over is struck down, and what its databases say afterwards."""

    strikes: tuple[tuple[str, str], ...]
    source: str
    promoted: bool
    target: str
    #: whether the engineer takes the other way that the row allows
    forward: bool = False


# Not a point of ours: the replica is promoted now, whoever did that.
LATE = ("promotion", "late")
# Nor this: the source answers nobody until Daybreak itself is back.
LOST = ("source", "lost")

CASES = {
    "held, never fenced": Case((("paused", "kill"),), "open", False, "open"),
    "reopened, led to the target": Case(
        (("redirected", "error"), ("back-reopened", "kill")), "open", True, "abandoned"
    ),
    "fenced": Case((("drained", "kill"),), "fenced", False, "fenced"),
    "promoted": Case((("promoted", "kill"),), "fenced", True, "fenced"),
    "redirected": Case((("redirected", "kill"),), "fenced", True, "claimed"),
    "opened": Case((("lifted", "kill"),), "fenced", True, "opened"),
    "going back": Case(
        (("drained", "error"), ("back-announced", "kill")), "reopening", False, "reopening"
    ),
    "given up": Case((("checked", "error"), ("back-gave-up", "kill")), "fenced", True, "abandoned"),
    "given up, going back": Case(
        (("checked", "error"), ("back-announced", "kill")), "reopening", True, "abandoned"
    ),
    "promoted, going back": Case(
        (("promoted", "error"), ("back-announced", "kill")), "reopening", True, "fenced"
    ),
    "promoted before the fence": Case(
        (("paused", "hold"), LATE, ("fenced", "kill")), "fenced", True, "open"
    ),
    "promoted before the fence, going back": Case(
        (("paused", "hold"), LATE, ("fenced", "error"), ("back-announced", "kill")),
        "reopening",
        True,
        "open",
    ),
    "promoted after all": Case(
        (
            ("drained", "error"),
            ("back-announced", "kill"),
            LATE,
            ("successor-took-charge", "kill"),
        ),
        "fenced",
        True,
        "reopening",
    ),
    "promoted, forward": Case((("promoted", "kill"),), "fenced", True, "fenced", forward=True),
    "redirected, forward": Case((("redirected", "kill"),), "fenced", True, "claimed", forward=True),
    "source lost": Case((("promoted", "kill"), LOST), SILENT, True, "fenced"),
    "source lost, opened": Case((("lifted", "kill"), LOST), SILENT, True, "opened"),
}


def row_for(case: Case) -> Row:
    """The one row of the page that speaks of it."""
    (row,) = (row for row in table() if row.fits(case.source, case.promoted, case.target))
    return row


def letters_for(case: Case) -> list[str]:
    """What the engineer does, in its order."""
    row = row_for(case)
    return row.forward if case.forward else row.letters


def test_every_row_of_the_page_is_tried() -> None:
    """Both ways of one that has two; those excepted that tell to do nothing."""
    tried = {(row_for(case), case.forward) for case in CASES.values()}
    told = {(row, forward) for row in table() for forward in {False, bool(row.forward)}}
    assert [row.do[:7] for row, _ in told - tried] == ["nothing", "nothing"]
    assert not tried - told


def strike(ground: CrashGround, case: Case, approved: Migration) -> None:
    """Have everything happen, one after the other."""
    for point, act in case.strikes:
        if (point, act) == LATE:
            promote_by_hand(ground)
            for held, _ in (one for one in case.strikes if one[1] == "hold"):
                ground.release(held)
        elif (point, act) == LOST:
            ground.base.server(SOURCE).stop(signal.SIGQUIT)
        else:
            if point.startswith("successor"):
                ground.host.start("workers reconciler")
            ground.cut_over_to(point, approved)


def promote_by_hand(ground: CrashGround) -> None:
    """By AWS, until the target says so; nobody of ours asked for it."""
    ground.bench.tools.rds.promote(TARGET, timeout_seconds=20)
    server = ground.base.server(TARGET_INSTANCE)
    eventually(lambda: server.query("SELECT pg_is_in_recovery()") == [(False,)], "a promotion")


class Engineer:
    """Has the page, a terminal and the right to use AWS; nothing else."""

    def __init__(self, ground: CrashGround) -> None:
        self._terminal = Terminal(ground)
        instance, cluster, secret = (self._terminal.aws(line) for line in self._lines("F"))
        login = json.loads(secret)
        status, host, port, _replicates = cluster
        assert status
        self.ends = {"source": tuple(instance), "target": (host, port)}
        self._dsns = {
            side: psycopg.conninfo.make_conninfo(
                host=host,
                port=port,
                user=login["username"],
                password=login["password"],
                dbname=login["dbname"],
                sslmode="require",
            )
            for side, (host, port) in self.ends.items()
        }

    def sees(self) -> tuple[str, bool, str]:
        """The source's state, whether the target is a replica, and its state."""
        recovery, target, _ = self.look("target")
        try:
            _, source, _ = self.look("source")
        except psycopg.OperationalError:
            source = SILENT
        return source, recovery, target

    def epoch(self) -> int:
        """The source's, or the target's where the source does not answer."""
        try:
            return self.look("source")[2]
        except psycopg.OperationalError:
            return self.look("target")[2]

    def look(self, side: str) -> tuple[bool, str, int]:
        """Whether it is a replica, its state and its epoch."""
        (block,) = (block for block in blocks() if "L" in block.letters)
        with psycopg.connect(self._dsns[side], autocommit=True) as connection:
            for statement in block.text.splitlines():
                answer = connection.execute(statement.encode())
            recovery, state, epoch, *_ = answer.fetchone() or ()
        return recovery, state, epoch

    def do(self, letter: str) -> None:
        """Everything that the page says under that letter."""
        for block in blocks():
            if letter in block.letters:
                self._do(letter, block)

    def _do(self, letter: str, block: Block) -> None:
        if block.language == "sh":
            self._terminal.lead(block.text, self.ends, self.epoch())
        elif "console" in block.where:
            self._terminal.on_console(block.text)
        elif letter == "R":
            _, _, wanted = self.look("source")
            eventually(lambda: self._replayed(block) == (True, "reopening", wanted), "the replay")
        else:
            side = block.where.split()[-1]
            _, _, epoch = self.look(side)
            with psycopg.connect(self._dsns[side], autocommit=True) as connection:
                done = connection.execute(re.sub(r"\bE\b", str(epoch), block.text).encode())
                # a DO block says of itself when nothing was changed
                assert done.rowcount == 1 or block.text.startswith("DO ")

    def _replayed(self, block: Block) -> Any:
        with psycopg.connect(self._dsns["target"], autocommit=True) as connection:
            return connection.execute(block.text.encode()).fetchone()

    def _lines(self, letter: str) -> list[str]:
        (block,) = (block for block in blocks() if letter in block.letters)
        return block.text.splitlines()


def end_everything(ground: CrashGround) -> None:
    """Nothing of ours is left."""
    ground.host.die()
    ground.kill_agent()


@pytest.mark.table("by hand", slices=18)
@pytest.mark.parametrize("name", CASES)
def test_the_page_opens_one_database(ground: CrashGround, name: str) -> None:
    """Writes flow to one side, every acknowledged one is there, and the other side is closed."""
    case = CASES[name]
    approved = ground.approve(ground.begin(20.0, processes=()))
    points = [one for one in case.strikes if one not in (LATE, LOST)]
    for point, act in points:
        ground.strike(point, act)
    ground.host.start("workers worker")
    with (
        ground.clients(kind=Application) as clients,
        detecting(ground) as detector,
        nobody_left_waiting(ground),
    ):
        strike(ground, case, approved)
        end_everything(ground)
        engineer = Engineer(ground)
        eventually(lambda: engineer.sees() == (case.source, not case.promoted, case.target), "it")
        letters = letters_for(case)
        for letter in letters:
            engineer.do(letter)
        assert_writes_flow(clients)
        there = "target" if "T" in letters else "source"
        place = ground.place()

        # The agents come back alone, and undo nothing: nobody would be there to mend it.
        ground.start_agent()
        eventually(lambda: ground.agents_say() == engineer.ends[there], "the agent's word")
        assert_writes_flow(clients)
        assert ground.place() == place

        # A lost source comes back, too; Daybreak only records what it finds.
        if LOST in case.strikes:
            ground.base.server(SOURCE).start()
        ground.host.start("workers reconciler")
        ground.settled(approved)
        assert_writes_flow(clients)

    assert place == {"source": SOURCE, "target": TARGET_INSTANCE}[there]
    struck = [ground.struck_at(point) for point, _ in points]
    outcome = judge(ground, approved, clients, detector, struck)
    if case.target == "open":
        # Promoted while its roles could log in: but for the detector nobody knows its address, and
        # the page has the engineer shut its security groups first.
        outcome.two_writers = 0
    assert outcome.survived, outcome
    if there == "target":
        canlogin = "SELECT rolcanlogin FROM pg_roles WHERE rolname = 'app'"
        assert ground.scalar(SOURCE, canlogin) is False
