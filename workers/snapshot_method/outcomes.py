"""How an outage ended, for the store: frozen, opened on the copy, or the source reopened."""

from dataclasses import replace

from migration.freeze_recorder import FreezeRecorder
from migration.model import Facts, Migration, pivot_of
from migration.ports import Clock, Store
from migration.recorder import Recorder
from migration.steps import Done
from workers.cutover.go_back import Ending
from workers.cutover.outcome import CutOverOutcomes
from workers.cutover.succession import DIED


class SnapshotOutcomes(CutOverOutcomes):
    """What differs: going back always voids the copy, and there may have been a reason before."""

    def __init__(self, store: Store, recorder: Recorder, clock: Clock) -> None:
        """Outcomes for this store."""
        super().__init__(store, recorder, clock)
        self._freezes = FreezeRecorder(store, clock)

    def moved(self, begun: Migration, facts: Facts) -> None:
        """Applications write to the copy, whichever step somebody opened it in."""

        def record(known: Migration) -> object:
            pivot = replace(known, position=pivot_of(known.plan))
            return self._recorder.record(pivot, Done(facts))

        self._insist(begun, record)

    def went_back(self, begun: Migration, ending: Ending, why: str, seconds: float) -> None:  # noqa: ARG002  # no ending keeps the copy
        """The source takes writes again; what was made of it meanwhile is void."""
        words = (
            f"{_reason(begun) or why} The source takes writes again; nothing was lost. A snapshot "
            "or copy that was made meanwhile is void, and is taken down."
        )
        self._insist(begun, lambda known: self._freezes.reopened(known, words, seconds))

    def stuck(self, begun: Migration, why: str) -> None:
        """Nobody has died where it was decided that the source reopens."""
        reason = _reason(begun)
        said = f"{reason} So it is to be reopened." if reason else DIED
        super().stuck(begun, why.replace(DIED, said, 1))


class FreezeOutcomes(SnapshotOutcomes):
    """Of the job that closes the source: nothing is opened at its end."""

    def moved(self, begun: Migration, facts: Facts) -> None:
        """The source is closed and marked."""
        self._insist(begun, lambda known: self._freezes.frozen(known, facts))


def _reason(migration: Migration) -> str:
    return migration.freeze.reopening if migration.freeze else ""
