"""One measured cut-over under live writers: prepared, carried out, accounted for."""

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import median
from typing import Any

from bare_script import BareScript, Promote
from cutover_ground import SOURCE, Ground, eventually
from prepared_base import TARGET_INSTANCE, PreparedBase

from migration.model import Status, WayBack
from migration.plan import CUT_OVER
from migration.schedule import work_of
from sandbox.workload.ledger import account, only_in_first
from sandbox.workload.pause import Pause, pause
from sandbox.workload.records import Outcome, Record, read

# Every client has to have begun, and the pools to have grown.
WARM_UP_SECONDS = 1.0
AFTER_SECONDS = 0.5
# A way to cut over: gives its window and what it says of itself. What has to last until the writers
# have ended goes onto the stack.
Act = Callable[[ExitStack], tuple[tuple[float, float], dict[str, Any]]]


@dataclass(frozen=True)
class Run:
    """What one cut-over cost."""

    pause: Pause
    tx_per_second: float
    lost: int
    duplicated: int
    phantom: int
    client_errors: int
    facts: dict[str, Any] = field(default_factory=dict)


class Job:
    """The process that carries out our cut-overs."""

    def __init__(self, ground: Ground, environment: dict[str, str]) -> None:
        with (ground.folder / "job.log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, Path(__file__).parent / "cut_over_job.py"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                env={**os.environ, **ground.environment, **environment},
            )
        self._answer("ready")

    def run(self, migration_id: str, step: str, version: int) -> None:
        """Carry it out."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{migration_id} {step} {version}\n")
        self._process.stdin.flush()
        self._answer("done")

    def stop(self) -> None:
        """End it."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()

    def _answer(self, wanted: str) -> None:
        assert self._process.stdout is not None
        assert self._process.stdout.readline().strip() == wanted


def _by_us(
    ground: Ground, base: PreparedBase, job: Job, way_back: WayBack
) -> dict[str, Any] | None:
    """Approve and carry out; None when a condition of the gate was in the way of it."""
    found = ground.store.load(base.migration.id)
    options = replace(found.options, way_back=way_back)
    gated = replace(found, options=options, version=found.version + 1)
    ground.store.commit(found, gated, [], quiet=True)
    approved = ground.approve(gated)
    work = work_of(approved)
    assert work is not None
    job.run(work.migration_id, work.step, work.version)
    after = ground.store.load(approved.id)
    if after.status is Status.WAITING_FOR_APPROVAL:
        print(f"    not begun, tried again: {after.aborted}")
        return None
    assert after.status is Status.ACTIVE, (after.status, after.problem)
    return dict(after.facts[CUT_OVER])


@contextlib.contextmanager
def writers(ground: Ground, count: int, out: Path) -> Iterator[None]:
    """Clients of the workload, in a process of their own."""
    with (ground.folder / "writers.log").open("ab") as log:
        process = subprocess.Popen(
            [
                sys.executable, "-m", "sandbox.workload", "--dsn", ground.app_dsn,
                "--writers", str(count), "--out", out, "--first-client", "1",
            ],
            stdout=log,
            stderr=log,
        )  # fmt: skip
    try:
        eventually(lambda: len(_clients(out)) == count, "the writers' first commits")
        time.sleep(WARM_UP_SECONDS)
        yield
        time.sleep(AFTER_SECONDS)
    finally:
        process.terminate()
        process.wait()


def _clients(out: Path) -> set[int]:
    return {record.client for record in _records(out)}


def _records(out: Path) -> list[Record]:
    return [r for r in read([out]) if r.outcome is Outcome.ACKNOWLEDGED] if out.exists() else []


def measure(ground: Ground, count: int, act: Act) -> Run:
    """One cut-over under so many writers."""
    out = ground.folder / "writers.tsv"
    out.unlink(missing_ok=True)
    with ExitStack() as lasting, writers(ground, count, out):
        window, facts = act(lasting)
    found = account([out], ground.cloud.superuser_dsn(TARGET_INSTANCE))
    strays = only_in_first(
        ground.cloud.superuser_dsn(SOURCE), ground.cloud.superuser_dsn(TARGET_INSTANCE)
    )
    before = [r for r in _records(out) if window[0] - WARM_UP_SECONDS <= r.ended < window[0]]
    for error in found.errors:
        print(f"    ! {error}")
    return Run(
        pause=pause(read([out]), window),
        tx_per_second=len(before) / WARM_UP_SECONDS,
        lost=found.lost + strays,
        duplicated=found.duplicated,
        phantom=found.phantom,
        client_errors=found.client_errors,
        facts=facts,
    )


def ours(ground: Ground, base: PreparedBase, job: Job, way_back: WayBack = WayBack.NONE) -> Act:
    """A cut-over of ours, approved and carried out by a worker's process."""

    def act(_: ExitStack) -> tuple[tuple[float, float], dict[str, Any]]:
        facts = None
        while facts is None:
            facts = _by_us(ground, base, job, way_back)
        return (facts["started_at"], facts["ended_at"]), facts

    return act


def bare(ground: Ground, base: PreparedBase, promote: Promote) -> Act:
    """The bare script, with one way to promote.

    The agent stands still meanwhile: it would lead the entries back within a second.
    """

    def act(lasting: ExitStack) -> tuple[tuple[float, float], dict[str, Any]]:
        lasting.enter_context(ground.agent_that_hangs())
        script = BareScript(ground, base, promote)
        try:
            return script.run(), {"phases_ms": script.phases_ms}
        finally:
            script.close()

    return act


def middle(numbers: list[float | None]) -> float | None:
    """The median of what was measured."""
    known = [number for number in numbers if number is not None]
    return round(median(known), 1) if known else None
