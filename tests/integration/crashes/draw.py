"""Draws cases by chance: the same seed and number give the same case, on every machine."""

import random

from cases import Case, Strike
from direction import CUT_OVER, ROLL_BACK, WAY_BACK, Direction
from troubles import EVERY_TROUBLE, troubles_of

from migration.model import WayBack

ACTS = ("kill", "stop", "error", "delay 3")
# The job goes on in it, or dies with it.
WITH_TROUBLE = ("hold", "kill")
MOST_WRITERS = 12
LONGEST_SECONDS = (2.0, 20.0)
# How often it is a roll back, and how often a cut-over prepares the way back.
ROLL_BACK_SHARE = 0.4
WAY_BACK_SHARE = 0.3
# How often one of them is part of a case.
TROUBLE_SHARE = 0.5
SECOND_SHARE = 0.5


def draw(seed: int, number: int) -> Case:
    """The case of that number."""
    # not a secret, but chance that can be had again
    chance = random.Random(f"{seed} {number}")
    direction, way_back, points = _way(chance)
    point = chance.choice(points)
    names = troubles_at(direction, point)
    trouble = chance.choice(names) if chance.random() < TROUBLE_SHARE else ""
    strikes = [Strike(point, chance.choice(WITH_TROUBLE if trouble else ACTS))]
    # whoever mends it without Redis is a person, and not struck
    if chance.random() < SECOND_SHARE and not (trouble and EVERY_TROUBLE[trouble].forgets):
        later = (*points[points.index(point) + 1 :], *direction.back, *direction.successor)
        strikes.append(Strike(chance.choice(later), chance.choice(ACTS)))
    return Case(
        strikes=tuple(strikes),
        trouble=trouble,
        writers=chance.randint(1, MOST_WRITERS),
        longest=chance.choice(LONGEST_SECONDS),
        direction=direction,
        way_back=way_back,
    )


def _way(chance: random.Random) -> tuple[Direction, WayBack, tuple[str, ...]]:
    """Which way it goes, and the points on it."""
    if chance.random() < ROLL_BACK_SHARE:
        return ROLL_BACK, WayBack.NONE, ROLL_BACK.points
    if chance.random() >= WAY_BACK_SHARE:
        return CUT_OVER, WayBack.NONE, CUT_OVER.points
    place = CUT_OVER.points.index("redirected")
    points = (*CUT_OVER.points[:place], *WAY_BACK, *CUT_OVER.points[place:])
    return CUT_OVER, WayBack.REQUIRED, points


def troubles_at(direction: Direction, point: str) -> list[str]:
    """All; but while nothing is closed yet, nobody is needed who mends what Redis forgot."""
    return [
        name
        for name, trouble in troubles_of(direction).items()
        if point in direction.closed or not trouble.forgets
    ]
