"""Runs one step of one migration under its lease, and records what came of it."""

import logging
import time

from migration.cool_off import in_cool_off
from migration.errors import Conflict, DaybreakError, StoreUnavailable, Transient
from migration.model import Migration, Status
from migration.plan import SWITCHOVERS
from migration.ports import Lease
from migration.schedule import job_of
from migration.steps import Outcome
from workers.app import Workbench
from workers.journal import StoreJournal
from workers.leases import HeldLease, held
from workers.observing.rehearsal import by_sight_and_sql, only_waits, rehearse
from workers.observing.sight import Kept
from workers.snapshot_method.in_charge import in_an_outage
from workers.steps.registry import activity

log = logging.getLogger(__name__)

# The job that queued this one gives its lease back a moment after it has committed.
LEASE_WAIT_SECONDS = 1.0
LEASE_POLL_SECONDS = 0.02
TAKING_DOWN = frozenset({Status.CANCELLING, Status.DROPPING})
# Approved; or closed by a job before, whose approval covers the next one.
MAY_BEGIN = frozenset({Status.CUTTING_OVER, Status.ROLLING_BACK, Status.FROZEN})


class StepRunner:
    """What both engines reach through `workers.tasks.run_step`."""

    def __init__(self, bench: Workbench) -> None:
        """A runner of this process."""
        self._bench = bench
        self._kept = Kept(bench.observations)

    def run(self, migration_id: str, step: str, version: int) -> None:
        """Run that step, if the migration still stands where the job was queued for."""
        taken = self._lease(migration_id)
        if taken is None:
            self._bench.store.look_again(migration_id, self._bench.clock.now() + 1)
            return
        lease, asked = taken
        with held(lease, self._bench.settings.lease_seconds, asked) as holder:
            migration = self._bench.store.load(migration_id)
            if migration.version != version or job_of(migration) != step:
                log.info("%s has moved on from %s v%d", migration_id, step, version)
                return
            try:
                self._run(migration, holder)
            except Conflict:
                log.info("%s was changed while %s ran; its answer is void", migration_id, step)

    def _lease(self, migration_id: str) -> tuple[Lease, float] | None:
        """The lease, and when it was asked for."""
        until = time.monotonic() + LEASE_WAIT_SECONDS
        while True:
            asked = time.monotonic()
            lease = self._bench.store.lease(migration_id, self._bench.settings.lease_seconds)
            if lease is not None:
                return lease, asked
            if time.monotonic() >= until:
                return None
            time.sleep(LEASE_POLL_SECONDS)

    def _run(self, migration: Migration, holder: HeldLease) -> None:
        step = migration.step
        if step is None:
            return
        if job_of(migration) in SWITCHOVERS and migration.status is not Status.CANCELLING:
            if migration.status in MAY_BEGIN and migration.cut_over_began is None:
                self._bench.switchover(migration).run(migration, holder)
            return
        if self._goes_on_waiting(migration):
            return
        journal = StoreJournal(self._bench.store, self._bench.clock, migration.id, step.name)
        carrier = activity(step)(self._bench.tools)
        act = carrier.compensate if migration.status in TAKING_DOWN else carrier.run
        try:
            with in_an_outage(migration, self._bench, holder):
                outcome = act(migration, journal)
        except StoreUnavailable:
            # Nothing can be recorded: the reconciler asks again once Redis answers.
            raise
        except DaybreakError as error:
            self._bench.recorder.failed(migration, error)
        except Exception as error:  # a bug of ours or an answer nobody foresaw
            log.exception("%s of %s", step.name, migration.id)
            self._bench.recorder.failed(
                migration,
                Transient(
                    f"Unexpected {type(error).__name__} in {step.name}; see the worker's log."
                ),
            )
        else:
            self._record(migration, outcome)

    def _record(self, migration: Migration, outcome: Outcome) -> None:
        after = self._bench.recorder.record(migration, outcome)
        if in_cool_off(after):
            # What it reads makes no new version: buttons stay good, and the numbers move.
            self._bench.engine.refresh(migration.id)

    def _goes_on_waiting(self, migration: Migration) -> bool:
        """By what the collector saw lately, and by what the databases say now.

        Where the collector alone could tell, no worker would have been asked.
        """
        if not only_waits(migration):
            return False
        told = rehearse(migration, by_sight_and_sql(self._bench.tools, self._kept))
        if told is None:
            return False
        for reading in told.readings:
            self._bench.store.add_reading(migration.id, reading)
        self._record(migration, told.wait)
        return True
