"""The use cases, over fakes of the ports."""

import pytest
from builders import ADAM, OSCAR, RITA, House, a_migration, at_the_gate, good_evidence, position_of

from migration.approvals import Click, Person, Reason
from migration.errors import (
    Conflict,
    InvalidOptions,
    NotPossibleNow,
    Permanent,
    SourceBusy,
    TooLateToCancel,
    Transient,
)
from migration.events import (
    ApprovalRefused,
    Approved,
    CancelRequested,
    CutOverAborted,
    CutOverCancelled,
    GateReached,
    MigrationCancelled,
    MigrationCompleted,
    MigrationHalted,
    StepFailed,
    WarningsAcknowledged,
)
from migration.model import Migration, Options, Status
from migration.plan import CUT_OVER
from migration.recorder import MOST_ATTEMPTS, pause_before
from migration.steps import Done, Wait

OPTIONS = Options(target="orders-aurora")


def begun(**changes: object) -> Migration:
    """A migration whose cut-over has begun."""
    position = position_of(CUT_OVER)
    return a_migration(Status.CUTTING_OVER, position=position, cut_over_began=1.0, **changes)


def kinds(house: House, migration_id: str = "orders-0001") -> list[type]:
    """What happened, in order."""
    return [type(entry.event) for entry in house.store.events(migration_id)]


def test_start_queues_the_first_step() -> None:
    """A started migration is in the store with its plan, and its first job is queued."""
    house = House()
    migration = house.service.start("orders", RITA, "C1", OPTIONS)

    assert house.store.load(migration.id) == migration
    assert [work.step for work in house.engine.submitted] == ["check_source"]


def test_an_unknown_instance_is_refused_with_the_nearest_name() -> None:
    """A typing error is told at once, and nothing is stored."""
    house = House()
    with pytest.raises(InvalidOptions, match="Did you mean `orders`") as refused:
        house.service.start("order", RITA, "C1", OPTIONS)

    assert refused.value.field == "source"
    assert house.store.recent(1) == []


def test_two_migrations_of_one_source_are_refused_by_the_store() -> None:
    """The second one is told which is under way."""
    house = House()
    first = house.service.start("orders", RITA, "C1", OPTIONS)
    with pytest.raises(SourceBusy, match=first.id):
        house.service.start("orders", ADAM, "C1", Options(target="orders-two"))


def test_a_source_that_can_not_be_moved_is_refused_with_the_reason() -> None:
    """What the list of instances says is enough for that."""
    house = House()
    house.lists(obstacle="It is itself a read replica, of `main`. Move its source instead.")
    with pytest.raises(InvalidOptions, match="itself a read replica") as refused:
        house.service.start("orders", RITA, "C1", OPTIONS)

    assert refused.value.field == "source"
    assert house.store.recent(1) == []


def test_a_class_that_can_not_be_ordered_is_refused_with_the_nearest() -> None:
    """One that can be is taken, and any while it is not known what can be ordered."""
    house = House()
    wanted = Options(target="orders-aurora", instance_class="db.m6g.large")
    house.lists(classes=("db.r6g.large", "db.r6g.xlarge"), target_version="15.4")
    with pytest.raises(InvalidOptions, match=r"Near it: `db\.r6g\.large`") as refused:
        house.service.start("orders", RITA, "C1", wanted)
    assert refused.value.field == "instance_class"

    house.lists()
    assert house.service.start("orders", RITA, "C1", wanted).options == wanted


def test_a_finished_step_queues_the_next() -> None:
    """Facts are kept, and the next job is bound to the new version."""
    house = House()
    migration = house.with_migration(a_migration())
    after = house.recorder.record(migration, Done({"version": "15.4"}))

    assert after.fact("check_source", "version") == "15.4"
    assert (house.engine.submitted[-1].step, house.engine.submitted[-1].version) == (
        "enable_backups",
        after.version,
    )


def test_a_gate_queues_nothing() -> None:
    """At the gate a person decides: no job is queued, but the store asks for looks."""
    house = House()
    migration = house.with_migration(a_migration(position=position_of(CUT_OVER) - 1))
    after = house.recorder.record(migration, Done())

    assert after.status is Status.WAITING_FOR_APPROVAL
    assert house.engine.submitted == []
    assert house.store.overdue(house.clock.now()) == [migration.id]
    assert kinds(house)[-1] is GateReached


def test_the_last_step_completes_and_frees_the_source() -> None:
    """A completed migration no longer stands in the way of another."""
    house = House()
    last = len(a_migration().plan.steps) - 1
    migration = house.with_migration(a_migration(position=last))
    after = house.recorder.record(migration, Done())

    assert after.status is Status.COMPLETED
    assert kinds(house)[-1] is MigrationCompleted
    house.service.start("orders", RITA, "C1", OPTIONS)


def test_waiting_without_news_makes_no_new_version() -> None:
    """A button stays valid while a step waits for the same thing."""
    house = House()
    migration = house.with_migration(a_migration())
    first = house.recorder.record(migration, Wait(5, "the cluster is being created", 0.1))
    second = house.recorder.record(first, Wait(5, "the cluster is being created", 0.1))
    third = house.recorder.record(second, Wait(5, "the cluster is being created", 0.2))

    assert (first.version, second.version, third.version) == (2, 2, 3)
    assert third.waiting is not None
    assert third.waiting.since == house.clock.now()
    assert house.store.overdue(house.clock.now() + 4) == []
    assert house.store.overdue(house.clock.now() + 5) == [migration.id]


def test_a_passing_failure_is_tried_again_later_and_in_the_end_halts() -> None:
    """Each attempt waits longer; after the last one a person is asked."""
    house = House()
    migration = house.with_migration(a_migration())
    for _ in range(MOST_ATTEMPTS - 1):
        migration = house.recorder.failed(migration, Transient("throttled"))
        assert migration.status is Status.ACTIVE
    halted = house.recorder.failed(migration, Transient("throttled"))

    assert halted.status is Status.HALTED
    assert kinds(house) == [StepFailed] * (MOST_ATTEMPTS - 1) + [MigrationHalted]
    assert [pause_before(1), pause_before(2), pause_before(20)] == [2, 4, 120]


def test_a_permanent_failure_halts_and_retry_goes_on_where_it_stopped() -> None:
    """The reason is kept for the channel; a person's retry clears it."""
    house = House()
    migration = house.with_migration(a_migration(position=2))
    halted = house.recorder.failed(migration, Permanent("no subnet in two zones"))

    assert halted.problem is not None
    assert halted.problem.reason == "no subnet in two zones"
    assert house.store.overdue(house.clock.now() + 1e6) == []
    again = house.service.retry(migration.id, RITA)
    assert (again.status, again.position, again.problem) == (Status.ACTIVE, 2, None)


def test_the_first_granted_click_wins_and_the_second_is_told() -> None:
    """One cut-over job is queued, whatever is pressed."""
    house = House()
    migration = house.with_migration(at_the_gate())
    house.store.save_evidence(migration.id, good_evidence())
    click = Click("promote", migration.version)
    decision, after = house.service.approve(migration.id, click, Person(ADAM), "orders")
    again, _ = house.service.approve(migration.id, click, Person(ADAM), "orders")

    assert decision.granted
    assert after.status is Status.CUTTING_OVER
    assert after.approval is not None
    assert after.approval.by == ADAM
    assert again.reason is Reason.NOT_WAITING
    assert [work.step for work in house.engine.submitted] == [CUT_OVER]
    assert kinds(house) == [Approved, ApprovalRefused]


def test_a_refused_click_changes_nothing_but_the_history() -> None:
    """An outsider's click is recorded; the migration stays as it was."""
    house = House()
    migration = house.with_migration(at_the_gate())
    house.store.save_evidence(migration.id, good_evidence())
    click = Click("promote", migration.version)
    decision, _ = house.service.approve(migration.id, click, Person(OSCAR), "orders")

    assert decision.reason is Reason.NOT_AN_APPROVER
    assert house.store.load(migration.id) == migration
    assert house.engine.submitted == []


def test_cancel_takes_down_from_the_present_step_to_the_first() -> None:
    """Compensation runs backwards and ends in `cancelled`, with the source free again."""
    house = House()
    house.with_migration(a_migration(position=2))
    migration = house.service.cancel("orders-0001", RITA)
    steps = []
    while migration.status is Status.CANCELLING:
        assert migration.step is not None
        steps.append(migration.step.name)
        migration = house.recorder.record(migration, Done())

    assert steps == ["check_network", "enable_backups", "check_source"]
    assert migration.status is Status.CANCELLED
    assert kinds(house)[-1] is MigrationCancelled


def test_cancelling_at_the_gate_never_runs_the_pivot() -> None:
    """The cut-over has nothing to take down: it did not run."""
    house = House()
    house.with_migration(at_the_gate())
    migration = house.service.cancel("orders-0001", RITA)

    assert migration.step is not None
    assert migration.step.name == "validate_target"


@pytest.mark.parametrize(
    "migration",
    [
        a_migration(Status.COMPLETED),
        a_migration(Status.CANCELLING),
        begun(promoting_since=2.0),
        begun(cancelled_by=ADAM),
        a_migration(position=position_of("protect_target")),
    ],
)
def test_cancel_is_refused_where_it_could_lose_a_write(migration: object) -> None:
    """Over, on its way, too late or past the pivot: the answer says why."""
    house = House()
    house.store._migrations["orders-0001"] = migration  # a state that no use case leads to directly
    with pytest.raises(NotPossibleNow):
        house.service.cancel("orders-0001", RITA)


def test_a_cut_over_that_has_not_begun_is_cancelled_at_once() -> None:
    """Whoever arms it can't begin any more: the version has moved on."""
    house = House()
    approved = house.with_migration(
        a_migration(Status.CUTTING_OVER, position=position_of(CUT_OVER))
    )
    assert house.service.cancel("orders-0001", RITA).status is Status.CANCELLING
    with pytest.raises(Conflict):
        house.recorder.begin_cut_over(approved, 3, 1.0)


def test_a_cancel_before_the_promotion_is_decided_makes_it_a_conflict() -> None:
    """The one commit decides; then the source takes writes, and what was made is taken down."""
    house = House()
    migration = house.with_migration(begun())
    cancelled = house.service.cancel("orders-0001", RITA)
    with pytest.raises(Conflict):
        house.recorder.decide_promotion(migration, "promote")

    assert (cancelled.status, cancelled.cancelled_by) == (Status.CUTTING_OVER, RITA)
    after = house.recorder.cut_over_cancelled(cancelled, "nothing was lost", 1.5)
    assert after.status is Status.CANCELLING
    assert (after.cut_over_began, after.approval) == (None, None)
    assert house.engine.submitted[-1].step == "validate_target"
    assert kinds(house) == [CancelRequested, CutOverCancelled]


def test_a_cancel_after_the_promotion_was_decided_comes_too_late() -> None:
    """Until the cut-over has gone back: then it can be cancelled again."""
    house = House()
    migration = house.with_migration(begun())
    decided = house.recorder.decide_promotion(migration, "promote")
    with pytest.raises(TooLateToCancel) as told:
        house.service.cancel("orders-0001", RITA)

    assert told.value.promoting_since == house.clock.now()
    house.recorder.cut_over_aborted(decided, "it was not promoted")
    assert house.service.cancel("orders-0001", RITA).status is Status.CANCELLING


def test_an_aborted_cut_over_shuts_the_gate_again() -> None:
    """The approval is used up: going on takes a new one, on new evidence."""
    house = House()
    migration = house.with_migration(
        a_migration(Status.CUTTING_OVER, position=position_of(CUT_OVER))
    )
    begun = house.recorder.begin_cut_over(migration, 3, 1.0)
    after = house.recorder.cut_over_aborted(begun, "a transaction ran on")

    assert after.status is Status.WAITING_FOR_APPROVAL
    assert (after.approval, after.cut_over_began, after.epoch) == (None, None, 3)
    assert after.aborted == "a transaction ran on"
    assert kinds(house)[-1] is CutOverAborted


def test_an_abandoned_target_halts_and_can_be_cancelled() -> None:
    """The source takes writes, but this target can't be used any more."""
    house = House()
    migration = house.with_migration(
        a_migration(Status.CUTTING_OVER, position=position_of(CUT_OVER))
    )
    begun = house.recorder.begin_cut_over(migration, 3, 1.0)
    house.recorder.cut_over_abandoned(begun, "sequences are behind")

    assert house.service.retry("orders-0001", RITA).status is Status.WAITING_FOR_APPROVAL
    assert house.service.cancel("orders-0001", RITA).status is Status.CANCELLING


WARNED = {"check_source": {"warnings": {"encrypted": ["It is not."], "tags": ["It has some."]}}}


def test_warnings_are_acknowledged_by_name_once() -> None:
    """Who took note of which is in the history; a step that runs meanwhile is not disturbed."""
    house = House()
    migration = a_migration(facts=WARNED)
    house.store.create(migration, [], None)
    assert house.service.snapshot(migration.id).unacknowledged == ("encrypted", "tags")
    assert house.service.acknowledge(migration.id, ADAM) == ("encrypted", "tags")
    with pytest.raises(NotPossibleNow, match="acknowledged already"):
        house.service.acknowledge(migration.id, RITA)

    (entry,) = house.store.events(migration.id)
    assert isinstance(entry.event, WarningsAcknowledged)
    assert (entry.event.by, entry.event.checks) == (ADAM, ("encrypted", "tags"))
    assert house.store.load(migration.id).version == migration.version
    assert house.service.snapshot(migration.id).unacknowledged == ()


def test_warnings_mean_nothing_once_it_is_cut_over() -> None:
    """Applications use the target by then."""
    house = House()
    done = a_migration(Status.ACTIVE, position=position_of(CUT_OVER) + 1, facts=WARNED)
    house.store.create(done, [], None)
    with pytest.raises(NotPossibleNow, match="past the point"):
        house.service.acknowledge(done.id, ADAM)
