"""Running a step: bound to a version, under a lease, and every failure recorded."""

from dataclasses import replace

from workers_ground import a_migration

from migration.events import StepFailed
from migration.model import Status
from migration.plan import CUT_OVER
from workers.app import Workbench
from workers.runner import StepRunner


def test_a_job_for_an_older_version_finds_nothing_to_do(bench: Workbench) -> None:
    """A job that was queued twice runs once."""
    migration = a_migration(bench.clock.now())
    bench.store.create(migration, [], None)
    StepRunner(bench).run(migration.id, "check_source", 0)
    StepRunner(bench).run(migration.id, "enable_backups", 1)

    assert bench.store.load(migration.id) == migration
    assert bench.store.events(migration.id) == []


def test_a_step_that_fails_for_now_is_recorded_and_due_later(bench: Workbench) -> None:
    """AWS does not answer: the history says so, and the next attempt has its time."""
    migration = a_migration(bench.clock.now())
    bench.store.create(migration, [], None)
    StepRunner(bench).run(migration.id, "check_source", 1)
    after = bench.store.load(migration.id)
    (failed,) = [entry.event for entry in bench.store.events(migration.id)]

    assert isinstance(failed, StepFailed)
    assert (after.status, after.attempts) == (Status.ACTIVE, 1)
    assert bench.store.overdue(bench.clock.now()) == []
    assert bench.store.overdue(bench.clock.now() + 60) == [migration.id]
    assert not bench.store.leased(migration.id)


def test_a_migration_in_other_hands_is_looked_at_again_soon(bench: Workbench) -> None:
    """Who does not get the lease changes nothing."""
    migration = a_migration(bench.clock.now())
    bench.store.create(migration, [], None)
    lease = bench.store.lease(migration.id, 60)
    assert lease is not None
    StepRunner(bench).run(migration.id, "check_source", 1)

    assert bench.store.events(migration.id) == []
    assert lease.renew()


def test_a_cut_over_runs_only_once_it_was_approved(bench: Workbench) -> None:
    """Neither at the gate nor after it began does a stray job touch a database."""
    plain = a_migration(bench.clock.now())
    position = [step.name for step in plain.plan.steps].index(CUT_OVER)
    for number, (status, began) in enumerate(
        [(Status.WAITING_FOR_APPROVAL, None), (Status.HALTED, 1.0), (Status.CUTTING_OVER, 1.0)]
    ):
        migration = replace(
            plain,
            id=f"m-{number}",
            source=f"s-{number}",
            status=status,
            position=position,
            cut_over_began=began,
        )
        bench.store.create(migration, [], None)
        StepRunner(bench).run(migration.id, CUT_OVER, migration.version)

        assert bench.store.load(migration.id) == migration
        assert bench.store.events(migration.id) == []


def test_a_cut_over_that_cannot_arm_shuts_the_gate_and_says_why(bench: Workbench) -> None:
    """AWS does not answer when arming: nothing began, the approval is used up."""
    plain = a_migration(bench.clock.now())
    position = [step.name for step in plain.plan.steps].index(CUT_OVER)
    migration = replace(plain, status=Status.CUTTING_OVER, position=position)
    bench.store.create(migration, [], None)
    StepRunner(bench).run(migration.id, CUT_OVER, migration.version)
    after = bench.store.load(migration.id)

    assert after.status is Status.WAITING_FOR_APPROVAL
    assert after.aborted.startswith("The cut-over did not begin.")
    assert after.cut_over_began is None
