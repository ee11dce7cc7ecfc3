"""The cool-off: who may roll back or finish, when people are asked, and what is recorded."""

import pytest
from builders import ADAM, OSCAR, RITA, House, a_migration, bad_evidence, good_evidence

from migration.approvals import Click, Person, Reason
from migration.control_rules import Control
from migration.controls import is_possible
from migration.cool_off import READINGS, in_cool_off, is_over, kept_until
from migration.errors import NotPossibleNow
from migration.events import (
    Approved,
    CutOverBegan,
    CutOverStuck,
    CutOverTakenOver,
    DecisionWanted,
    FinishRequested,
    MigrationRolledBack,
    RollBackAborted,
    RolledBack,
)
from migration.model import (
    WENT_BACK,
    Migration,
    Options,
    Reading,
    Status,
    WayBack,
    went_back,
)
from migration.plan import CUT_OVER, KEEP_WAY_BACK, ROLL_BACK, plan_for
from migration.schedule import work_of
from migration.steps import Done, Wait

HOUR = 3600.0
KEPT = Wait(1.0, "`orders` follows")


def cooling_off(house: House, status: Status = Status.ACTIVE, **changes: object) -> Migration:
    """A migration whose way back is kept, in the house's store."""
    options = Options(target="orders-aurora", way_back=WayBack.REQUIRED)
    plan = plan_for("orders", options)
    migration = a_migration(
        status,
        options=options,
        plan=plan,
        position=[step.name for step in plan.steps].index(KEEP_WAY_BACK),
        facts={CUT_OVER: {"ended_at": house.clock.now()}},
        **changes,
    )
    return house.with_migration(migration)


def roll_back(house: House, migration: Migration, by: str = ADAM, name: str = "orders") -> Reason:
    """Somebody approves the roll back as it is shown."""
    decision, _ = house.service.approve(
        migration.id, Click(ROLL_BACK, migration.version), Person(by), name
    )
    return decision.reason


@pytest.mark.parametrize("status", [Status.ACTIVE, Status.HALTED])
def test_an_approver_rolls_back_upon_evidence_and_the_typed_name(status: Status) -> None:
    """The job is queued, nothing has begun yet, and the approval is an event."""
    house = House()
    migration = cooling_off(house, status)
    house.store.save_evidence(migration.id, good_evidence(house.clock.now()))

    assert roll_back(house, migration) is Reason.GRANTED

    after = house.store.load(migration.id)
    work = work_of(after)
    assert after.status is Status.ROLLING_BACK
    assert after.cut_over_began is None
    assert work is not None
    assert work.step == ROLL_BACK
    approved = house.store.events(migration.id)[-1].event
    assert isinstance(approved, Approved)
    assert (approved.gate, approved.without_way_back) == (ROLL_BACK, False)


@pytest.mark.parametrize(
    ("by", "name", "reason"),
    [
        (OSCAR, "orders", Reason.NOT_AN_APPROVER),
        (RITA, "orders", Reason.IS_REQUESTER),
        (ADAM, "billing", Reason.WRONG_NAME),
    ],
)
def test_others_do_not(by: str, name: str, reason: Reason) -> None:
    """Nothing changes, and the refusal is recorded."""
    house = House()
    migration = cooling_off(house)
    house.store.save_evidence(migration.id, good_evidence(house.clock.now()))

    assert roll_back(house, migration, by, name) is reason
    assert house.store.load(migration.id).status is Status.ACTIVE


def test_nobody_rolls_back_while_a_condition_does_not_hold() -> None:
    """Evidence is as binding as at the promote gate."""
    house = House()
    migration = cooling_off(house)
    house.store.save_evidence(migration.id, bad_evidence(house.clock.now()))

    assert roll_back(house, migration) is Reason.CONDITIONS_NOT_MET


def test_what_the_promotion_rested_on_counts_for_nothing() -> None:
    """It may be seconds old when the cool-off begins, and was asked another question."""
    house = House()
    migration = cooling_off(house)
    house.store.save_evidence(migration.id, good_evidence(house.clock.now() - 1))

    assert roll_back(house, migration) is Reason.EVIDENCE_TOO_OLD


def test_the_channel_sees_the_way_backs_readings_while_it_is_kept() -> None:
    """By name, the oldest first; before and after they say nothing."""
    house = House()
    migration = cooling_off(house)
    for value in (3.0, 1.0):
        for name in READINGS:
            reading = Reading(name, value, "", "slot", house.clock.now())
            house.store.add_reading(migration.id, reading)

    seen = house.service.snapshot(migration.id).way_back
    assert {name: [one.value for one in readings] for name, readings in seen.items()} == {
        name: [3.0, 1.0] for name in READINGS
    }
    house.service.finish(migration.id, RITA)
    assert not house.service.snapshot(migration.id).way_back


def test_before_the_cool_off_and_after_a_decision_there_is_nothing_to_roll_back() -> None:
    """The gate is open in the cool-off alone."""
    house = House()
    early = a_migration()
    assert not in_cool_off(early)
    migration = cooling_off(house)
    house.service.finish(migration.id, ADAM)
    finishing = house.store.load(migration.id)
    house.store.save_evidence(migration.id, good_evidence(house.clock.now()))

    assert roll_back(house, finishing) is Reason.NOT_WAITING
    with pytest.raises(NotPossibleNow):
        house.service.finish(migration.id, RITA)


def test_finishing_is_an_event_and_has_the_step_go_on_at_once() -> None:
    """Who ended it stands in the migration."""
    house = House()
    migration = cooling_off(house, Status.HALTED)

    after = house.service.finish(migration.id, ADAM)

    assert (after.status, after.finishing_by) == (Status.ACTIVE, ADAM)
    assert house.engine.submitted[-1].step == KEEP_WAY_BACK
    assert house.store.events(migration.id)[-1].event == FinishRequested(house.clock.now(), ADAM)


def test_after_its_term_people_are_asked_and_ever_more_seldom() -> None:
    """At once, after a day, two, four more; the way back is kept all the while."""
    house = House()
    migration = cooling_off(house)
    ends = kept_until(migration)
    for hours in range(0, 24 * 8, 6):
        house.clock.time = ends - 12 * HOUR + hours * HOUR
        migration = house.recorder.record(migration, KEPT)
    asked = [
        (recorded.event.at - ends) / HOUR
        for recorded in house.store.events(migration.id)
        if isinstance(recorded.event, DecisionWanted)
    ]

    assert asked == [0, 24, 72, 168]
    assert is_over(migration, house.clock.now())
    assert migration.status is Status.ACTIVE


def test_a_roll_back_begins_is_taken_over_is_stuck_and_says_that_it_goes_back() -> None:
    """The same words as a cut-over's, marked: nobody can take one for the other."""
    house = House()
    migration = cooling_off(house)
    house.store.save_evidence(migration.id, good_evidence(house.clock.now()))
    roll_back(house, migration)
    now = house.clock.now()

    begun = house.recorder.begin_cut_over(house.store.load(migration.id), 7, now + 60)
    taken = house.recorder.cut_over_taken_over(begun, 9)
    stuck = house.recorder.cut_over_stuck(taken, "no pooler answers")

    assert stuck.status is Status.ROLLING_BACK
    assert stuck.problem is not None
    assert stuck.problem.step == ROLL_BACK
    assert not is_possible(Control.CANCEL, stuck)
    assert house.store.cutting_over() == [migration.id]
    assert [one.event for one in house.store.events(migration.id)][-3:] == [
        CutOverBegan(now, 7, now + 60, back=True),
        CutOverTakenOver(now, 9, back=True),
        CutOverStuck(now, "no pooler answers", back=True),
    ]


def test_one_that_is_called_off_leaves_the_cool_off_as_it_was() -> None:
    """The target takes writes, the way back is kept on, and it can be approved anew."""
    house = House()
    migration = cooling_off(house)
    house.store.save_evidence(migration.id, good_evidence(house.clock.now()))
    roll_back(house, migration)

    after = house.recorder.roll_back_aborted(house.store.load(migration.id), "too slow")

    assert (after.status, after.approval, after.aborted) == (Status.ACTIVE, None, "too slow")
    assert in_cool_off(after)
    assert not went_back(after)
    assert isinstance(house.store.events(migration.id)[-1].event, RollBackAborted)
    assert house.engine.submitted[-1].step == KEEP_WAY_BACK
    assert roll_back(house, after) is Reason.GRANTED


def test_one_that_got_through_is_taken_down_and_ends_the_migration() -> None:
    """Nothing of the plan behind it is carried out: the source is in use."""
    house = House()
    migration = cooling_off(house)
    house.store.save_evidence(migration.id, good_evidence(house.clock.now()))
    roll_back(house, migration)

    back = house.recorder.rolled_back(house.store.load(migration.id), {"epoch": 7})
    assert went_back(back)
    assert not in_cool_off(back)
    assert not is_possible(Control.CANCEL, back)
    assert isinstance(house.store.events(migration.id)[-1].event, RolledBack)
    assert house.engine.submitted[-1].step == KEEP_WAY_BACK

    after = house.recorder.record(back, Done({"ended": WENT_BACK}))
    assert after.status is Status.ROLLED_BACK
    assert house.store.events(migration.id)[-1].event == MigrationRolledBack(house.clock.now())
    assert house.store.under_way() == []


def test_going_back_by_hand_ends_the_same_way_and_says_so() -> None:
    """The step finds the target abandoned and the source open."""
    house = House()
    migration = cooling_off(house)

    after = house.recorder.record(migration, Done({"ended": WENT_BACK}))

    assert after.status is Status.ROLLED_BACK
    ended = house.store.events(migration.id)[-1].event
    assert ended == MigrationRolledBack(house.clock.now(), by_hand=True)
