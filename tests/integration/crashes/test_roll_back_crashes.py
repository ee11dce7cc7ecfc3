"""The crash table of the roll back: until the target has yielded the source never opens.

From then on either may, but never both; and from the source's opening on there is one way only.
"""

from collections.abc import Callable, Iterator

import pytest
from cases import Case, case
from crash_ground import crash_ground
from cutover_ground import SOURCE
from direction import ROLL_BACK
from judge import Outcome
from prepared_base import TARGET_INSTANCE
from roll_back_crash_ground import RollBackCrashGround

pytestmark = pytest.mark.table("roll back crashes", slices=40)

Survives = Callable[[Case], Outcome]
POINTS, AFTER_PIVOT = ROLL_BACK.points, ROLL_BACK.after_pivot
YIELDED = POINTS[POINTS.index("yielded") :]


@pytest.fixture(scope="module")
def ground(nothing_kept: None) -> Iterator[RollBackCrashGround]:
    """One for all cases."""
    with crash_ground(RollBackCrashGround) as ground:
        yield ground


def back(*strikes: tuple[str, str], **more: object) -> Case:
    """A case of a roll back."""
    return case(*strikes, direction=ROLL_BACK, **more)


def places_after(point: str) -> set[str]:
    """Where writes may be, if somebody else ends what was struck there."""
    if point == "armed":
        # Nothing was begun: it is asked for again, and goes through if its conditions hold still.
        return {SOURCE, TARGET_INSTANCE}
    return {SOURCE} if point in YIELDED else {TARGET_INSTANCE}


@pytest.mark.parametrize("point", POINTS)
def test_killed(survives: Survives, ground: RollBackCrashGround, point: str) -> None:
    """SIGKILL: a successor reopens the target until it has yielded, and then opens the source."""
    outcome = survives(back(("kill", point)))

    assert outcome.place in places_after(point)
    if point in YIELDED:
        # Nothing of the predecessor is obeyed there any more.
        taken_over = ground.store.load(ground.base.migration.id).epoch
        assert ground.fence_on(SOURCE).epoch == taken_over


@pytest.mark.parametrize("point", POINTS)
def test_stopped_taken_over_and_woken(survives: Survives, point: str) -> None:
    """SIGSTOP: a successor acts, and its predecessor wakes up and finds nothing that obeys it."""
    outcome = survives(back(("stop", point)))

    assert outcome.place in places_after(point)


@pytest.mark.parametrize("point", POINTS[1:])
def test_failed(survives: Survives, point: str) -> None:
    """An error: the job itself calls it off, or goes on once the source may have been opened."""
    outcome = survives(back(("error", point)))

    assert (outcome.place == SOURCE) is (point in AFTER_PIVOT)
    assert outcome.errors == 0


@pytest.mark.parametrize("point", POINTS[2:])
def test_dawdled(survives: Survives, point: str) -> None:
    """A delay beyond the budget: over before the target yields it is called off."""
    outcome = survives(back(("delay 3", point), longest=2.0))

    if point not in YIELDED:
        assert outcome.place == TARGET_INSTANCE
    if point in AFTER_PIVOT:
        assert outcome.place == SOURCE


# Whoever calls it off is struck as well -----------------------------------------------------------


@pytest.mark.parametrize("act", ["kill", "stop", "error"])
@pytest.mark.parametrize("first", ["drained", "yielded"])
def test_struck_while_calling_off(survives: Survives, first: str, act: str) -> None:
    """The target takes writes again by then, and whoever comes next lets the traffic go."""
    outcome = survives(back(("error", first), (act, "called-off")))

    assert outcome.struck == (first, "called-off")
    assert outcome.place == TARGET_INSTANCE
