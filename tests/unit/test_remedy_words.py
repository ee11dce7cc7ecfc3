"""Remedies: which check has which, what stands against one now, what a cancel sets back."""

from dataclasses import replace

import pytest
from builders import a_migration

from migration.model import Migration, Status
from migration.plan import CREATE_REPLICA, KEEP_WAY_BACK
from migration.remedies import (
    BACKUPS,
    BY_NAME,
    DROP_SLOTS,
    ENLARGE_STORAGE,
    REBOOT_IN_WINDOW,
    REBOOT_NOW,
    REMEDIES,
    REPLICA_IDENTITY,
    SET_LOGGED,
    Change,
    Offer,
    Remedy,
    RemedyRun,
    RunState,
    is_for_approvers_only,
    to_be_set_back,
    why_not_now,
)
from workers.preflight.registry import BY_NAME as CHECKS
from workers.remedies.registry import MENDERS

ANY_TIME = BY_NAME[REPLICA_IDENTITY]
EARLY = replace(ANY_TIME, before_replica=True)


def at(step: str, status: Status = Status.ACTIVE, **changes: object) -> Migration:
    """A migration that stands there."""
    migration = a_migration()
    names = [one.name for one in migration.plan.steps]
    return replace(migration, position=names.index(step), status=status, **changes)


def test_each_remedy_is_for_checks_that_there_are_and_has_a_mender() -> None:
    """A name that nothing goes by would offer nothing, silently."""
    assert {check for remedy in REMEDIES for check in remedy.checks} <= set(CHECKS)
    assert [remedy.name for remedy in REMEDIES] == list(MENDERS)
    assert len(BY_NAME) == len(REMEDIES)


@pytest.mark.parametrize("status", list(Status))
@pytest.mark.parametrize("remedy", [ANY_TIME, EARLY], ids=["any time", "early"])
def test_a_source_is_left_alone_while_it_is_closed_moved_or_taken_back(
    remedy: Remedy, status: Status
) -> None:
    """Whatever is not named as harmless is refused."""
    stands = {Status.ACTIVE, Status.PAUSED, Status.WAITING_FOR_APPROVAL, Status.HALTED}

    assert bool(why_not_now(remedy, at("check_source", status))) is (status not in stands)


def test_what_can_t_be_had_back_is_for_approvers_only() -> None:
    """And so is what this Daybreak does not know."""
    names = (*BY_NAME, "of-tomorrow")
    theirs = {name for name in names if is_for_approvers_only(name)}

    assert theirs == {
        DROP_SLOTS,
        SET_LOGGED,
        ENLARGE_STORAGE,
        REBOOT_IN_WINDOW,
        REBOOT_NOW,
        "of-tomorrow",
    }
    assert {REPLICA_IDENTITY, BACKUPS} == set(BY_NAME) - theirs


def test_nothing_stands_against_it_without_a_migration() -> None:
    """The usual case: it is mended before anybody moves it."""
    assert why_not_now(EARLY, None) == ""


def test_what_is_for_before_the_copy_is_refused_from_the_copy_on() -> None:
    """The others go on being offered, up to the gate."""
    assert why_not_now(EARLY, at("take_safety_snapshot")) == ""
    assert "is being copied" in why_not_now(EARLY, at(CREATE_REPLICA))
    assert why_not_now(ANY_TIME, at(CREATE_REPLICA)) == ""


@pytest.mark.parametrize(
    "changes", [{"cut_over_began": 1.0}, {"cancelled_by": "U1"}], ids=["cut-over", "cancel"]
)
def test_a_cut_over_or_a_cancel_that_has_begun_stands_against_it(
    changes: dict[str, object],
) -> None:
    """Its status may be told later."""
    assert why_not_now(ANY_TIME, at("cut_over", **changes))


def test_after_the_pivot_the_source_is_the_way_back() -> None:
    """Nobody changes it by a button."""
    names = [one.name for one in a_migration().plan.steps]
    after = replace(a_migration(), position=names.index("protect_target"))

    assert KEEP_WAY_BACK not in names
    assert "past its cut-over" in why_not_now(ANY_TIME, after)


def run(name: str, asked_at: float, state: RunState, *, changed: bool = True) -> RemedyRun:
    """A remedy of that time."""
    change = Change("app: public.heap", "DEFAULT", "FULL", asked_at)
    return RemedyRun(
        f"remedy-{asked_at}",
        "orders",
        "check",
        Offer(name, (), {}),
        "U1",
        asked_at,
        "check-1",
        state=state,
        changes=(change,) if changed else (),
    )


def test_a_cancel_sets_back_what_was_changed_and_can_be_the_latest_first() -> None:
    """One that failed half-way or died after an intent is looked at as well."""
    done = run(REPLICA_IDENTITY, 1.0, RunState.DONE)
    failed = run(REPLICA_IDENTITY, 2.0, RunState.FAILED)
    begun = run(REPLICA_IDENTITY, 3.0, RunState.ASKED)
    others = [
        run(REPLICA_IDENTITY, 4.0, RunState.SET_BACK),
        run(REPLICA_IDENTITY, 5.0, RunState.DONE, changed=False),
        run(DROP_SLOTS, 6.0, RunState.DONE),
    ]

    assert to_be_set_back([done, failed, begun, *others]) == (begun, failed, done)
