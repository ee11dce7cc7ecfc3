"""The ways that writes go in a case: whence, where they can be struck, and how an end is told."""

from collections.abc import Callable
from dataclasses import dataclass

from cutover_ground import SOURCE
from prepared_base import TARGET_INSTANCE

from migration.events import CutOverAborted, Event, RollBackAborted, RolledBack, StepDone
from migration.model import Status
from migration.plan import CUT_OVER as CUT_OVER_STEP

# Passed between "checked" and "redirected", where the plan asks for a way back.
WAY_BACK = ("way-back-published", "way-back-slot", "way-back-prepared")


@dataclass(frozen=True)
class Direction:
    """One of them."""

    name: str
    #: the database that takes writes when a case begins
    origin: str
    #: in the order in which they are passed
    points: tuple[str, ...]
    #: of whoever goes back, and of a successor
    back: tuple[str, ...]
    successor: tuple[str, ...]
    #: while somebody carries it out
    under_way: Status
    #: the database that takes writes by this word of the history; empty where it says none, None
    #: where it tells of no end
    told_by: Callable[[Event], str | None]
    #: where the migration may stand when the writes went over, and when they stayed
    moved: frozenset[Status]
    stayed: frozenset[Status]

    @property
    def closed(self) -> tuple[str, ...]:
        """Until then Redis may come back empty without anybody's harm."""
        return self.points[self.points.index("fenced") :]

    @property
    def after_pivot(self) -> tuple[str, ...]:
        """From here on there is one way only."""
        return self.points[self.points.index("lifted") :]


def _told_of_cut_over(event: Event) -> str | None:
    if isinstance(event, StepDone) and event.step == CUT_OVER_STEP:
        return TARGET_INSTANCE
    if isinstance(event, CutOverAborted):
        says = ("The source takes writes again", "The cut-over did not begin")
        return SOURCE if any(words in event.reason for words in says) else ""
    return None


def _told_of_roll_back(event: Event) -> str | None:
    if isinstance(event, RolledBack):
        return SOURCE
    if isinstance(event, RollBackAborted):
        says = ("takes writes again; nothing was lost", "The roll back did not begin")
        return TARGET_INSTANCE if any(words in event.reason for words in says) else ""
    return None


CUT_OVER = Direction(
    name="cut-over",
    origin=SOURCE,
    points=(
        "armed",
        "begun",
        "paused",
        "fenced",
        "marked",
        "drained",
        "promote-intended",
        "promote-leaving",
        "promote-sent",
        "promoted",
        "claimed",
        "checked",
        "redirected",
        "lifted",
        "resumed",
    ),
    back=("back-gave-up", "back-announced", "back-reopened"),
    successor=(
        "successor-looked",
        "successor-took-charge",
        "successor-claimed",
        "successor-redirected",
        "successor-lifted",
    ),
    under_way=Status.CUTTING_OVER,
    told_by=_told_of_cut_over,
    moved=frozenset(Status) - {Status.CUTTING_OVER},
    stayed=frozenset({Status.WAITING_FOR_APPROVAL, Status.HALTED}),
)

ROLL_BACK = Direction(
    name="roll back",
    origin=TARGET_INSTANCE,
    points=(
        "armed",
        "begun",
        "paused",
        "fenced",
        "marked",
        "drained",
        "sequences-read",
        "sequences-set",
        "yielded",
        "redirected",
        "lifted",
        "resumed",
    ),
    back=("called-off",),
    successor=("successor-looked", "successor-took-charge", "successor-lifted"),
    under_way=Status.ROLLING_BACK,
    told_by=_told_of_roll_back,
    moved=frozenset({Status.ACTIVE, Status.ROLLED_BACK}),
    stayed=frozenset({Status.ACTIVE}),
)
