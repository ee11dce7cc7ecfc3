"""Records how a switchover ended, as soon as the store takes it: what was done is done."""

import logging
import time
from abc import ABC, abstractmethod
from collections.abc import Callable

from migration.errors import Conflict, StoreUnavailable
from migration.events import PhaseDone
from migration.model import Facts, Migration
from migration.ports import Clock, Store
from migration.recorder import Recorder
from migration.steps import Done
from workers.cutover.attempt import InCharge
from workers.cutover.budget import Budget
from workers.cutover.go_back import Ending

log = logging.getLogger(__name__)

# An outcome that Redis could not take at once is told to it for so long.
RECORDING_SECONDS = 600.0
RECORDING_PAUSE_SECONDS = 0.5
GIVEN_UP = "was given up, as its promotion had been decided, or may have been"


class Outcomes(ABC):
    """Tells the store; a Conflict means that somebody else is in charge by now."""

    def __init__(self, store: Store, recorder: Recorder, clock: Clock) -> None:
        """Outcomes for this store."""
        self._store = store
        self._recorder = recorder
        self._clock = clock

    def phases(self, attempt: InCharge) -> None:
        """How long each phase took, whatever came of it."""
        now = self._clock.now()
        events = [PhaseDone(now, name, spent, {}) for name, spent in attempt.phases_ms.items()]
        self._insist(
            attempt.migration, lambda known: self._store.append(known.id, events, quiet=True)
        )

    @abstractmethod
    def not_begun(self, migration: Migration, why: str) -> None:
        """A condition did not hold; nothing was changed that anybody notices."""

    @abstractmethod
    def moved(self, begun: Migration, facts: Facts) -> None:
        """Applications write to the database that they were led to."""

    @abstractmethod
    def went_back(self, begun: Migration, ending: Ending, why: str, seconds: float) -> None:
        """The database that was closed takes writes again, after so many seconds."""

    def stuck(self, begun: Migration, why: str) -> None:
        """Not all writes flow, and whoever takes over tries on."""
        self._insist(
            begun, lambda known: self._recorder.cut_over_stuck(known, _goes_on(known, why))
        )

    def troubled(self, begun: Migration, why: str) -> Migration:
        """The same while it is being tried: said if the store can take it, and never waited for.

        Gives the migration as it stands then.
        """
        words = _goes_on(begun, why)
        try:
            try:
                return self._recorder.cut_over_stuck(begun, words)
            except Conflict:
                return self._recorder.cut_over_stuck(self._still_ours(begun), words)
        except (Conflict, StoreUnavailable) as error:
            log.warning("%s: not told: %s (%s)", begun.id, why, error)
            return begun

    def _insist(self, begun: Migration, record: Callable[[Migration], object]) -> None:
        """Record it upon what the store has by now: a cancel or the intent came in between."""
        budget = Budget(RECORDING_SECONDS)
        known = begun
        while True:
            try:
                try:
                    record(known)
                except Conflict:
                    known = self._still_ours(known)
                else:
                    return
            except StoreUnavailable:
                if budget.left <= 0:
                    raise
                time.sleep(RECORDING_PAUSE_SECONDS)

    def _still_ours(self, known: Migration) -> Migration:
        """The newer version of this very attempt; Conflict when there is none."""
        found = self._store.load(known.id)
        ours = found.status is known.status and found.epoch == known.epoch
        if not ours or found.version == known.version:
            raise Conflict
        return found


class CutOverOutcomes(Outcomes):
    """Of a cut-over: applications use the target, or the source as before."""

    def not_begun(self, migration: Migration, why: str) -> None:
        """See `Outcomes.not_begun`."""
        self._recorder.cut_over_aborted(migration, f"The cut-over did not begin. {why}")

    def moved(self, begun: Migration, facts: Facts) -> None:
        """Applications write to the target."""
        self._insist(begun, lambda known: self._recorder.record(known, Done(facts)))

    def went_back(self, begun: Migration, ending: Ending, why: str, seconds: float) -> None:
        """The source takes writes again, after so many seconds; a cancel is obeyed now."""
        if ending is Ending.REMOVED:
            words = (
                f"{why} The source takes writes again and nothing was lost. Its replica was "
                "deleted first, so that nothing could promote it any more: cancel this migration, "
                "and start a new one."
            )
            self._insist(begun, lambda known: self._removed(known, words, seconds))
        elif ending is Ending.ABANDONED:
            # Without a login nobody can ask the target itself whether it was.
            given_up = "had been promoted" if begun.options.login else GIVEN_UP
            words = (
                f"{why} The source takes writes again and nothing was lost. The target {given_up}: "
                "no client ever wrote to it, and it can't be used any more. Delete its cluster by "
                "hand when you have looked at it; cancel this migration, and start a new one "
                "under another cluster name, which copies everything anew."
            )
            self._insist(begun, lambda known: self._recorder.cut_over_abandoned(known, words))
        else:
            words = f"{why} The source takes writes again; nothing was lost."
            self._insist(begun, lambda known: self._reopened(known, words, seconds))

    def _reopened(self, known: Migration, words: str, seconds: float) -> None:
        if known.cancelled_by:
            self._recorder.cut_over_cancelled(known, words, seconds)
        else:
            self._recorder.cut_over_aborted(known, words)

    def _removed(self, known: Migration, words: str, seconds: float) -> None:
        if known.cancelled_by:
            self._recorder.cut_over_cancelled(known, words, seconds)
        else:
            self._recorder.cut_over_abandoned(known, words)


def _goes_on(migration: Migration, why: str) -> str:
    page = "docs/on-call.md"
    if not migration.options.login:
        page += " and, for hands, docs/without-login.md"
    return (
        f"{why} Daybreak goes on trying, and needs no hand meanwhile but to mend what is named. "
        f"Until it works, writes may be refused or held. When to stop waiting: {page}."
    )


class Telling:
    """What people are told while it goes on: each word is a version of the migration."""

    def __init__(self, outcomes: Outcomes, begun: Migration) -> None:
        """Nothing is told yet."""
        self._outcomes = outcomes
        self.latest = begun

    def __call__(self, why: str) -> None:
        """Tell it."""
        self.latest = self._outcomes.troubled(self.latest, why)
