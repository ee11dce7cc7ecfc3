"""`python -m sandbox demo`: a whole migration under writers, accounted for to the last row."""

import json
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import boto3
import psycopg

from sandbox.report import (
    Report,
    cut_over_figures,
    mode_of,
    now,
    outage_figures,
    probe_figures,
    write_pauses,
)
from sandbox.servers.resolve import resolve
from sandbox.settings import SOURCE, Options, UsageError
from sandbox.slack.people import NotOnTheScreen, Refused, WaitedInVain
from sandbox.story import FREEZE, PROMOTE, WAY_BACK, Story, StoryError
from sandbox.supervisor import Sandbox, Tell
from sandbox.workload.ledger import Account, account, only_in_first
from sandbox.workload.pause import Pause, pause
from sandbox.workload.records import Outcome, read

#: The demo scripts the people, starts the writers and reads both ledgers: it needs these itself.
OWN_PARTS = ("slack", "workload", "aws")
# The writers have to have begun before, and go on after, so that the pause is measured.
WRITTEN_BEFORE = 1000
SECONDS_AFTER = 4.0
BEGIN_SECONDS = 60.0
POLL_SECONDS = 0.1
COMPLETED, ROLLED_BACK = "completed", "rolled back"
SNAPSHOT = "snapshot"


@dataclass(frozen=True)
class Ending:
    """How it came out: what the workers say, and what the ledgers hold."""

    shown: dict[str, Any]
    account: Account
    pause: Pause
    #: the same of the roll back, where there was to be one
    rollback: Pause | None
    #: rows that the closed database took, and the one in use has not
    strays: int
    #: why it is no success, for people
    problems: tuple[str, ...]


def run(options: Options, tell: Tell) -> int:
    """Run the demo and write its report; 0 only for the end that was asked for, all accounted for.

    That end is a completed migration; with `rollback` one that was rolled back.
    """
    missing = [part for part in OWN_PARTS if not options.has(part)]
    if missing:
        raise UsageError(f"The demo needs its own {', '.join(missing)}; `up` does not.")
    clock = Clock(tell)
    started_at = now()
    with Sandbox(options, clock.tell) as sandbox:
        clock.tell(f"It is up: {sandbox.data_mb:.0f} MB, {options.writers} writers at work.")
        problem = _live_through(sandbox, clock.tell)
        ending = _account_for(sandbox, problem)
        report = _report(sandbox, ending, started_at)
    path = options.home / options.report
    report.write(path)
    for line in ("", *report.lines(), f"The report: {path}"):
        tell(line)
    for line in (*ending.account.errors, *ending.problems):
        tell(f"! {line}")
    return 1 if ending.problems else 0


class Clock:
    """Puts the time since the start before each line."""

    def __init__(self, tell: Tell) -> None:
        """The clock starts now."""
        self._tell = tell
        self._began = time.monotonic()

    def tell(self, line: str) -> None:
        """Tell it with the time."""
        self._tell(f"[{time.monotonic() - self._began:6.1f} s] {line}")


def _live_through(sandbox: Sandbox, tell: Tell) -> str:
    """The story from the first word to a while after the last; why it failed, or nothing."""
    assert sandbox.workspace is not None  # noqa: S101 - `run` has made sure of it
    by_snapshot = sandbox.options.method == SNAPSHOT
    story = Story(sandbox.workspace, tell, FREEZE if by_snapshot else PROMOTE)
    try:
        _wait_for_writers(sandbox)
        story.ask(" ".join(_ways(sandbox)), findings=True)
        story.be_refused("oscar")
        story.be_refused("rita")
        story.promote()
        if sandbox.options.rollback:
            _write_on(tell, "the target")
            story.roll_back()
    except (StoryError, NotOnTheScreen, Refused, WaitedInVain) as error:
        tell(f"The story broke off: {error}")
        return str(error)
    _write_on(tell, "the source" if sandbox.options.rollback else "the target")
    return ""


def _write_on(tell: Tell, where: str) -> None:
    tell(f"The writers go on for {SECONDS_AFTER:g} s, on {where} ...")
    time.sleep(SECONDS_AFTER)


def _ways(sandbox: Sandbox) -> list[str]:
    """What Rita types behind the instance's name."""
    method = [f"method={SNAPSHOT}"] if sandbox.options.method == SNAPSHOT else []
    return [*method, *([WAY_BACK] if sandbox.options.rollback else [])]


def _wait_for_writers(sandbox: Sandbox) -> None:
    deadline = time.monotonic() + BEGIN_SECONDS
    while _acknowledged(sandbox) < WRITTEN_BEFORE:
        if time.monotonic() > deadline:
            raise StoryError(f"The writers do not write: {sandbox.options.logs / 'writers.log'}")
        time.sleep(POLL_SECONDS)


def _acknowledged(sandbox: Sandbox) -> int:
    files = [sandbox.records] if sandbox.records.exists() else []
    return sum(record.outcome is Outcome.ACKNOWLEDGED for record in read(files))


def _account_for(sandbox: Sandbox, problem: str) -> Ending:
    """Stop the writers and hold their records against the database that has to have it all."""
    assert sandbox.cloud is not None  # noqa: S101 - `run` has made sure of it
    assert sandbox.writers is not None  # noqa: S101 - `run` has made sure of it
    sandbox.writers.stop()
    shown = _show(sandbox)
    problems = [problem] if problem else []
    wanted = ROLLED_BACK if sandbox.options.rollback else COMPLETED
    if shown.get("status") != wanted:
        problems.append(f"The migration is not {wanted}: {shown.get('status', 'none')}.")
    in_use, closed = _in_use(sandbox, shown)
    if closed and not _leads_to(sandbox, sandbox.cloud.address(in_use)):
        problems.append(f"The application's way does not lead to {in_use}.")
    database = sandbox.cloud.superuser_dsn(in_use)
    strays = only_in_first(sandbox.cloud.superuser_dsn(closed), database) if closed else 0
    found = account([sandbox.records], database, _outage(shown.get("cutover") or {}))
    if strays:
        problems.append(f"{strays} rows of {closed}, which is closed, are not on {in_use}.")
    problems += _complaints(found)
    # what is only logged is denied all the same
    problems += [f"AWS denied something: {words}." for words in sandbox.cloud.permissions.denied]
    problems += [str(error) for error in sandbox.cloud.failures]
    return Ending(
        shown,
        found,
        _pause_in(sandbox, shown.get("cutover")) or Pause(None, None),
        _pause_in(sandbox, shown.get("rollback")),
        strays,
        tuple(problems),
    )


def _in_use(sandbox: Sandbox, shown: dict[str, Any]) -> tuple[str, str]:
    """The instance that the application writes to, and the closed one, if there is one by now."""
    if not shown.get("cutover"):
        return SOURCE, ""
    writer = _writer_of(sandbox, str(shown["target"]))
    return (SOURCE, writer) if shown.get("rollback") else (writer, SOURCE)


def _pause_in(sandbox: Sandbox, facts: dict[str, Any] | None) -> Pause | None:
    """As the writers saw it, in the window of a cut-over or roll back; None of none."""
    known = facts or {}
    began, ended = known.get("outage_began_at") or known.get("started_at"), known.get("ended_at")
    if not began or not ended:
        return None
    return pause(read([sandbox.records]), (float(began), float(ended)))


def _outage(cutover: Mapping[str, Any]) -> tuple[float, float] | None:
    """The outage that the report states; None where clients had none to expect."""
    began = cutover.get("outage_began_at")
    ended = cutover.get("outage_ended_at") or cutover.get("ended_at")
    return (float(began), float(ended)) if began and ended else None


def _complaints(found: Account) -> list[str]:
    said = {
        "lost": found.lost,
        "duplicated": found.duplicated,
        "phantom": found.phantom,
        "client errors": found.client_errors,
    }
    problems = [f"{number} {name}." for name, number in said.items() if number]
    if not found.balance_matches:
        problems.append("An account's balance is not the sum of its ledger rows.")
    if not found.sequence_ok:
        problems.append("A sequence is behind the numbers that it has given out.")
    return problems


def _show(sandbox: Sandbox) -> dict[str, Any]:
    """The latest migration as the workers' own command tells it; empty when there is none."""
    migrations = _workers(sandbox, "list", "--json")
    if not migrations:
        return {}
    shown: dict[str, Any] = _workers(sandbox, "show", "--json", migrations[0]["id"])
    return shown


def _workers(sandbox: Sandbox, *arguments: str) -> Any:
    done = subprocess.run(
        [sys.executable, "-m", "workers", *arguments],
        env=sandbox.environment,
        cwd=sandbox.options.checkout,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise RuntimeError(f"workers {arguments[0]}: {done.stderr.strip()[-2000:]}")
    return json.loads(done.stdout)


def _writer_of(sandbox: Sandbox, cluster: str) -> str:
    """The instance of a cluster that takes writes, as AWS tells it."""
    values = sandbox.environment
    rds = boto3.client(
        "rds",
        endpoint_url=values["AWS_ENDPOINT_URL"],
        region_name=values["AWS_REGION"],
        aws_access_key_id=values["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=values["AWS_SECRET_ACCESS_KEY"],
    )
    (found,) = rds.describe_db_clusters(DBClusterIdentifier=cluster)["DBClusters"]
    (writer,) = [m for m in found["DBClusterMembers"] if m["IsClusterWriter"]]
    return str(writer["DBInstanceIdentifier"])


def _leads_to(sandbox: Sandbox, address: str) -> bool:
    """Whether the application arrives at this address, by its own name for the database."""
    dsn = sandbox.environment["DAYBREAK_APP_DSN"]
    with psycopg.connect(dsn, autocommit=True, prepare_threshold=None) as connection:
        row = connection.execute("SELECT host(inet_server_addr())").fetchone()
    return row == (address,)


def _report(sandbox: Sandbox, ending: Ending, started_at: str) -> Report:
    assert sandbox.workspace is not None  # noqa: S101 - `run` has made sure of it
    phases, orchestrator = cut_over_figures(ending.shown)
    plan = ending.shown.get("plan") or {}
    return Report(
        outcome=str(ending.shown.get("status", "not started")),
        method=plan.get("method"),
        mode=mode_of(ending.shown),
        engine=plan.get("engine"),
        data_mb=int(sandbox.data_mb),
        writers=sandbox.options.writers,
        acknowledged=ending.account.acknowledged,
        lost=ending.account.lost,
        duplicated=ending.account.duplicated,
        phantom=ending.account.phantom,
        client_errors=ending.account.client_errors,
        outage=outage_figures(ending.shown, ending.account.refused),
        write_pause_ms=write_pauses(ending.pause, orchestrator, ending.rollback),
        probe_pause_ms=probe_figures(ending.shown),
        phases_ms=phases,
        slack=sandbox.workspace.counts(),
        servers={name: _server(sandbox, name) for name in ("postgres", "redis", "pgbouncer")},
        started_at=started_at,
        finished_at=now(),
    )


def _server(sandbox: Sandbox, name: str) -> dict[str, str]:
    if name != "postgres" and not sandbox.options.has(name):
        return {"version": "unknown", "from": "the caller"}
    program = resolve(name)
    return {"version": program.version, "from": program.origin}
