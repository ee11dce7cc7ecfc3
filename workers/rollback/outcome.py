"""Records how a roll back ended."""

from migration.model import Facts, Migration
from workers.cutover.go_back import Ending
from workers.cutover.outcome import Outcomes


class RollBackOutcomes(Outcomes):
    """Applications use the source again, or the target as before."""

    def not_begun(self, migration: Migration, why: str) -> None:
        """See `Outcomes.not_begun`."""
        self._recorder.roll_back_aborted(migration, f"The roll back did not begin. {why}")

    def moved(self, begun: Migration, facts: Facts) -> None:
        """See `Outcomes.moved`."""
        self._insist(begun, lambda known: self._recorder.rolled_back(known, facts))

    def went_back(
        self,
        begun: Migration,
        ending: Ending,  # noqa: ARG002  # there is one only
        why: str,
        seconds: float,
    ) -> None:
        """See `Outcomes.went_back`."""
        words = (
            f"{why} `{begun.target}` takes writes again; nothing was lost, and the way back is "
            f"kept. Writes were held for {seconds:.1f} s."
        )
        self._insist(begun, lambda known: self._recorder.roll_back_aborted(known, words))
