"""The outage of the snapshot method in the core: one approval, one end, and nothing in between."""

from dataclasses import replace

import pytest
from builders import ADAM, RITA, House, a_migration, good_evidence

from migration.approvals import Click, Person, Reason
from migration.control_rules import Control
from migration.controls import is_possible
from migration.errors import Conflict, InvalidOptions, NotPossibleNow, Permanent, Transient
from migration.events import (
    CopyQuestioned,
    CutOverAborted,
    CutOverCancelled,
    ReopeningBegan,
    SourceFrozen,
)
from migration.freeze_recorder import FreezeRecorder
from migration.freezing import is_reopening
from migration.model import (
    Freeze,
    Method,
    Migration,
    Options,
    Reading,
    Status,
    WayBack,
)
from migration.plan import (
    CLEAR_WAY,
    CUT_OVER,
    FREEZE,
    RESTORE_SNAPSHOT,
    TAKE_SNAPSHOT,
    VALIDATE_COPY,
    plan_for,
)
from migration.recorder import MOST_ATTEMPTS
from migration.schedule import next_look, work_of
from migration.steps import Done, Wait
from workers.preflight.check import Family
from workers.preflight.registry import checks_for
from workers.snapshot_method.watch import reason_to_reopen

OUTAGE = 3600.0
OPTIONS = Options("orders-aurora", method=Method.SNAPSHOT, longest_outage_seconds=OUTAGE)


def by_snapshot(house: House, status: Status, step: str, **changes: object) -> Migration:
    """A migration at that step of the snapshot's plan, in the house's store."""
    plan = plan_for("orders", OPTIONS)
    position = [one.name for one in plan.steps].index(step)
    known = a_migration(status, options=OPTIONS, plan=plan, position=position)
    return house.with_migration(replace(known, **{"epoch": 3, **changes}))


def frozen(house: House, step: str = RESTORE_SNAPSHOT, **changes: object) -> Migration:
    """The same with the source closed."""
    freeze = Freeze(house.clock.now() + OUTAGE, began_at=house.clock.now())
    facts = {"check_source": {"kept": True}, FREEZE: {}, TAKE_SNAPSHOT: {"snapshot": "void"}}
    wanted: dict[str, object] = {"freeze": freeze, "facts": facts, **changes}
    return by_snapshot(house, Status.FROZEN, step, **wanted)


def step_of(migration: Migration) -> str:
    """Where it stands."""
    return migration.step.name if migration.step else ""


def freezes(house: House) -> FreezeRecorder:
    """Takes down what workers report."""
    return FreezeRecorder(house.store, house.clock)


def said(house: House, migration: Migration) -> list[object]:
    """What stands in its history."""
    return [entry.event for entry in house.store.events(migration.id)]


def test_the_approval_names_the_end_of_the_outage() -> None:
    """One click: the job is queued, and from then on a time runs."""
    house = House()
    migration = by_snapshot(house, Status.WAITING_FOR_APPROVAL, FREEZE)
    house.store.save_evidence(migration.id, good_evidence(house.clock.now()))

    click = Click(FREEZE, migration.version)
    decision, after = house.service.approve(migration.id, click, Person(ADAM), "orders")

    assert decision.reason is Reason.GRANTED
    assert after.freeze == Freeze(reopen_by=house.clock.now() + OUTAGE)
    assert [work.step for work in house.engine.submitted] == [FREEZE]


def test_a_closed_source_stays_frozen_from_step_to_step() -> None:
    """Waits and ends keep it frozen, and each look comes before the time is over."""
    house = House()
    began = house.clock.now()
    approved = by_snapshot(
        house, Status.CUTTING_OVER, FREEZE, cut_over_began=began, freeze=Freeze(began + OUTAGE)
    )

    closed = freezes(house).frozen(approved, {"roles_fenced": 2})
    waiting = house.recorder.record(closed, Wait(OUTAGE * 2, "RDS is taking it"))
    copied = house.recorder.record(waiting, Done({"snapshot": "s"}))

    assert (closed.status, step_of(closed), closed.cut_over_began) == (
        *(Status.FROZEN, TAKE_SNAPSHOT, None),
    )
    assert closed.freeze == Freeze(began + OUTAGE, began_at=began)
    assert SourceFrozen(began, 3, began + OUTAGE) in said(house, closed)
    assert next_look(waiting, work_of(waiting, began + OUTAGE * 2), began) == began + OUTAGE
    assert (copied.status, step_of(copied)) == (Status.FROZEN, RESTORE_SNAPSHOT)
    assert copied.freeze == closed.freeze


def test_a_cancel_that_came_while_it_was_closed_is_obeyed() -> None:
    """The job ends with the source closed, and the source is reopened."""
    house = House()
    began = house.clock.now()
    approved = by_snapshot(
        house, Status.CUTTING_OVER, FREEZE, cut_over_began=began, freeze=Freeze(began + OUTAGE)
    )
    cancelled = house.service.cancel(approved.id, RITA)

    after = freezes(house).frozen(cancelled, {})

    assert after.status is Status.CUTTING_OVER
    assert is_reopening(after)
    assert house.store.cutting_over() == [after.id]


@pytest.mark.parametrize("step", [TAKE_SNAPSHOT, RESTORE_SNAPSHOT, CUT_OVER])
def test_a_step_that_gives_up_reopens_the_source(step: str) -> None:
    """Nobody has to be there for it; a successor finds it whatever a clock says."""
    house = House()
    migration = frozen(house, step)

    after = house.recorder.failed(migration, Permanent("no such thing"))

    assert after.status is Status.CUTTING_OVER
    assert is_reopening(after)
    assert house.store.cutting_over() == [after.id]
    assert house.store.overdue(house.clock.now() + 10 * OUTAGE) == []
    assert ReopeningBegan(house.clock.now(), "no such thing") in said(house, after)


def test_a_passing_trouble_is_tried_again_first() -> None:
    """Only when it does not pass the hours that were waited for are given up."""
    house = House()
    migration = frozen(house)
    for attempt in range(1, MOST_ATTEMPTS):
        migration = house.recorder.failed(migration, Transient("AWS is away"))
        assert (migration.status, migration.attempts) == (Status.FROZEN, attempt)

    assert is_reopening(house.recorder.failed(migration, Transient("AWS is away")))


def test_a_copy_that_is_not_equal_asks_a_person_while_the_time_runs() -> None:
    """Nothing is queued, it is looked at when the time is over, and a retry compares again."""
    house = House()
    migration = frozen(house, VALIDATE_COPY)
    until = house.clock.now() + OUTAGE

    asked = house.recorder.failed(migration, Permanent("table a differs"))
    assert (asked.status, work_of(asked)) == (Status.FROZEN, None)
    assert CopyQuestioned(house.clock.now(), "table a differs", until) in said(house, asked)
    assert house.store.overdue(until - 1) == []
    assert house.store.overdue(until) == [asked.id]

    again = house.service.retry(asked.id, ADAM)
    assert (again.status, step_of(again), again.problem) == (Status.FROZEN, VALIDATE_COPY, None)
    assert house.engine.submitted[-1].step == VALIDATE_COPY


def test_whoever_is_second_is_refused() -> None:
    """The switch and the reopening both begin with a commit upon the same version."""
    house = House()
    migration = frozen(house, CUT_OVER)
    house.recorder.reopen_source(migration, "the time is over")

    with pytest.raises(Conflict):
        house.recorder.begin_cut_over(migration, migration.epoch, house.clock.now())
    with pytest.raises(Conflict):
        house.recorder.record(migration, Done({}))


def test_a_switch_that_has_begun_is_not_reopened_by_the_time() -> None:
    """From then on a process is in charge, and its successors."""
    house = House()
    migration = frozen(house, CUT_OVER)
    begun = house.recorder.begin_cut_over(migration, migration.epoch, house.clock.now())
    assert begun.status is Status.CUTTING_OVER

    with pytest.raises(Conflict):
        house.recorder.reopen_source(migration, "the time is over")


def test_what_was_copied_is_void_once_the_source_was_open() -> None:
    """It goes on where a void copy is taken down, and the gate asks anew."""
    house = House()
    reopening = house.recorder.reopen_source(frozen(house), "the time is over")

    after = freezes(house).reopened(reopening, "The time was over.", 12.0)

    assert (after.status, step_of(after)) == (Status.ACTIVE, CLEAR_WAY)
    assert (after.freeze, after.approval, after.cut_over_began) == (None, None, None)
    assert dict(after.facts) == {"check_source": {"kept": True}}
    assert CutOverAborted(house.clock.now(), "The time was over.") in said(house, after)
    at_gate = house.recorder.record(after, Done())
    assert (at_gate.status, step_of(at_gate)) == (Status.WAITING_FOR_APPROVAL, FREEZE)


def test_a_cancel_reopens_first_and_takes_everything_down_then() -> None:
    """At any time before the copy is opened."""
    house = House()
    migration = frozen(house)
    assert is_possible(Control.CANCEL, migration)

    reopening = house.service.cancel(migration.id, RITA)
    assert (reopening.status, reopening.cancelled_by) == (Status.CUTTING_OVER, RITA)
    assert is_reopening(reopening)
    with pytest.raises(NotPossibleNow):
        house.service.cancel(migration.id, ADAM)

    after = freezes(house).reopened(reopening, "It was cancelled.", 12.0)
    assert (after.status, step_of(after)) == (Status.CANCELLING, VALIDATE_COPY)
    assert isinstance(said(house, after)[-1], CutOverCancelled)


@pytest.mark.parametrize(
    ("changes", "driven", "later", "reopens"),
    [
        ({}, 0.0, 100.0, False),
        ({}, 0.0, 700.0, True),
        ({}, 650.0, 700.0, False),
        ({"asked": True}, 0.0, OUTAGE - 1, False),
        ({"asked": True}, 0.0, OUTAGE, True),
        ({}, OUTAGE, OUTAGE, True),
        ({"unknown": True}, 0.0, 1.0, True),
    ],
)
def test_when_a_closed_source_is_reopened(
    changes: dict[str, bool], driven: float, later: float, *, reopens: bool
) -> None:
    """At its time, when nobody does the work, and when nothing says how long; not while asked."""
    house = House()
    began = house.clock.now()
    migration = replace(frozen(house, VALIDATE_COPY), updated_at=began)
    if changes.get("asked"):
        migration = house.recorder.failed(migration, Permanent("differs"))
    if changes.get("unknown"):
        migration = replace(migration, freeze=None)
    readings = [Reading("driven", 1.0, "", "worker", began + driven)]

    assert bool(reason_to_reopen(migration, readings, began + later, 600.0)) is reopens


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"login": False}, "method"),
        ({"longest_outage_seconds": 10.0}, "longest_outage_seconds"),
        ({"way_back": WayBack.REQUIRED}, "way_back"),
        ({"longest_outage_seconds": 1e6}, "longest_outage_seconds"),
    ],
)
def test_an_outage_is_planned_within_bounds(changes: dict[str, object], field: str) -> None:
    """Without a login there would be no marker, and without an end nobody in charge."""
    with pytest.raises(InvalidOptions) as refused:
        plan_for("orders", replace(OPTIONS, **changes))

    assert refused.value.field == field


def test_what_only_a_replica_needs_is_not_asked_of_a_source_that_is_copied() -> None:
    """No slot is taken and no WAL kept; all else is looked at as before."""
    families = tuple(Family)
    by_replica = set(checks_for(*families, login=True))
    by_snapshot = set(checks_for(*families, login=True, method=Method.SNAPSHOT))

    names = {check.name for check in by_replica - by_snapshot}
    assert by_snapshot < by_replica
    assert {"storage-headroom", "free-slot", "free-sender"} <= names
    assert not names & {"backups", "prepared-transactions", "subscriptions"}
