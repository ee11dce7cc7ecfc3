"""The crash table: what the cut-over stands on breaks under it, on both sides of the promotion."""

from collections.abc import Callable

import pytest
from cases import CLOSED, Case, case
from judge import Outcome
from prepared_base import TARGET_INSTANCE
from troubles import TROUBLES

Survives = Callable[[Case], Outcome]

MOMENTS = ("paused", "fenced", "drained", "promote-sent", "claimed", "lifted")


@pytest.mark.table("troubles")
@pytest.mark.parametrize("point", MOMENTS)
@pytest.mark.parametrize("trouble", TROUBLES)
def test_in_trouble(survives: Survives, trouble: str, point: str) -> None:
    """The job goes on in it, or another one does; whoever began it ends it."""
    outcome = survives(case(("hold", point), trouble=trouble))

    assert outcome.place == TARGET_INSTANCE or point != "lifted"


@pytest.mark.table("troubles")
@pytest.mark.parametrize("point", CLOSED)
def test_killed_with_redis_emptied(survives: Survives, point: str) -> None:
    """Nobody knows of the migration any more: `recover` tells how it stands, and mends it."""
    outcome = survives(case(("kill", point), trouble="redis emptied"))

    assert outcome.place == TARGET_INSTANCE or point not in {"lifted", "resumed"}


@pytest.mark.table("troubles")
@pytest.mark.parametrize("point", ["fenced", "promoted", "redirected"])
@pytest.mark.parametrize("trouble", ["redis killed for 2 s", "pooler killed", "agent killed"])
def test_killed_in_trouble(survives: Survives, trouble: str, point: str) -> None:
    """The successor finds a host whose other parts died as well."""
    survives(case(("kill", point), trouble=trouble))
