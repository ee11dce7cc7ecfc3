"""What a step may ask and write of remedies: those that were applied to its source."""

from collections.abc import Sequence
from typing import Protocol

from migration.remedies import RemedyRun


class Records(Protocol):
    """The remedies of a source; see `migration.ports.Remedies`."""

    def of_source(self, source: str) -> Sequence[RemedyRun]:
        """All of them, the oldest first."""

    def save(self, run: RemedyRun) -> RemedyRun:
        """Write down what has become of one."""

    def call_off(self, run_id: str, by: str, at: float) -> RemedyRun | None:
        """End one that waits and has begun nothing (unix seconds)."""


class NoRecords:
    """For whoever has to do without Redis: nothing is known of any remedy."""

    def of_source(self, source: str) -> Sequence[RemedyRun]:  # noqa: ARG002 - see `Records`
        """None."""
        return ()

    def save(self, run: RemedyRun) -> RemedyRun:
        """Nowhere."""
        return run

    def call_off(self, run_id: str, by: str, at: float) -> RemedyRun | None:  # noqa: ARG002 - see `Records`
        """None."""
        return None
