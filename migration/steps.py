"""The step contract: observe, do at most one mutating call, answer. A step never sleeps."""

from dataclasses import dataclass, field
from typing import Protocol

from migration.model import Facts, Migration, Reading


@dataclass(frozen=True)
class Done:
    """The step's work is there; `facts` are kept with the migration."""

    facts: Facts = field(default_factory=dict)


@dataclass(frozen=True)
class Wait:
    """Look again in so many seconds; `progress` is between 0 and 1 where it can be known."""

    seconds: float
    reason: str
    progress: float | None = None


Outcome = Done | Wait


class Journal(Protocol):
    """Where a step says what it is about to do, and what came of it."""

    def intend(self, act: str, **details: object) -> None:
        """Written before a mutating call: it stands even if the caller dies in it."""

    def done(self, act: str, **details: object) -> None:
        """Written after it."""

    def reading(self, reading: Reading) -> None:
        """Keep a reading for the channel's picture of the migration."""


class Step(Protocol):
    """An idempotent activity: run twice, it finds its own work by name and tag."""

    def run(self, migration: Migration, journal: Journal) -> Outcome:
        """One look, at most one mutating call, an answer.

        Raises:
            Transient: it is tried again.
            Permanent: a person is needed; the message says for what.
        """

    def compensate(self, migration: Migration, journal: Journal) -> Outcome:
        """Take down what `run` made; the same contract, run from the last step to the first."""
