"""The crash table: whatever dies, stops, fails or dawdles wherever, no write is lost.

Nobody helps: no person, no test. What is judged in every case says judge.py.
"""

from collections.abc import Callable

import pytest
from cases import AFTER_PIVOT, POINTS, Case, case
from cutover_ground import SOURCE
from judge import Outcome
from prepared_base import TARGET_INSTANCE

Survives = Callable[[Case], Outcome]


@pytest.mark.table("crashes", slices=40)
@pytest.mark.parametrize("point", POINTS)
def test_killed(survives: Survives, point: str) -> None:
    """SIGKILL: a successor opens one database, never the source after the pivot."""
    outcome = survives(case(("kill", point)))

    assert outcome.place == TARGET_INSTANCE or point not in AFTER_PIVOT


@pytest.mark.table("crashes", slices=40)
@pytest.mark.parametrize("point", POINTS)
def test_stopped_taken_over_and_woken(survives: Survives, point: str) -> None:
    """SIGSTOP: a successor acts, and its predecessor wakes up and finds nothing that obeys it."""
    outcome = survives(case(("stop", point)))

    assert outcome.place == TARGET_INSTANCE or point not in AFTER_PIVOT


@pytest.mark.table("crashes", slices=40)
@pytest.mark.parametrize("point", POINTS[1:])
def test_failed(survives: Survives, point: str) -> None:
    """An error: the job itself goes back, or forward once clients may have written."""
    outcome = survives(case(("error", point)))

    assert (outcome.place == SOURCE) is (point not in AFTER_PIVOT)
    assert outcome.errors == 0


@pytest.mark.table("crashes", slices=40)
@pytest.mark.parametrize("point", POINTS[2:])
def test_dawdled(survives: Survives, point: str) -> None:
    """A delay beyond the budget: over before the promotion goes back; later nothing is lost."""
    outcome = survives(case(("delay 3", point), longest=2.0))

    if POINTS.index(point) <= POINTS.index("promote-intended"):
        assert outcome.place == SOURCE
