"""The crash table: whoever takes over, or goes back, is struck as well."""

from collections.abc import Callable

import pytest
from cases import Case, case
from cutover_ground import SOURCE
from judge import Outcome
from prepared_base import TARGET_INSTANCE

Survives = Callable[[Case], Outcome]

# On which way a point lies, by the point where the predecessor is struck.
ON_THE_WAY = [
    ("drained", "successor-took-charge"),
    ("drained", "back-announced"),
    ("drained", "back-reopened"),
    ("promoted", "successor-took-charge"),
    ("promoted", "successor-claimed"),
    ("promoted", "successor-redirected"),
    ("promoted", "successor-lifted"),
]


@pytest.mark.table("crashes", slices=40)
@pytest.mark.parametrize("act", ["kill", "stop"])
@pytest.mark.parametrize(("first", "then"), ON_THE_WAY)
def test_successor_struck_as_well(survives: Survives, first: str, then: str, act: str) -> None:
    """It has a successor of its own; one that stood still and wakes up is obeyed by nobody."""
    outcome = survives(case(("kill", first), (act, then)))

    assert outcome.struck == (first, then)


@pytest.mark.table("crashes", slices=40)
@pytest.mark.parametrize("act", ["kill", "stop"])
@pytest.mark.parametrize(
    ("first", "then"),
    [
        ("checked", "back-gave-up"),
        ("checked", "back-announced"),
        ("checked", "back-reopened"),
        ("drained", "back-announced"),
    ],
)
def test_struck_on_the_way_back(survives: Survives, first: str, then: str, act: str) -> None:
    """The check says no, and whoever goes back is struck: the source is reopened all the same."""
    outcome = survives(case(("error", first), (act, then)))

    assert outcome.struck == (first, then)
    assert outcome.place == SOURCE


@pytest.mark.table("crashes", slices=40)
@pytest.mark.parametrize("then", ["successor-claimed", "successor-redirected", "successor-lifted"])
def test_successor_fails(survives: Survives, then: str) -> None:
    """It goes back while that loses nothing, and forward once clients may have written."""
    outcome = survives(case(("kill", "promoted"), ("error", then)))

    assert (outcome.place == TARGET_INSTANCE) is (then == "successor-lifted")
