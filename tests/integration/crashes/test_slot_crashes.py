"""The crash table: who makes consumers' slots anew is struck, and no change is missed."""

from collections.abc import Callable

import pytest
from cases import SLOT, SLOTS, Case, case
from crash_ground import CrashGround
from cutover_ground import SOURCE
from judge import Outcome
from prepared_base import TARGET_INSTANCE
from slot_readers import look

Survives = Callable[[Case], Outcome]
WRITTEN = "SELECT array_agg(client || ' ' || number) FROM seen"


def all_on(ground: CrashGround, instance: str) -> set[tuple[int, int]]:
    """Every write that the server has."""
    found = ground.scalar(instance, WRITTEN) or []
    return {(int(client), int(number)) for client, number in map(str.split, found)}


@pytest.mark.table("crashes", slices=40)
@pytest.mark.parametrize("act", ["kill", "stop"])
@pytest.mark.parametrize("point", SLOTS)
def test_a_successor_makes_it_or_finds_it_made(
    survives: Survives, ground: CrashGround, point: str, act: str
) -> None:
    """The target opens; its slot has every write that the source's does not have, and no other."""
    outcome = survives(case((act, point), slots=True))

    assert outcome.place == TARGET_INSTANCE
    assert_none_is_missed(ground)
    (told,) = ground.store.recent(1)[0].facts["cut_over"]["slots"]
    begins = f"SELECT confirmed_flush_lsn FROM pg_replication_slots WHERE slot_name = '{SLOT}'"
    assert told["name"] == SLOT
    assert told["target_position"] == ground.scalar(TARGET_INSTANCE, begins)
    assert told["source_position"] == ground.scalar(SOURCE, begins)


@pytest.mark.table("crashes", slices=40)
def test_whoever_recovers_without_a_plan_makes_it(survives: Survives, ground: CrashGround) -> None:
    """Redis is empty: which slots were wanted stands in the database."""
    outcome = survives(case(("kill", "claimed"), trouble="redis emptied", slots=True))

    assert outcome.place == TARGET_INSTANCE
    assert_none_is_missed(ground)


def assert_none_is_missed(ground: CrashGround) -> None:
    """What the source's slot does not have, the target's does, and nothing twice."""
    on_source = look(ground, SOURCE, SLOT)
    on_target = look(ground, TARGET_INSTANCE, SLOT)
    assert on_target
    assert not on_source & on_target
    assert on_source | on_target == all_on(ground, TARGET_INSTANCE)


@pytest.mark.table("crashes", slices=40)
@pytest.mark.parametrize("point", SLOTS)
def test_without_slots_the_target_does_not_open(
    survives: Survives, ground: CrashGround, point: str
) -> None:
    """It goes back: the consumer goes on where it was, and has all of it."""
    outcome = survives(case(("error", point), slots=True))

    assert outcome.place == SOURCE
    assert look(ground, SOURCE, SLOT) == all_on(ground, SOURCE)


@pytest.mark.table("crashes", slices=40)
def test_without_a_source_to_go_back_to_it_opens_and_says_which_are_missing(
    survives: Survives, ground: CrashGround
) -> None:
    """Nobody is left without a database for the sake of a consumer."""
    outcome = survives(
        case(("kill", "claimed"), trouble="source away, a slot in the way", slots=True)
    )

    assert outcome.place == TARGET_INSTANCE
    assert ground.store.recent(1)[0].facts["cut_over"]["slots_missing"] == [SLOT]
