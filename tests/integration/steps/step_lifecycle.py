"""What a step has to survive: a repeat, a death after each call, and being undone twice."""

import time
from collections.abc import Callable
from dataclasses import replace

from steps_ground import LOOK_SECONDS, PATIENCE, Died, Ground, Journal

from migration.model import Facts, Migration, Status
from migration.steps import Done, Outcome
from workers.observing.rehearsal import by_sight_and_sql, rehearse
from workers.observing.sight import Collected
from workers.steps.registry import STEPS


def run_dying(ground: Ground, migration: Migration, step: str) -> tuple[Facts, list[str]]:
    """Run a step whose worker dies after each of its calls; its facts, and the calls sent."""

    def look(journal: Journal) -> Outcome:
        assert_rehearsal_changes_nothing(ground, migration, step)
        return ground.look(migration, step, journal)

    return _dying(ground, look, step)


def compensate_dying(ground: Ground, migration: Migration, step: str) -> tuple[Facts, list[str]]:
    """The same for taking it down."""
    activity = STEPS[step](ground.tools)
    cancelling = replace(migration, status=Status.CANCELLING)

    def look(journal: Journal) -> Outcome:
        assert_rehearsal_changes_nothing(ground, cancelling, step)
        return activity.compensate(migration, journal)

    return _dying(ground, look, step)


def _dying(
    ground: Ground, look: Callable[[Journal], Outcome], step: str
) -> tuple[Facts, list[str]]:
    before = len(ground.changes)
    deaths: set[str] = set()
    deadline = time.monotonic() + PATIENCE
    while True:
        journal = Journal(deaths)
        sent = len(ground.changes)
        try:
            outcome = look(journal)
        except Died:
            outcome = None
        assert len(ground.changes) - sent <= 1, f"{step} changed more than one thing in a run"
        assert len(ground.changes) - sent <= len(journal.intended), f"{step} acted unannounced"
        if isinstance(outcome, Done):
            return outcome.facts, ground.changes[before:]
        assert time.monotonic() < deadline, f"{step} never ends: {outcome}"
        time.sleep(LOOK_SECONDS)


def assert_rehearsal_changes_nothing(ground: Ground, migration: Migration, step: str) -> None:
    """Whatever a step is about to do: on observations it does nothing of it."""
    before = list(ground.changes)
    position = [planned.name for planned in migration.plan.steps].index(step)
    sight = Collected(ground.tools.rds, ground.tools.metrics)
    tools = by_sight_and_sql(ground.tools, sight)
    new = True
    while new:
        rehearse(replace(migration, position=position), tools)
        new = sight.ask_for_metrics()
    assert ground.changes == before


def assert_repeat_changes_nothing(ground: Ground, migration: Migration, step: str) -> Facts:
    """A step that is done is found done: at once, and without a call that changes something."""
    before = list(ground.changes)
    outcome = ground.look(migration, step)
    assert isinstance(outcome, Done), f"{step} is done and says {outcome}"
    assert ground.changes == before
    return outcome.facts


def assert_compensated(ground: Ground, migration: Migration, step: str) -> None:
    """A step that was undone is found undone: at once, and without a call."""
    before = list(ground.changes)
    outcome = STEPS[step](ground.tools).compensate(migration, Journal())
    assert isinstance(outcome, Done), f"{step} is undone and says {outcome}"
    assert ground.changes == before
