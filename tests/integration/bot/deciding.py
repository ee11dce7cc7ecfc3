"""What people do at a gate: press, read, type the source's name; and what is on record of it."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from bot_ground import Ground

from migration.events import ApprovalRefused, Approved
from migration.model import Migration
from sandbox.slack.people.person import Person, Submission

NAME = "Type the source instance's name"


def opened(
    ground: Ground,
    person: Person,
    migration: Migration,
    root: dict[str, Any],
    caption: str = "Promote",
) -> None:
    """The person has pressed the button and has the evidence and the question before them."""
    person.click(root, caption)
    ground.answers_observation(migration)
    person.wait_for_modal(saying=NAME)


def submitted(person: Person, name: str) -> Submission:
    """What comes of typing that name."""
    person.fill({NAME: name})
    return person.submit()


def refusals(ground: Ground, migration: Migration) -> list[ApprovalRefused]:
    """What was refused so far."""
    events = [recorded.event for recorded in ground.store.events(migration.id)]
    return [event for event in events if isinstance(event, ApprovalRefused)]


def approvals(ground: Ground, migration: Migration) -> int:
    """How often it was approved."""
    events = [recorded.event for recorded in ground.store.events(migration.id)]
    return sum(isinstance(event, Approved) for event in events)


def assert_untouched(ground: Ground, migration: Migration) -> None:
    """It waits as before."""
    assert ground.store.load(migration.id) == migration


def at_once(*acts: Callable[[], object]) -> None:
    """Everybody in a thread of their own, and nobody before all are ready."""
    ready = threading.Barrier(len(acts))

    def do(act: Callable[[], object]) -> None:
        ready.wait()
        act()

    with ThreadPoolExecutor(len(acts)) as pool:
        list(pool.map(do, acts))
