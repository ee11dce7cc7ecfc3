"""Sets back what remedies changed on a source, where its migration is cancelled."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from migration.errors import (
    Conflict,
    DaybreakError,
    RecordUnreadable,
    StoreUnavailable,
    Transient,
)
from migration.remedies import RemedyRun, RunState, to_be_set_back
from migration.steps import Journal
from workers.remedies import replica_identity
from workers.toolbox import Toolbox

TRIES = 3


def set_back(source: str, by: str, tools: Toolbox, journal: Journal) -> tuple[list[str], list[str]]:
    """What was set back, and what was left and why.

    `by` cancelled it: what still waits for its time is called off in that name.

    Whoever cancels is not kept from it by a table that can't be had: what is left is said.

    Raises:
        Transient: what became of it could not be written down; it is set back once more.
    """
    try:
        recorded = tools.remedies.of_source(source)
    except RecordUnreadable as error:
        return [], [f"whatever remedies changed of `{source}`: {error}"]
    gone = [
        f"the remedy {run.offer.remedy}, called off"
        for run in recorded
        if run.can_be_called_off and tools.remedies.call_off(run.id, by, tools.clock.now())
    ]
    left: list[str] = []
    for run in to_be_set_back(recorded):
        for what, why in _each(run, tools, journal):
            (left if why else gone).append(why or what)
        _mark(run, source, tools)
    return gone, left


def _mark(run: RemedyRun, source: str, tools: Toolbox) -> None:
    """It is set back for good; whoever closes it at the same time writes it, too.

    Raises:
        Transient: it was written each time in between.
    """
    for _ in range(TRIES):
        ended_at = run.ended_at or tools.clock.now()
        try:
            tools.remedies.save(replace(run, state=RunState.SET_BACK, ended_at=ended_at))
        except Conflict:
            run = next(one for one in tools.remedies.of_source(source) if one.id == run.id)
        else:
            return
    raise Transient(f"The record of the remedy `{run.id}` is being written by somebody else.")


def _each(run: RemedyRun, tools: Toolbox, journal: Journal) -> Iterator[tuple[str, str]]:
    """What was set back, and where it was not, why."""
    for change in run.changes:
        intend = partial(
            journal.intend,
            "set_back",
            what=change.what,
            before=change.after,
            after=change.before,
        )
        try:
            why = replica_identity.set_back(change, run.source, tools, intend)
        except StoreUnavailable:
            raise
        except DaybreakError as error:
            why = f"`{change.what}` keeps {change.after}: {error}"
        if why is None:
            continue
        if not why:
            journal.done("set_back", what=change.what)
        yield f"the replica identity {change.after} of `{change.what}`", why
