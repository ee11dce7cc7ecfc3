"""The crash table: whatever dies, stops, fails or dawdles wherever, no write is lost.

Nobody helps: no person, no test. What is judged in every case says judge.py.
"""

from collections.abc import Callable

import pytest
from cases import Case, case
from crash_ground import CrashGround
from cutover_ground import SOURCE
from direction import CUT_OVER
from judge import Outcome
from prepared_base import TARGET_INSTANCE
from slack_edge import thread_up_to

Survives = Callable[[Case], Outcome]
POINTS, AFTER_PIVOT = CUT_OVER.points, CUT_OVER.after_pivot


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


@pytest.mark.table("crashes", slices=40)
def test_killed_while_nothing_of_slacks_side_runs(survives: Survives, ground: CrashGround) -> None:
    """Bot and channel worker are down throughout, as in every case; what was done is told later.

    All of it, from the start on, each entry once and in its order.
    """
    outcome = survives(case(("kill", "promoted")))
    end = "*Cut over*: done" if outcome.place == TARGET_INSTANCE else "takes writes.*"
    said = thread_up_to(ground, end)
    (taken_over,) = (place for place, words in enumerate(said) if "Taken over." in words)
    assert "Started" in said[0]
    assert taken_over < next(place for place, words in enumerate(said) if end in words)
