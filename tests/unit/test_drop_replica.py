"""Dropping the replica: when it is allowed, what it leaves, and how the migration goes on."""

import pytest
from builders import ADAM, RITA, House, a_migration, at_the_gate, good_evidence, position_of

from migration.errors import Conflict, NotPossibleNow, Permanent
from migration.events import (
    DropRequested,
    MigrationCancelled,
    MigrationHalted,
    MigrationRetried,
    ReplicaDropped,
)
from migration.model import Migration, Problem, Status
from migration.plan import CREATE_REPLICA, CUT_OVER
from migration.steps import Done, Wait

FACTS = {
    "check_source": {"target_version": "15.4"},
    CREATE_REPLICA: {"cluster": "orders-aurora"},
    "watch_lag": {"lag_seconds": 0.1},
    "validate_target": {"databases": {}},
}
SLOT = {"gone": ["orders-aurora"], "slot_gone": True, "slot": "`orders` has no physical slot"}
PROBLEM = Problem("validate_target", "3 rows differ", 0.0)


def at(step: str, status: Status = Status.ACTIVE, **changes: object) -> Migration:
    """A migration at this step, with what its steps found."""
    return a_migration(status, position=position_of(step), facts=FACTS, **changes)


ALLOWED = {
    "copying": at(CREATE_REPLICA),
    "catching up": at("watch_lag"),
    "comparing": at("validate_target"),
    "at the gate": at_the_gate(facts=FACTS),
    "halted": at("validate_target", Status.HALTED, problem=PROBLEM),
}
REFUSED = {
    "preparing": (at("copy_parameters"), "no replica that could be dropped"),
    "cutting over": (at(CUT_OVER, Status.CUTTING_OVER), "Cancel goes back first"),
    "promoting": (
        at(CUT_OVER, Status.CUTTING_OVER, cut_over_began=1.0, promoting_since=2.0),
        "Cancel goes back first",
    ),
    "halted after a cut-over": (
        at(CUT_OVER, Status.HALTED, problem=PROBLEM),
        "may have been promoted",
    ),
    "cut over": (at("protect_target"), "no replica that could be dropped"),
    "being dropped": (at(CREATE_REPLICA, Status.DROPPING), "being dropped already"),
    "dropped": (
        at(CREATE_REPLICA, Status.HALTED, problem=PROBLEM, dropped_by=RITA),
        "no replica that could be dropped",
    ),
    "being cancelled": (at(CREATE_REPLICA, Status.CANCELLING), "no replica that could be dropped"),
    "halted while cancelling": (
        at(CREATE_REPLICA, Status.HALTED, problem=PROBLEM, cancelled_by=RITA),
        "no replica that could be dropped",
    ),
}


def dropped(house: House, migration: Migration) -> Migration:
    """It was asked for, and the worker is done with it."""
    house.with_migration(migration)
    asked = house.service.drop_replica(migration.id, ADAM)
    return house.recorder.record(asked, Done(SLOT))


@pytest.mark.parametrize("migration", ALLOWED.values(), ids=ALLOWED)
def test_the_replica_can_be_dropped_in_every_phase_that_has_one(migration: Migration) -> None:
    """Whatever it waits for: the step that made it takes it down, and nothing else is undone."""
    house = House()
    house.with_migration(migration)
    house.store.save_evidence(migration.id, good_evidence(house.clock.now()))
    after = house.service.drop_replica(migration.id, ADAM)

    assert (after.status, after.dropping_by) == (Status.DROPPING, ADAM)
    assert [work.step for work in house.engine.submitted] == [CREATE_REPLICA]
    assert [entry.event for entry in house.store.events(migration.id)] == [
        DropRequested(house.clock.now(), ADAM)
    ]
    # What was seen of it is no evidence for the next one.
    evidence = house.store.evidence(migration.id)
    assert evidence is not None
    assert not evidence.holds


@pytest.mark.parametrize(("migration", "words"), REFUSED.values(), ids=REFUSED)
def test_nothing_is_dropped_that_may_have_been_promoted(migration: Migration, words: str) -> None:
    """Nor what is not there; the reason is said, and nothing changes."""
    house = House()
    house.with_migration(migration)
    with pytest.raises(NotPossibleNow, match=words):
        house.service.drop_replica(migration.id, ADAM)

    assert house.store.load(migration.id) == migration
    assert house.store.events(migration.id) == []


def test_the_migration_stands_still_afterwards() -> None:
    """What the replica's steps found is void; what was prepared is not."""
    house = House()
    after = dropped(house, ALLOWED["at the gate"])

    assert after.status is Status.HALTED
    assert after.step is not None
    assert after.step.name == CREATE_REPLICA
    assert set(after.facts) == {"check_source"}
    assert (after.dropping_by, after.dropped_by) == ("", ADAM)
    last = house.store.events(after.id)[-1].event
    assert last == ReplicaDropped(house.clock.now(), ADAM, SLOT)
    assert house.store.overdue(house.clock.now() + 1e6) == []


def test_it_waits_for_the_replica_to_go() -> None:
    """As every step does; the job is queued again."""
    house = House()
    house.with_migration(ALLOWED["halted"])
    asked = house.service.drop_replica("orders-0001", ADAM)
    waits = house.recorder.record(asked, Wait(5.0, "The instance is being deleted"))

    assert (waits.status, waits.dropping_by) == (Status.DROPPING, ADAM)
    assert house.store.overdue(house.clock.now() + 5) == [waits.id]


def test_retry_makes_the_replica_anew() -> None:
    """From its own step on."""
    house = House()
    after = dropped(house, ALLOWED["at the gate"])
    again = house.service.retry(after.id, RITA)

    assert (again.status, again.dropped_by) == (Status.ACTIVE, "")
    assert house.engine.submitted[-1].step == CREATE_REPLICA
    assert house.service.drop_replica(again.id, RITA).status is Status.DROPPING


@pytest.mark.parametrize("over", [False, True], ids=["meanwhile", "afterwards"])
def test_it_can_be_cancelled(*, over: bool) -> None:
    """While it is being dropped and when it is: the rest is taken down too."""
    house = House()
    if over:
        dropped(house, ALLOWED["halted"])
    else:
        house.with_migration(ALLOWED["halted"])
        house.service.drop_replica("orders-0001", ADAM)
    state = house.service.cancel("orders-0001", RITA)
    assert (state.dropping_by, state.dropped_by) == ("", "")
    while state.status is Status.CANCELLING:
        state = house.recorder.record(state, Done())

    assert state.status is Status.CANCELLED
    assert isinstance(house.store.events("orders-0001")[-1].event, MigrationCancelled)


def test_a_drop_that_fails_is_tried_again_by_retry() -> None:
    """It is not taken for a step to go on with: half of the replica may be gone."""
    house = House()
    house.with_migration(ALLOWED["catching up"])
    asked = house.service.drop_replica("orders-0001", ADAM)
    halted = house.recorder.failed(asked, Permanent("Daybreak does not delete the cluster"))
    again = house.service.retry(halted.id, RITA)

    assert halted.status is Status.HALTED
    assert (again.status, again.dropping_by) == (Status.DROPPING, ADAM)
    assert [type(entry.event) for entry in house.store.events("orders-0001")] == [
        DropRequested,
        MigrationHalted,
        MigrationRetried,
    ]


def test_a_step_that_ran_meanwhile_is_not_taken_for_the_drop() -> None:
    """Its answer is void: it was of the version before."""
    house = House()
    before = ALLOWED["copying"]
    house.with_migration(before)
    house.service.drop_replica(before.id, ADAM)
    with pytest.raises(Conflict):
        house.recorder.record(before, Done({"cluster": "orders-aurora"}))

    assert house.store.load(before.id).status is Status.DROPPING
