"""The page for the day on which nothing of ours runs: its commands, run as they stand there."""

import json
import re
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest
from cases import nobody_left_waiting
from crash_ground import Application, CrashGround
from cut_over_page import Block, Row, blocks, table
from cutover_ground import SOURCE, assert_writes_flow, eventually
from detector import detecting
from judge import judge
from prepared_base import TARGET_INSTANCE
from terminal import Terminal


@dataclass(frozen=True)
class Case:
    """Where a cut-over is struck down, and what its databases say afterwards."""

    strikes: tuple[tuple[str, str], ...]
    source: str
    promoted: bool
    target: str


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
}


def row_for(case: Case) -> Row:
    """The one row of the page that speaks of it."""
    (row,) = (row for row in table() if row.fits(case.source, case.promoted, case.target))
    return row


def test_every_row_of_the_page_is_tried() -> None:
    """Except the one that tells to do nothing."""
    tried = {row_for(case) for case in CASES.values()}
    assert [row.do[:7] for row in table() if row not in tried] == ["nothing"]


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
            _, _, epoch = self.look("source")
            self._terminal.lead(block.text, self.ends, epoch)
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


@pytest.mark.table("by hand")
@pytest.mark.parametrize("name", CASES)
def test_the_page_opens_one_database(ground: CrashGround, name: str) -> None:
    """Writes flow to one side, every acknowledged one is there, and the other side is closed."""
    case = CASES[name]
    approved = ground.approve(ground.begin(20.0, processes=()))
    for point, act in case.strikes:
        ground.strike(point, act)
    ground.host.start("workers worker")
    with (
        ground.clients(kind=Application) as clients,
        detecting(ground) as detector,
        nobody_left_waiting(ground),
    ):
        for point, _ in case.strikes:
            ground.cut_over_to(point, approved)
        end_everything(ground)
        engineer = Engineer(ground)
        eventually(
            lambda: (
                (engineer.look("source")[1], *engineer.look("target")[:2])
                == (case.source, not case.promoted, case.target)
            ),
            "the state to be mended",
        )
        letters = row_for(case).letters
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

        # Daybreak comes back, and only records what it finds.
        ground.host.start("workers reconciler")
        ground.settled(approved)
        assert_writes_flow(clients)

    assert place == {"source": SOURCE, "target": TARGET_INSTANCE}[there]
    struck = [ground.struck_at(point) for point, _ in case.strikes]
    outcome = judge(ground, approved, clients, detector, struck)
    assert outcome.survived, outcome
    if there == "target":
        canlogin = "SELECT rolcanlogin FROM pg_roles WHERE rolname = 'app'"
        assert ground.scalar(SOURCE, canlogin) is False
