"""What a remedy is to its worker: what it would be done to, and the next act of doing it."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Protocol

from migration.model import Facts
from migration.remedies import Offer, RemedyRun
from migration.steps import Outcome
from workers.preflight.subject import Subject
from workers.toolbox import Toolbox


class Diary(Protocol):
    """The record of one remedy: intents before acts, and what is so after them."""

    @property
    def run(self) -> RemedyRun:
        """As it was last written down."""

    def settle(self, left: Collection[str]) -> None:
        """What was begun and is not left to be done was done: by a worker that died after it."""

    def intend(self, what: str, before: str, after: str, **details: object) -> None:
        """Written before the act; begun again, the first `before` stays."""

    def done(self, what: str) -> None:
        """Written after it."""


@dataclass(frozen=True)
class Mender:
    """One remedy at work."""

    name: str
    #: What it would be done to now; None: there is nothing that it could mend.
    offer: Callable[[Subject], Offer | None]
    #: Look, do at most one thing, answer: as a step does. Raises Permanent with the reason and what
    #: to do; Transient where it is worth another try.
    apply: Callable[[RemedyRun, Toolbox, Diary], Outcome]


def listed(params: Facts, name: str) -> list[Facts]:
    """What an offer names for the worker."""
    found = params.get(name)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
