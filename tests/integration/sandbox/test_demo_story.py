"""The demo's people and its report, where the demo itself runs too smoothly to show them."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from small_sandbox import both_transports, small_sandbox

from sandbox.demo import COMPLETED
from sandbox.report import (
    Report,
    cut_over_figures,
    mode_of,
    outage_figures,
    probe_figures,
    write_pauses,
)
from sandbox.slack.cast import default_cast
from sandbox.story import Story
from sandbox.supervisor import Sandbox
from sandbox.words import names_of, plain
from sandbox.workload.ledger import account, only_in_first
from sandbox.workload.pause import Pause


@contextmanager
def an_open_transaction(dsn: str) -> Iterator[None]:
    """Somebody who has begun, has written, and thinks about it."""
    with psycopg.connect(dsn, prepare_threshold=None) as connection:
        connection.execute("UPDATE accounts SET changed_at = now() WHERE id = 1")
        yield


class Telling:
    """Takes the story's lines; at one of them somebody gets in the way, at another they leave."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.lines: list[str] = []
        self._sandbox = sandbox
        self._transaction: Any = None

    def __call__(self, line: str) -> None:
        """Take one."""
        self.lines.append(line)
        if line.startswith("adam reads") and self._transaction is None:
            self._transaction = an_open_transaction(self._sandbox.environment["DAYBREAK_APP_DSN"])
            self._transaction.__enter__()
        if line.startswith("The cut-over went back"):
            self._transaction.__exit__(None, None, None)


@pytest.mark.parametrize("transport", both_transports())
def test_a_cut_over_that_went_back_is_tried_again(transport: str) -> None:
    """A transaction stays open: the source goes on, nothing is lost, and later it works."""
    # a cut-over with little patience
    with small_sandbox(transport, DAYBREAK_PAUSE_SECONDS="0.5") as sandbox:
        assert sandbox.workspace is not None
        assert sandbox.writers is not None
        assert sandbox.cloud is not None
        telling = Telling(sandbox)
        story = Story(sandbox.workspace, telling)
        story.ask()
        refused = [story.be_refused(name) for name in ("oscar", "rita")]
        story.promote()
        sandbox.writers.stop()
        source, target = map(sandbox.cloud.superuser_dsn, ("orders", "orders-aurora-1"))
        found, strays = account([sandbox.records], target), only_in_first(source, target)

    assert "you are not among the approvers" in refused[0]
    assert "somebody else has to decide" in refused[1]
    assert sum(line.startswith("adam clicks") for line in telling.lines) == 2
    assert any(line.startswith("The cut-over went back (attempt 1") for line in telling.lines)
    assert found.clean, found
    assert strays == 0


def test_markup_becomes_plain_words() -> None:
    """Ids become names, dates and links their words; Slack's escapes are undone."""
    names = names_of(default_cast())
    text = (
        "*Done* by <@U0RITA00001>, <!subteam^S0DBAONCALL>, <#C0MIGRATION>: `a &lt; b`"
        " <!date^1700000000^{time}|22:13 UTC> <http://x/|there> <http://y/>"
    )

    assert plain(text, names) == (
        "Done by @rita, @dba-oncall, #migrations: a < b 22:13 UTC there http://y/"
    )


def test_a_report_without_a_cut_over_says_so(tmp_path: Path) -> None:
    """What was not measured is null, and `unmeasured` for people: never zero."""
    phases, orchestrator = cut_over_figures({"status": "halted", "cutover": None})
    report = Report(
        outcome="halted",
        method="read replica",
        mode=mode_of({"options": {"login": False}}),
        engine="rq",
        data_mb=300,
        writers=16,
        acknowledged=10,
        lost=0,
        duplicated=0,
        phantom=0,
        client_errors=0,
        write_pause_ms=write_pauses(Pause(None, None), orchestrator, None),
        probe_pause_ms=probe_figures({"cutover": {"probe": {"not_measured": "no certificate"}}}),
        phases_ms=phases,
        slack={"posted": 1},
        servers={"redis": {"version": "7.0", "from": "system"}},
        started_at="",
        finished_at="",
    )
    report.write(tmp_path / "build" / "demo.json")
    written = json.loads((tmp_path / "build" / "demo.json").read_text())

    assert written["mode"] == "without login"
    assert (mode_of({}), mode_of({"options": {"login": True}})) == (None, "with login")
    assert written["write_pause_ms"] == {"longest_wait": None, "gap": None, "orchestrator": None}
    assert written["probe_pause_ms"] == {"longest_wait": None, "gap": None}
    assert written["phases_ms"] == {}
    assert "unmeasured by Daybreak's own clock" in "\n".join(report.lines())
    assert not any(line.startswith("rolling back") for line in report.lines())
    assert report.outcome != COMPLETED


def test_an_outage_is_told_with_what_it_may_leave_behind() -> None:
    """As the channel states it; nothing of it where clients had none to expect."""
    cutover = {"outage_began_at": 100.0, "ended_at": 177.5, "outage_ended_at": 177.6}

    assert outage_figures({"cutover": cutover}, 3) == {
        "seconds": 77.5,
        "late_seconds": 0.1,
        "refused": 3,
    }
    assert outage_figures({"cutover": {"started_at": 1.0, "ended_at": 2.0}}, 0) is None
    assert outage_figures({"cutover": None}, 0) is None


def test_a_roll_backs_pause_stands_beside_the_cut_overs() -> None:
    """In the JSON under a key of its own, and on a line of its own."""
    pauses = write_pauses(Pause(210.2, 120.5), 190.0, Pause(155.1, None))

    assert pauses == {
        "longest_wait": 210.2,
        "gap": 120.5,
        "orchestrator": 190.0,
        "rollback": {"longest_wait": 155.1, "gap": None},
    }
