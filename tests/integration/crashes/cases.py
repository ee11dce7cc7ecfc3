"""One case: a switchover under live clients that is struck, and has no help but what is named."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from crash_ground import Application, CrashGround
from cutover_ground import SOURCE, assert_writes_flow
from detector import Detector, detecting
from direction import CUT_OVER, Direction
from judge import Outcome, judge
from slot_readers import make_slot
from troubles import EVERY_TROUBLE

from migration.model import Migration, WayBack

# Where the plan wants consumers' slots made anew: between "checked" and "redirected".
SLOTS = ("slot-made", "slots-made")
SLOT = "feed"


@dataclass(frozen=True)
class Strike:
    """What happens to whoever reaches a point first: see workers/failpoints.py."""

    point: str
    act: str

    def __str__(self) -> str:
        return f"{self.act} at {self.point}"


@dataclass(frozen=True)
class Case:
    """The first strike is the one that the case waits for; the trouble begins with it."""

    strikes: tuple[Strike, ...]
    #: one of EVERY_TROUBLE
    trouble: str = ""
    writers: int = 4
    #: the switchover's budget, in seconds
    longest: float = 20.0
    #: which way writes are to go; the ground's own
    direction: Direction = CUT_OVER
    #: of a cut-over, whether one is prepared
    way_back: WayBack = WayBack.NONE
    #: whether the source has a consumer's slot, to be made anew
    slots: bool = False

    @property
    def forgotten(self) -> bool:
        """Whether Redis is emptied."""
        return bool(self.trouble) and EVERY_TROUBLE[self.trouble].forgets

    def __str__(self) -> str:
        parts = [*map(str, self.strikes), *([self.trouble] if self.trouble else [])]
        way = "" if self.direction is CUT_OVER else f"{self.direction.name}: "
        if self.way_back is not WayBack.NONE:
            parts.append("with a way back")
        return f"{way}{', '.join(parts)} ({self.writers} writers)"


def case(*strikes: tuple[str, str], **more: object) -> Case:
    """A case by its strikes' acts and points."""
    return Case(tuple(Strike(point, act) for act, point in strikes), **more)  # type: ignore[arg-type]


def carry_out(ground: CrashGround, case: Case) -> Outcome:
    """Have it happen on a fresh base, and judge it once one database takes writes again."""
    assert ground.direction is case.direction
    migration = ground.begin(case.longest, way_back=case.way_back, recreate_slots=case.slots)
    if case.slots:
        make_slot(ground, SLOT)
    for strike in case.strikes:
        ground.strike(strike.point, strike.act)
    with (
        ground.clients(case.writers, Application) as clients,
        detecting(ground, ground.direction.origin) as detector,
        nobody_left_waiting(ground),
    ):
        approved = ground.approve(migration)
        ground.cut_over_to(case.strikes[0].point, approved)
        moments = _befall(ground, case)
        if case.forgotten:
            _recover(ground, case)
        else:
            _see_it_settled(ground, case, approved)
        assert_writes_flow(clients)
        _wake(ground, case)
        assert_writes_flow(clients)
    return _judged(ground, case, approved, clients, detector, moments)


@contextmanager
def nobody_left_waiting(ground: CrashGround) -> Iterator[None]:
    """A case that fails may leave clients held for ever; the next one starts the pooler anew."""
    try:
        yield
    except BaseException:
        ground.pooler.kill()
        raise


def _befall(ground: CrashGround, case: Case) -> list[float]:
    """The first strike has struck: the trouble begins, and whoever is held goes on in it."""
    first = case.strikes[0]
    if not case.trouble:
        return []
    moment = time.time()
    with EVERY_TROUBLE[case.trouble].on(ground):
        if first.act == "hold":
            ground.release(first.point)
    return [moment]


def _see_it_settled(ground: CrashGround, case: Case, approved: Migration) -> None:
    if case.strikes[0] == Strike("armed", "stop"):
        # nothing was begun: the job that is asked for again waits for this very worker
        ground.wake("armed")
    ground.settled(approved)


def _recover(ground: CrashGround, case: Case) -> None:
    """A person mends it, if the job did not end by itself: docs/on-call.md."""
    if case.strikes[0].act == "hold":
        return
    ground.host.die()
    seen = json.loads(ground.host.run("workers", "recover", SOURCE, "--json"))
    act = "--finish" if "--finish" in seen["advice"] else "--reopen"
    ground.host.run("workers", "recover", SOURCE, act)


def _wake(ground: CrashGround, case: Case) -> None:
    for strike in case.strikes:
        if strike.act == "stop" and strike.point != "armed":
            ground.wake(strike.point)


def _judged(
    ground: CrashGround,
    case: Case,
    approved: Migration,
    clients: list[Application],
    detector: Detector,
    moments: list[float],
) -> Outcome:
    struck = tuple(strike.point for strike in case.strikes if ground.struck(strike.point))
    moments += [ground.struck_at(point) for point in struck]
    outcome = judge(ground, approved, clients, detector, moments)
    outcome.struck = struck
    return outcome
