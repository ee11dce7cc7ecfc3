"""The reconciler: whatever was lost is asked for again, and nobody stays in charge of nothing."""

import time
from dataclasses import replace

import pytest
from workers_ground import a_migration, eventually, queued

from migration.adapters.rq_engine import CHANNEL, CUT_OVERS, STEPS
from migration.model import Evidence, Migration, Status
from migration.plan import CUT_OVER
from migration.preflight import CheckRun
from migration.schedule import REDRIVE_SECONDS, work_of
from migration.steps import Wait
from migration.sync import Sync
from workers.app import Workbench
from workers.check_run import carry_out
from workers.reconciler import Reconciler
from workers.sync.rounds import Rounds


class LaterClock:
    """The time of this machine, some seconds on."""

    def __init__(self, bench: Workbench, seconds: float) -> None:
        self._bench, self._seconds = bench, seconds

    def now(self) -> float:
        """Unix seconds."""
        return self._bench.clock.now() + self._seconds


def look(bench: Workbench, later: float = REDRIVE_SECONDS + 1) -> Reconciler:
    """One round, as if it were so much later."""
    reconciler = Reconciler(replace(bench, clock=LaterClock(bench, later)))
    reconciler.round()
    return reconciler


def steps(bench: Workbench, queue: str = STEPS) -> list[list[object]]:
    """The arguments of what is queued."""
    return [list(job.args) for job in queued(bench.redis, queue)]


def stored(bench: Workbench, migration: Migration) -> Migration:
    """In the store, its job queued as a use case would."""
    bench.store.create(migration, [], work_of(migration))
    return migration


def test_a_job_that_was_lost_is_queued_again(bench: Workbench) -> None:
    """A worker died with the job: it comes back, for the same version."""
    migration = stored(bench, a_migration(bench.clock.now()))
    bench.redis.delete(f"rq:queue:{STEPS}")
    look(bench)

    assert steps(bench) == [[migration.id, "check_source", 1]]


def test_a_wait_is_queued_when_it_is_due_and_not_before(bench: Workbench) -> None:
    """Timers live in the store."""
    migration = stored(bench, a_migration(bench.clock.now()))
    bench.redis.delete(f"rq:queue:{STEPS}")
    bench.recorder.record(migration, Wait(100, "the replica is being created"))
    look(bench, 90)
    assert steps(bench) == []
    look(bench, 110)

    assert steps(bench) == [[migration.id, "check_source", 2]]


def test_a_migration_that_somebody_works_on_is_left_alone(bench: Workbench) -> None:
    """A held lease means that its job lives."""
    migration = stored(bench, a_migration(bench.clock.now()))
    bench.redis.delete(f"rq:queue:{STEPS}")
    lease = bench.store.lease(migration.id, 60)
    look(bench)
    assert steps(bench) == []
    assert lease is not None
    lease.release()
    look(bench, REDRIVE_SECONDS + 5)

    assert steps(bench) == [[migration.id, "check_source", 1]]


def at(bench: Workbench, status: Status, **changes: object) -> Migration:
    """A migration at the gate's step."""
    migration = a_migration(bench.clock.now())
    position = [step.name for step in migration.plan.steps].index(CUT_OVER)
    return stored(bench, replace(migration, status=status, position=position, **changes))


def test_a_gate_is_watched_and_no_step_is_queued(bench: Workbench) -> None:
    """Evidence is gathered every few seconds; going on is for a person."""
    migration = at(bench, Status.WAITING_FOR_APPROVAL)
    look(bench)

    assert [(job.func_name, list(job.args)) for job in queued(bench.redis, STEPS)] == [
        ("workers.tasks.observe", [migration.id, ""]),
        ("workers.tasks.watch", [migration.id]),
    ]
    assert bench.store.load(migration.id).version == migration.version


def test_observations_do_not_pile_up_before_people(bench: Workbench) -> None:
    """No worker is free: what a person asks for by a click comes right after the one look."""
    migration = at(bench, Status.WAITING_FOR_APPROVAL)
    reconciler = look(bench)
    for _ in range(20):
        bench.store.look_again(migration.id, 0)
        reconciler.round()
    assert asked_for(bench, "observe") == [migration.id]
    bench.store.save_evidence(migration.id, Evidence((), (), bench.clock.now()))
    bench.store.look_again(migration.id, 0)
    reconciler.round()

    assert asked_for(bench, "observe") == [migration.id] * 2


def asked_for(bench: Workbench, task: str) -> list[object]:
    """The migrations for which this was queued."""
    jobs = queued(bench.redis, STEPS)
    return [job.args[0] for job in jobs if job.func_name == f"workers.tasks.{task}"]


@pytest.mark.parametrize(
    ("step", "status", "watched"),
    [
        ("copy_parameters", Status.ACTIVE, False),
        ("create_replica", Status.ACTIVE, True),
        ("validate_target", Status.HALTED, True),
        ("copy_parameters", Status.PAUSED, False),
        ("watch_lag", Status.PAUSED, True),
        (CUT_OVER, Status.WAITING_FOR_APPROVAL, True),
        (CUT_OVER, Status.CUTTING_OVER, False),
        ("create_replica", Status.DROPPING, False),
        ("create_replica", Status.CANCELLING, False),
        ("protect_target", Status.ACTIVE, False),
    ],
)
def test_a_replica_is_watched_whoever_waits_for_whom(
    bench: Workbench, step: str, status: Status, *, watched: bool
) -> None:
    """From its first moment until a cut-over begins, and no more than once at a time."""
    migration = a_migration(bench.clock.now())
    position = [one.name for one in migration.plan.steps].index(step)
    stored(bench, replace(migration, status=status, position=position))
    reconciler = look(bench)
    for _ in range(3):
        reconciler.round()

    assert asked_for(bench, "watch") == [migration.id] * watched


def test_the_next_watch_is_asked_for_when_the_last_has_looked(bench: Workbench) -> None:
    """Nobody came to it: more of the same would only stand in the way."""
    migration = at(bench, Status.WAITING_FOR_APPROVAL)
    quick = bench.settings.model_copy(update={"sync_seconds": 0.001})
    rounds = Rounds(replace(bench, settings=quick))
    for _ in range(5):
        rounds.begin()
        time.sleep(0.002)
    assert asked_for(bench, "watch") == [migration.id]
    bench.store.save_sync(migration.id, Sync(bench.clock.now(), None))
    rounds.begin()

    assert asked_for(bench, "watch") == [migration.id] * 2


def test_an_approved_cut_over_whose_job_was_lost_is_queued_again(bench: Workbench) -> None:
    """Nothing has been touched yet: beginning it is safe."""
    migration = at(bench, Status.CUTTING_OVER)
    bench.redis.delete(f"rq:queue:{CUT_OVERS}")
    look(bench)

    assert steps(bench, CUT_OVERS) == [[migration.id, CUT_OVER, migration.version]]


def test_a_cut_over_that_began_is_never_begun_again_by_itself(bench: Workbench) -> None:
    """Its process is gone: a successor says so and looks at the servers, again and again."""
    migration = at(bench, Status.CUTTING_OVER, cut_over_began=bench.clock.now(), epoch=1)
    bench.redis.delete(f"rq:queue:{CUT_OVERS}")
    reconciler = look(bench)
    eventually(lambda: bench.store.load(migration.id).problem is not None, "word of it")
    reconciler.finish()
    after = bench.store.load(migration.id)

    assert after.status is Status.CUTTING_OVER
    assert after.problem is not None
    assert "docs/on-call.md" in after.problem.reason
    assert after.version > migration.version
    assert bench.store.cutting_over() == [migration.id]
    assert steps(bench, CUT_OVERS) == []


def test_a_clock_that_is_behind_hides_no_cut_over(bench: Workbench) -> None:
    """The process that died wrote its times by another host's clock: its lease alone counts."""
    migration = at(bench, Status.CUTTING_OVER, cut_over_began=bench.clock.now(), epoch=1)
    bench.redis.delete(f"rq:queue:{CUT_OVERS}")
    reconciler = look(bench, -3600)
    eventually(lambda: bench.store.load(migration.id).version > migration.version, "a successor")

    reconciler.finish()


def test_a_record_that_nobody_can_read_holds_up_no_other(bench: Workbench) -> None:
    """A newer version wrote it, or a hand: the others are still driven."""
    broken = at(bench, Status.ACTIVE, id="billing-0001", source="billing")
    other = at(bench, Status.CUTTING_OVER)
    bench.redis.set(f"daybreak:migration:{broken.id}", b"not a migration")
    bench.redis.delete(f"rq:queue:{CUT_OVERS}")
    look(bench)

    assert steps(bench, CUT_OVERS) == [[other.id, CUT_OVER, other.version]]


@pytest.mark.parametrize(
    "status", [Status.HALTED, Status.PAUSED, Status.COMPLETED, Status.CANCELLED]
)
def test_what_only_a_person_moves_is_left_alone(bench: Workbench, status: Status) -> None:
    """No step, however late it gets; its source's disk is watched all the same."""
    migration = at(bench, status)
    look(bench, 1e6)

    assert steps(bench, CUT_OVERS) == []
    assert [arguments for arguments in steps(bench) if arguments != [migration.id]] == []


def test_a_channel_left_behind_is_refreshed(bench: Workbench) -> None:
    """The refresh was lost: it is asked for again until the channel shows the latest."""
    migration = at(bench, Status.HALTED)
    bench.redis.delete(f"rq:queue:{CHANNEL}")
    look(bench)
    assert steps(bench, CHANNEL) == [[migration.id]]
    bench.redis.delete(f"rq:queue:{CHANNEL}")
    bench.store.channel_done(migration.id, migration.version, 0)
    look(bench)

    assert steps(bench, CHANNEL) == []


def test_refreshes_that_nobody_takes_do_not_pile_up(bench: Workbench) -> None:
    """Slack is away for long: when it is back, few jobs stand in front of what is new."""
    migrations = [
        at(bench, Status.HALTED),
        at(bench, Status.HALTED, id="billing-0001", source="billing"),
    ]
    bench.redis.delete(f"rq:queue:{CHANNEL}")
    for _ in range(20):
        look(bench)

    waiting = [arguments[0] for arguments in steps(bench, CHANNEL)]
    assert [waiting.count(migration.id) for migration in migrations] == [3, 3]


def test_an_aws_that_does_not_answer_stops_nothing_else(
    bench: Workbench, caplog: pytest.LogCaptureFixture
) -> None:
    """The list of instances stays as it was, the log says why, and migrations are driven."""
    migration = stored(bench, a_migration(bench.clock.now()))
    bench.redis.delete(f"rq:queue:{STEPS}")
    look(bench)

    eventually(lambda: "could not be read" in caplog.text, "word of it")
    assert bench.store.inventory() is None
    assert steps(bench) == [[migration.id, "check_source", 1]]


def a_look(bench: Workbench) -> CheckRun:
    """A look at a source that somebody asked for."""
    now = bench.clock.now()
    run = CheckRun("check-orders-1", "orders", "orders-aurora", True, "U0RITA", "C1", now)
    bench.checks.ask(run)
    return run


def test_a_look_whose_worker_died_is_asked_for_again_until_it_is_shown(bench: Workbench) -> None:
    """First by a worker, then by the channel's; what is shown is asked for no more."""
    run = a_look(bench)
    bench.redis.delete(f"rq:queue:{STEPS}")
    look(bench)
    assert steps(bench) == []
    look(bench, 61)
    assert steps(bench) == [[run.id]]
    bench.checks.answer(replace(run, problem="No answer."))
    bench.redis.delete(f"rq:queue:{CHANNEL}", f"rq:queue:{STEPS}")
    look(bench, 61)
    assert steps(bench, CHANNEL) == [[run.id]]
    bench.checks.shown(run.id)
    bench.redis.delete(f"rq:queue:{CHANNEL}")
    look(bench, 130)

    assert steps(bench, CHANNEL) == steps(bench) == []


def test_a_look_that_cannot_be_done_says_so(bench: Workbench) -> None:
    """AWS does not answer: the reason comes to the channel, and a second worker changes nothing."""
    run = a_look(bench)
    carry_out(bench, run.id)
    answered = bench.checks.load(run.id)
    carry_out(bench, run.id)

    assert answered is not None
    assert "AWS gave no answer" in answered.problem
    assert bench.checks.load(run.id) == answered
    assert steps(bench, CHANNEL) == [[run.id]]
