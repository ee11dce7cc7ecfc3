"""Running a step: bound to a version, under a lease, and every failure recorded."""

from dataclasses import replace

import pytest
from workers_ground import a_migration

from migration.approving import hash_of
from migration.events import ApprovalsVoided, StepFailed
from migration.model import Approval, Check, Evidence, Freeze, Method, Migration, Status
from migration.plan import CUT_OVER, FREEZE, plan_for
from migration.terms import LOOKED_UP_SECONDS
from workers.app import Workbench
from workers.runner import StepRunner
from workers.tasks import observe, workbench


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


def approved(bench: Workbench, *approvals: Approval, by_snapshot: bool = False) -> Migration:
    """What comes of a job that finds it approved so."""
    plain = a_migration(bench.clock.now())
    options = replace(plain.options, method=Method.SNAPSHOT) if by_snapshot else plain.options
    plan = plan_for(plain.source, options)
    names = [step.name for step in plan.steps]
    step = FREEZE if by_snapshot else CUT_OVER
    migration = replace(
        plain,
        options=options,
        plan=plan,
        status=Status.CUTTING_OVER,
        position=names.index(step),
        approval=approvals[-1],
        given=approvals,
        freeze=Freeze(bench.clock.now() + 3600) if by_snapshot else None,
    )
    bench.store.create(migration, [], None)
    StepRunner(bench).run(migration.id, step, migration.version)
    return bench.store.load(migration.id)


@pytest.mark.parametrize("by_snapshot", [False, True])
@pytest.mark.parametrize(
    ("expired", "looked_up", "why"),
    [
        (True, 30.0, "The approval was over before a worker came to it: it was good for 15 min"),
        (False, LOOKED_UP_SECONDS + 30, "Who approved was looked up 15.5 min ago"),
    ],
)
def test_nothing_begins_on_an_approval_that_has_become_old(
    bench: Workbench, by_snapshot: bool, expired: bool, looked_up: float, why: str
) -> None:
    """The workers were away: the gate is shut again, and says why; the others' are void too."""
    now = bench.clock.now()
    fresh = Approval("promote", "U2", now, Evidence((), (), now), now + 900, now)
    given_at = now - 960 if expired else now - 60
    old = replace(
        fresh, by="U1", at=given_at, expires_at=given_at + 900, checked_at=now - looked_up
    )
    after = approved(bench, old, fresh, by_snapshot=by_snapshot)

    assert after.cut_over_began is None
    assert (after.approval, after.given, after.epoch) == (None, (), 0)
    assert why in after.aborted


def test_a_look_at_the_gate_voids_what_it_speaks_against(
    bench: Workbench, environment: dict[str, str]
) -> None:
    """AWS does not answer: no condition holds, so nothing that was approved on it counts."""
    workbench.cache_clear()
    plain = a_migration(bench.clock.now())
    now = bench.clock.now()
    seen = Evidence((Check("lag", ok=True, detail="0.1 s"),), (), now - 1)
    given = Approval("promote", "U1", now - 1, seen, now + 900, now, hash_of(plain))
    migration = replace(
        plain,
        status=Status.WAITING_FOR_APPROVAL,
        position=[step.name for step in plain.plan.steps].index(CUT_OVER),
        given=(given,),
    )
    bench.store.create(migration, [], None)
    try:
        observe(migration.id)
    finally:
        workbench().close()
        workbench.cache_clear()
    (void,) = [entry.event for entry in bench.store.events(migration.id)]

    assert bench.store.load(migration.id).given == ()
    assert isinstance(void, ApprovalsVoided)
    assert void.people == ("U1",)
    assert void.reason.startswith("A condition does not hold any more: ")


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
