"""The crash table of the roll back: until the target has yielded the source never opens.

From then on either may, but never both; and from the source's opening on there is one way only.
"""

from collections.abc import Callable, Iterator

import pytest
from cases import Case, case, nobody_left_waiting
from crash_ground import Application, crash_ground
from cutover_ground import SOURCE, assert_writes_flow
from detector import detecting
from direction import ROLL_BACK
from judge import Outcome, judge
from prepared_base import TARGET_INSTANCE
from roll_back_crash_ground import RollBackCrashGround
from slack_edge import thread_up_to
from troubles import TROUBLES_OF_ROLL_BACK, UNSEEN

from workers.postgres.fence import State

pytestmark = pytest.mark.table("roll back crashes", slices=80)

Survives = Callable[[Case], Outcome]
POINTS, AFTER_PIVOT = ROLL_BACK.points, ROLL_BACK.after_pivot
YIELDED = POINTS[POINTS.index("yielded") :]
# Before the first of them nobody is missed: the job is asked for again, and goes on.
CLOSED = ROLL_BACK.closed
MOMENTS = ("paused", "fenced", "drained", "yielded", "lifted")


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


@pytest.mark.parametrize(
    ("point", "end"),
    [
        ("fenced", "*The roll back was called off; `orders-aurora` takes writes*"),
        ("yielded", "*Rolled back: applications use `orders` again*, with every write."),
    ],
)
def test_killed_while_nothing_of_slacks_side_runs(
    survives: Survives, ground: RollBackCrashGround, point: str, end: str
) -> None:
    """As in every case; what was done is told later, from the start on."""
    survives(back(("kill", point)))
    said = thread_up_to(ground, end)

    (taken_over,) = (place for place, words in enumerate(said) if "Taken over." in words)
    (ended,) = (place for place, words in enumerate(said) if end in words)
    assert "carried out the roll back was silent" in said[taken_over]
    assert taken_over < ended


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


# Whoever takes over, or calls it off, is struck as well -------------------------------------------


@pytest.mark.parametrize("act", ["kill", "stop", "error"])
@pytest.mark.parametrize(
    ("first", "then"),
    [
        ("drained", "successor-looked"),
        ("drained", "successor-took-charge"),
        ("drained", "called-off"),
        ("yielded", "successor-looked"),
        ("yielded", "successor-took-charge"),
        ("yielded", "successor-lifted"),
    ],
)
def test_successor_struck_as_well(survives: Survives, first: str, then: str, act: str) -> None:
    """It has a successor of its own; one that stood still and wakes up is obeyed by nobody."""
    outcome = survives(back(("kill", first), (act, then)))

    assert outcome.struck == (first, then)
    assert outcome.place in places_after(first)


@pytest.mark.parametrize("act", ["kill", "stop", "error"])
@pytest.mark.parametrize("first", ["drained", "yielded"])
def test_struck_while_calling_off(survives: Survives, first: str, act: str) -> None:
    """The target takes writes again by then, and whoever comes next lets the traffic go."""
    outcome = survives(back(("error", first), (act, "called-off")))

    assert outcome.struck == (first, "called-off")
    assert outcome.place == TARGET_INSTANCE


# What it stands on breaks under it ----------------------------------------------------------------


@pytest.mark.parametrize("point", MOMENTS)
@pytest.mark.parametrize("trouble", TROUBLES_OF_ROLL_BACK)
def test_in_trouble(survives: Survives, trouble: str, point: str) -> None:
    """The job goes on in it, or another one does; whoever began it ends it."""
    outcome = survives(back(("hold", point), trouble=trouble))

    assert outcome.place == SOURCE or point != "lifted"


@pytest.mark.parametrize("point", CLOSED)
def test_killed_with_redis_emptied(survives: Survives, point: str) -> None:
    """Nobody knows of the migration any more: `recover` tells how it stands, and mends it."""
    outcome = survives(back(("kill", point), trouble="redis emptied"))

    assert outcome.place in places_after(point)


@pytest.mark.parametrize("point", ["fenced", "yielded", "redirected"])
@pytest.mark.parametrize("trouble", ["redis killed for 2 s", "pooler killed", "agent killed"])
def test_killed_in_trouble(survives: Survives, trouble: str, point: str) -> None:
    """The successor finds a host whose other parts died as well."""
    outcome = survives(back(("kill", point), trouble=trouble))

    assert outcome.place in places_after(point)


@pytest.mark.parametrize("act", ["hold", "kill"])
@pytest.mark.parametrize("point", ["paused", "fenced", "drained", "sequences-set"])
def test_source_gone_before_the_target_yields(survives: Survives, point: str, act: str) -> None:
    """Nothing is needed of the source to reopen the target."""
    outcome = survives(back((act, point), trouble="source away"))

    assert outcome.place == TARGET_INSTANCE


@pytest.mark.parametrize("point", ["yielded", "redirected"])
def test_source_gone_for_a_while_when_it_is_to_open(survives: Survives, point: str) -> None:
    """The target has yielded: the source is waited for, as long as the budget lasts."""
    outcome = survives(back(("hold", point), trouble="source away for 8 s"))

    assert outcome.place == SOURCE


@pytest.mark.parametrize(
    ("act", "point"),
    [("hold", "redirected"), ("hold", "lifted"), ("kill", "lifted")],
)
def test_target_gone_after_it_yielded(survives: Survives, act: str, point: str) -> None:
    """It is not needed any more: the source has everything, and opens or is open."""
    outcome = survives(back((act, point), trouble="target away"))

    assert outcome.place == SOURCE


@pytest.mark.parametrize("act", ["hold", "kill"])
def test_target_gone_for_a_while_before_anybody_else_knows(survives: Survives, act: str) -> None:
    """It alone says that it yielded: it is waited for, and one of the two opens."""
    survives(back((act, "yielded"), trouble="target away for 8 s"))


@pytest.mark.parametrize("point", ["fenced", "drained"])
def test_source_hangs(survives: Survives, point: str) -> None:
    """No server ends what it does not carry out: whoever waits for it does, and calls it off."""
    outcome = survives(back(("hold", point), trouble="source's sessions hang"))

    assert outcome.place == TARGET_INSTANCE


def test_way_back_cut_off_for_too_long(survives: Survives) -> None:
    """The last writes do not arrive within the budget: the target has them, and goes on."""
    outcome = survives(back(("hold", "paused"), trouble="way back cut off for 8 s", longest=3.0))

    assert outcome.place == TARGET_INSTANCE


# Acts that come late ------------------------------------------------------------------------------


def test_yield_committed_after_the_successor_looked(survives: Survives) -> None:
    """The target had not yielded when it looked, and has when it takes over: it looks anew."""
    strikes = (("kill", "sequences-set"), ("hold", "successor-looked"))
    outcome = survives(back(*strikes, trouble="yield committed late"))

    assert outcome.place == SOURCE


def test_yield_that_comes_when_another_is_in_charge(
    survives: Survives, ground: RollBackCrashGround
) -> None:
    """It is not obeyed: the successor reopens the target, and the source stays closed."""
    strikes = (("kill", "sequences-set"), ("hold", "successor-took-charge"))
    outcome = survives(back(*strikes, trouble="decided too late"))

    assert outcome.place == TARGET_INSTANCE
    assert ground.fence_on(SOURCE).state is State.FENCED


def test_woken_after_another_roll_back(ground: RollBackCrashGround) -> None:
    """It read where the sequences stood, and would set them back on a source that has gone on."""
    point = "sequences-read"
    migration = ground.begin(20.0)
    ground.strike(point, "stop")
    with (
        ground.clients(kind=Application) as clients,
        detecting(ground, ground.direction.origin) as detector,
        nobody_left_waiting(ground),
    ):
        approved = ground.approve(migration)
        ground.cut_over_to(point, approved)
        called_off = ground.settled(approved)
        assert_writes_flow(clients)
        ground.host.start_another("workers worker")
        ground.settled(ground.approve(called_off))
        assert_writes_flow(clients)
        ground.wake(point)
        assert_writes_flow(clients)

    outcome = judge(ground, approved, clients, detector, [ground.struck_at(point)])
    # pytest shows it for a failure
    print(ground.host.said())  # noqa: T201
    assert outcome.survived, outcome
    assert outcome.place == SOURCE


@pytest.mark.parametrize(
    "trouble", ["last write comes late", "clock set back, last write comes late"]
)
def test_last_write_behind_the_first_mark(
    survives: Survives, ground: RollBackCrashGround, trouble: str
) -> None:
    """Nothing is decided before it has arrived as well."""
    outcome = survives(back(("hold", "marked"), trouble=trouble))

    assert outcome.place == SOURCE
    assert ground.scalar(SOURCE, f"SELECT count(*) FROM seen WHERE client = {UNSEEN}") == 1
