"""The crash table: what the cut-over stands on breaks under it, on both sides of the promotion."""

from collections.abc import Callable

import pytest
from cases import Case, case
from crash_ground import CrashGround
from cutover_ground import SOURCE
from direction import CUT_OVER
from judge import Outcome
from prepared_base import TARGET_INSTANCE
from troubles import TROUBLES

from workers.postgres.fence import State

Survives = Callable[[Case], Outcome]

MOMENTS = ("paused", "fenced", "drained", "promote-sent", "claimed", "lifted")


@pytest.mark.table("troubles", slices=40)
@pytest.mark.parametrize("point", MOMENTS)
@pytest.mark.parametrize("trouble", TROUBLES)
def test_in_trouble(survives: Survives, trouble: str, point: str) -> None:
    """The job goes on in it, or another one does; whoever began it ends it."""
    outcome = survives(case(("hold", point), trouble=trouble))

    assert outcome.place == TARGET_INSTANCE or point != "lifted"


@pytest.mark.table("troubles", slices=40)
@pytest.mark.parametrize("point", CUT_OVER.closed)
def test_killed_with_redis_emptied(survives: Survives, point: str) -> None:
    """Nobody knows of the migration any more: `recover` tells how it stands, and mends it."""
    outcome = survives(case(("kill", point), trouble="redis emptied"))

    assert outcome.place == TARGET_INSTANCE or point not in {"lifted", "resumed"}


@pytest.mark.table("troubles", slices=40)
@pytest.mark.parametrize("point", ["fenced", "promoted", "redirected"])
@pytest.mark.parametrize("trouble", ["redis killed for 2 s", "pooler killed", "agent killed"])
def test_killed_in_trouble(survives: Survives, trouble: str, point: str) -> None:
    """The successor finds a host whose other parts died as well."""
    survives(case(("kill", point), trouble=trouble))


@pytest.mark.table("troubles", slices=40)
def test_marked_and_cut_off(survives: Survives) -> None:
    """The target has the mark, and the source sees no replica: nothing is promoted upon a guess."""
    outcome = survives(case(("hold", "marked"), trouble="replica cut off for 8 s", longest=5.0))

    assert outcome.place == SOURCE


@pytest.mark.table("troubles", slices=40)
def test_cut_off_and_promoted_late(survives: Survives, ground: CrashGround) -> None:
    """The target never hears that the source reopens: nothing does, until it is promoted after all.

    Then it is given up. Reopened before, the attempt of old could have claimed it still.
    """
    ground.cloud.scenario.promote_call_delay_seconds = 6.0
    try:
        outcome = survives(
            case(
                ("hold", "promote-leaving"),
                ("error", "promote-sent"),
                trouble="replica cut off for 8 s",
            )
        )
    finally:
        ground.cloud.scenario.promote_call_delay_seconds = 0.0

    assert outcome.place == SOURCE
    assert ground.fence_on(TARGET_INSTANCE).state is State.ABANDONED
