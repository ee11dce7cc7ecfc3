"""The crash table: a server that is gone, or hangs, until the cut-over has come to an end."""

from collections.abc import Callable

import pytest
from cases import Case, case
from cutover_ground import SOURCE
from judge import Outcome
from prepared_base import TARGET_INSTANCE

Survives = Callable[[Case], Outcome]


@pytest.mark.table("lost servers")
@pytest.mark.parametrize("point", ["promoted", "claimed", "redirected"])
def test_source_gone_after_the_promotion(survives: Survives, point: str) -> None:
    """The target was proven to have everything, and is the only one that is left: it is opened."""
    outcome = survives(case(("hold", point), trouble="source away"))

    assert outcome.place == TARGET_INSTANCE


@pytest.mark.table("lost servers")
@pytest.mark.parametrize("point", ["promoted", "claimed", "redirected"])
def test_killed_and_source_gone(survives: Survives, point: str) -> None:
    """So does a successor, by what the target itself says."""
    outcome = survives(case(("kill", point), trouble="source away"))

    assert outcome.place == TARGET_INSTANCE


@pytest.mark.table("lost servers")
@pytest.mark.parametrize("point", ["fenced", "marked"])
def test_target_hangs(survives: Survives, point: str) -> None:
    """No server ends what it does not carry out: whoever waits for it does, and goes back."""
    outcome = survives(case(("hold", point), trouble="target's sessions hang"))

    assert outcome.place == SOURCE


@pytest.mark.table("lost servers")
def test_fence_committed_after_the_successor_looked(survives: Survives) -> None:
    """The source was open when it looked, and is closed when it takes over: it looks anew."""
    outcome = survives(
        case(("kill", "paused"), ("hold", "successor-looked"), trouble="fence committed late")
    )

    assert outcome.place == SOURCE


@pytest.mark.table("lost servers")
def test_no_way_back_without_the_source(survives: Survives) -> None:
    """Until the source answers the target is not given up: it is the only complete copy."""
    outcome = survives(
        case(("hold", "claimed"), ("error", "checked"), trouble="source away on the way back")
    )

    assert outcome.place == SOURCE
