"""Draws cases by chance: the same seed and number give the same case, on every machine."""

import random

from cases import Case, Strike
from direction import CUT_OVER
from troubles import TROUBLES

ACTS = ("kill", "stop", "error", "delay 3")
# The job goes on in it, or dies with it.
WITH_TROUBLE = ("hold", "kill")
MOST_WRITERS = 12
LONGEST_SECONDS = (2.0, 20.0)
# How often one of them is part of a case.
TROUBLE_SHARE = 0.5
SECOND_SHARE = 0.5


def draw(seed: int, number: int) -> Case:
    """The case of that number."""
    # not a secret, but chance that can be had again
    chance = random.Random(f"{seed} {number}")
    point = chance.choice(CUT_OVER.points)
    trouble = chance.choice(troubles_at(point)) if chance.random() < TROUBLE_SHARE else ""
    strikes = [Strike(point, chance.choice(WITH_TROUBLE if trouble else ACTS))]
    # whoever mends it without Redis is a person, and not struck
    if chance.random() < SECOND_SHARE and not (trouble and TROUBLES[trouble].forgets):
        points = CUT_OVER.points
        later = (*points[points.index(point) + 1 :], *CUT_OVER.back, *CUT_OVER.successor)
        strikes.append(Strike(chance.choice(later), chance.choice(ACTS)))
    return Case(
        strikes=tuple(strikes),
        trouble=trouble,
        writers=chance.randint(1, MOST_WRITERS),
        longest=chance.choice(LONGEST_SECONDS),
    )


def troubles_at(point: str) -> list[str]:
    """All; but as long as the source is open, nobody is needed who mends what Redis forgot."""
    return [
        name
        for name, trouble in TROUBLES.items()
        if point in CUT_OVER.closed or not trouble.forgets
    ]
