"""The callables that engines reach by name; their arguments are ids."""

import signal
from functools import cache

from migration.cool_off import in_cool_off
from migration.errors import NoSuchMigration
from migration.model import Status
from migration.plan import SWITCHOVERS
from migration.service import LAG
from migration.voiding import void_approvals
from workers import check_run
from workers.app import Workbench, compose
from workers.examination import run as examination
from workers.modes import mode_of
from workers.moment import at_one_moment
from workers.remedies import job as remedy_job
from workers.runner import StepRunner
from workers.sync import watch as sync_watch


@cache
def workbench() -> Workbench:
    """Built once a process, before the worker forks: work-horses inherit it."""
    return compose()


def run_step(migration_id: str, step: str, version: int) -> None:
    """Run one step of one migration; a job that comes too late finds nothing to do.

    A platform that ends a worker often signals its work-horse, too. A switchover ends by itself
    within its budgets, and a database must not stay closed for a deploy.
    """
    if step in SWITCHOVERS:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    StepRunner(workbench()).run(migration_id, step, version)


def check(run_id: str) -> None:
    """Look at a source that nobody moves yet, and have the channel told."""
    check_run.carry_out(workbench(), run_id)


def remedy(run_id: str) -> None:
    """Go on with what a person had mended by a button."""
    remedy_job.carry_out(workbench(), run_id)


def watch(migration_id: str) -> None:
    """Look at a replica and at its source's disk, whatever step the migration is at."""
    sync_watch.carry_out(workbench(), migration_id)


def write_audit(migration_id: str) -> None:
    """Write the audit of what has ended into the bucket, if there is one."""
    keeping = workbench().audit_keeping
    if keeping is not None:
        keeping.write(migration_id)


def observe(migration_id: str, reply_to: str = "") -> None:
    """Gather the gate's evidence as of now; whoever asked is answered under `reply_to`."""
    bench = workbench()
    try:
        migration = bench.store.load(migration_id)
    except NoSuchMigration:
        return
    if migration.status is Status.WAITING_FOR_APPROVAL or in_cool_off(migration):
        evidence = mode_of(migration).gather(migration, at_one_moment(bench.tools))
        bench.store.save_evidence(migration_id, evidence)
        void_approvals(bench.store, bench.clock, migration, evidence)
        for reading in evidence.readings:
            if reading.name == LAG:
                bench.store.add_reading(migration_id, reading)
        bench.engine.refresh(migration_id)
    if reply_to:
        bench.engine.answer(migration_id, reply_to)


def examine(run_id: str) -> None:
    """Say what the doctor can't see from the bot: AWS, its permissions, the poolers."""
    examination.carry_out(workbench(), run_id)
