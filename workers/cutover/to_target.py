"""The switchover from source to target, by whatever means databases are closed.

What the ways to it share: it can be cancelled until its promotion is decided, by one commit in the
store.
"""

from abc import abstractmethod

from migration.model import Migration
from workers.cutover.decision import Decision
from workers.cutover.outcome import CutOverOutcomes, Outcomes
from workers.cutover.switchover import AttemptOf, Switchover


class ToTarget(Switchover[AttemptOf]):
    """Carries one approved migration over, or leaves its source as it was."""

    @abstractmethod
    def _phases(self, attempt: AttemptOf, decision: Decision) -> None:
        """From the pause to the opening; raises whatever is in the way."""

    def _move(self, attempt: AttemptOf, begun: Migration) -> None:
        with Decision(self._store, self._recorder, begun, self.move_act) as decision:
            self._phases(attempt, decision)

    def _outcomes_of(self) -> Outcomes:
        return CutOverOutcomes(self._store, self._recorder, self._tools.clock)
