"""Who is observed, and what a step can reach on observations."""

from dataclasses import fields, replace
from typing import Any

import pytest
from builders import a_migration, position_of

from migration.model import Migration, Status, Waiting
from migration.plan import CUT_OVER
from workers.observing.rehearsal import by_sight, only_waits
from workers.observing.sight import NotObserved, Sight
from workers.toolbox import Toolbox

# These read our own records alone.
HARMLESS = {"settings", "clock", "readings", "acknowledged", "done_at"}


def test_a_tool_that_nobody_thought_of_does_nothing() -> None:
    """Whatever is added to the toolbox: on observations it is neither used nor called."""
    real: dict[str, Any] = {one.name: object() for one in fields(Toolbox)}
    tools = by_sight(Toolbox(**real), Sight())
    handed_on = {name for name in real if getattr(tools, name) is real[name]}

    assert handed_on == HARMLESS
    for name in real.keys() - HARMLESS:
        with pytest.raises(NotObserved):
            getattr(tools, name).anything()
        with pytest.raises(NotObserved):
            getattr(tools, name)("orders")


WAITING = replace(a_migration(), waiting=Waiting("the copy", 0.0))


@pytest.mark.parametrize(
    ("migration", "expected"),
    [
        (WAITING, True),
        (replace(WAITING, status=Status.CANCELLING), True),
        (replace(WAITING, waiting=None), False),
        (replace(WAITING, attempts=1), False),
        (replace(WAITING, cut_over_began=1.0), False),
        (replace(WAITING, position=position_of(CUT_OVER)), False),
        *(
            (replace(WAITING, status=status), False)
            for status in Status
            if status not in {Status.ACTIVE, Status.CANCELLING}
        ),
    ],
)
def test_only_who_has_looked_and_waits_is_observed(migration: Migration, expected: bool) -> None:
    """A gate, a cut-over, a step that has not begun or that failed looks for itself."""
    assert only_waits(migration) is expected
