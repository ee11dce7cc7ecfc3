"""`python -m bot doctor` in a whole sandbox: all is well, and each check turned red once."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import redis
from doctor_rows import CHANNEL, ROWS, Row, secrets_in, until

from migration.adapters.rq_engine import CHANNEL as CHANNEL_QUEUE
from migration.adapters.rq_engine import CUT_OVERS, STEPS
from migration.adapters.rq_roll import roll, somebody_collects
from sandbox.readiness import listens
from sandbox.settings import Options
from sandbox.supervisor import Sandbox


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    """One source, nobody who writes."""
    with tempfile.TemporaryDirectory(prefix="daybreak-doctor-") as home:
        options = Options(
            home=Path(home),
            data_mb=1,
            rows=10,
            instances=("orders",),
            without=frozenset({"workload"}),
            environment=dict(os.environ),
        )
        with Sandbox(options, lambda _line: None) as sandbox:
            yield sandbox


@dataclass(frozen=True)
class Said:
    """What the doctor said, and its exit code."""

    code: int
    lines: list[str]
    everything: str

    def of(self, level: str) -> list[str]:
        """The lines of this level."""
        return [line for line in self.lines if line.startswith(level)]


def doctor(sandbox: Sandbox, *channels: str, **changed: str) -> Said:
    """Run it as an operator does, with the bot's settings and none of AWS's."""
    settings = {
        name: value for name, value in sandbox.environment.items() if not name.startswith("AWS_")
    }
    done = subprocess.run(
        [sys.executable, "-m", "bot", "doctor", *channels],
        env={**os.environ, **settings, **changed},
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    everything = done.stdout + done.stderr
    for secret in (*secrets_in(settings), *secrets_in(changed)):
        assert secret not in everything
    assert "Traceback" not in everything, everything
    return Said(done.returncode, done.stdout.splitlines(), everything)


def settled(sandbox: Sandbox) -> None:
    """Everybody is (back) at work: another row's trouble may just be over."""
    agent = urlsplit(sandbox.environment["DAYBREAK_POOLERS"])
    with redis.Redis.from_url(sandbox.environment["REDIS_URL"]) as connection:

        def at_work() -> bool:
            queues = {queue for one in roll(connection) for queue in one.queues}
            return (
                queues == {CHANNEL_QUEUE, CUT_OVERS, STEPS}
                and somebody_collects(connection)
                and listens(agent.hostname or "", agent.port or 0)
                and connection.exists("daybreak:inventory") == 1
            )

        until(at_work, "everybody at work")


def test_a_house_in_order(sandbox: Sandbox) -> None:
    """Every line good, status 0, the message gone again."""
    settled(sandbox)
    said = doctor(sandbox, CHANNEL)

    assert said.of("ok") == said.lines, said.everything
    assert said.code == 0
    assert sandbox.workspace is not None
    posts = [one["kind"] for one in sandbox.workspace.traffic() if one["kind"].startswith("chat.")]
    assert posts[-3:] == ["chat.postMessage", "chat.update", "chat.delete"]
    for part in (
        "bot token", "app-level token", "scopes", "approver S0DBAONCALL", f"channel {CHANNEL}",
        "post, update, delete", "Redis persistence", "Redis eviction", "Redis writes",
        "channel worker", "reconciler", "worker", "AWS identity", "AWS RDS",
        "AWS permissions, builder", "pooler https://",
    ):  # fmt: skip
        assert any(part in line for line in said.lines), (part, said.everything)


@pytest.mark.table("the doctor's findings", slices=16)
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_each_check_finds_its_trouble(sandbox: Sandbox, row: Row) -> None:
    """By a real cause: its line, its level, its remedy, and the status says the worst."""
    settled(sandbox)
    trouble: AbstractContextManager[dict[str, str]] = row.trouble(sandbox)
    with trouble as changed:
        said = doctor(sandbox, *row.channels, **changed)

    found = said.of(row.level)
    told = [line for line in found if row.says in line]
    assert told, said.everything
    assert row.remedy in told[0].partition(" -> ")[2], told
    assert said.code == (2 if said.of("FAILURE") else 1)
