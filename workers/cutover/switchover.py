"""A switchover: one job that moves clients' writes to another database, or leaves them there.

Whichever way they go and by whatever means databases are closed, it arms, begins, moves and records
what came of it; whatever fails goes back first.
"""

import logging
import time
from abc import ABC, abstractmethod
from typing import ClassVar, Generic, TypeVar

import psycopg

from migration.errors import DaybreakError, StoreUnavailable
from migration.model import Facts, Migration, Status
from migration.ports import Store
from migration.recorder import Recorder
from migration.schedule import job_of
from migration.terms import too_late_to_begin
from workers.cutover.attempt import Underway
from workers.cutover.budget import Budget
from workers.cutover.errors import NotReady, Superseded
from workers.cutover.go_back import Ending
from workers.cutover.outcome import RECORDING_SECONDS, Outcomes, Telling
from workers.cutover.undelayed import undelayed
from workers.failpoints import reach
from workers.journal import StoreJournal
from workers.leases import HeldLease
from workers.toolbox import Toolbox
from workers.traffic.port import Endpoint

log = logging.getLogger(__name__)

AttemptOf = TypeVar("AttemptOf", bound=Underway)


class Switchover(ABC, Generic[AttemptOf]):
    """Moves the writes of one approved migration, or leaves them where they were."""

    #: Whether its journal's entries are nothing that the channel has to be shown.
    quiet: ClassVar[bool]
    #: The longest that going back takes.
    way_back_seconds: ClassVar[float]
    #: What the journal calls the acts until it is decided which database takes writes, and those
    #: after it.
    hold_act: ClassVar[str]
    move_act: ClassVar[str]

    def __init__(self, tools: Toolbox, store: Store, recorder: Recorder) -> None:
        """A switchover with these tools."""
        self._tools = tools
        self._store = store
        self._recorder = recorder
        self._outcomes = self._outcomes_of()

    @abstractmethod
    def _outcomes_of(self) -> Outcomes:
        """How its ends are recorded."""

    @abstractmethod
    def _arm(self, migration: Migration, lease: HeldLease, journal: StoreJournal) -> AttemptOf:
        """Open and look at everything; raises DaybreakError or psycopg.Error where it must not be.

        Nothing was changed that anybody notices.
        """

    @abstractmethod
    def _intend(self, attempt: AttemptOf) -> None:
        """Journal that traffic is about to be held."""

    @abstractmethod
    def _move(self, attempt: AttemptOf, begun: Migration) -> None:
        """From the pause to the opening; raises whatever is in the way."""

    @abstractmethod
    def _go_back(self, attempt: AttemptOf) -> Ending:
        """Undo it; raises Superseded, or whatever keeps it from being undone."""

    @abstractmethod
    def _target(self, attempt: AttemptOf) -> Endpoint:
        """Where the database is that takes the writes over."""

    @abstractmethod
    def _more_facts(self, attempt: AttemptOf) -> Facts:
        """What only this way of doing it reports."""

    def _not_begun(self, migration: Migration, error: Exception) -> None:
        """Arming failed, and nothing was changed: say so."""
        self._outcomes.not_begun(migration, str(error))

    def _why(self, attempt: AttemptOf, error: Exception) -> str:  # noqa: ARG002  # for who overrides
        """Why it goes back, in words."""
        return (
            str(error) if isinstance(error, DaybreakError) else f"{type(error).__name__}: {error}"
        )

    def run(self, migration: Migration, lease: HeldLease) -> None:
        """Arm, begin, carry out, record; whatever fails goes back first."""
        clock = self._tools.clock
        journal = StoreJournal(
            self._store, clock, migration.id, job_of(migration), quiet=self.quiet
        )
        try:
            self._still_approved(migration)
            attempt = self._arm(migration, lease, journal)
        except StoreUnavailable:
            raise
        except (DaybreakError, psycopg.Error) as error:
            self._not_begun(migration, error)
            return
        try:
            reach("armed")
            self._begun(migration, attempt, lease)
        finally:
            attempt.close()

    def _still_approved(self, migration: Migration) -> None:
        """Raises NotReady where it was approved too long ago, or by whom nobody knows any more.

        Workers know no directory of people: the approval says when its own was asked. An outage
        that has begun is covered by the approval that it began with.
        """
        late = too_late_to_begin(migration, self._tools.clock.now())
        if late and migration.status is not Status.FROZEN:
            raise NotReady(late)

    def _begun(self, migration: Migration, attempt: AttemptOf, lease: HeldLease) -> None:
        longest = migration.options.max_write_pause_seconds
        # A job that hangs past all its budgets loses the migration, and a successor takes over.
        lease.limit(2 * longest + self.way_back_seconds + RECORDING_SECONDS)
        gives_up_at = self._tools.clock.now() + longest
        begun = self._recorder.begin_cut_over(migration, attempt.epoch, gives_up_at)
        try:
            with undelayed():
                facts = self._carry_out(attempt, begun)
        except Exception as error:
            log.exception("the %s of %s goes back", job_of(migration), migration.id)
            self._undo(begun, attempt, self._why(attempt, error))
        else:
            self._outcomes.phases(attempt)
            self._outcomes.moved(begun, facts)

    def _carry_out(self, attempt: AttemptOf, begun: Migration) -> Facts:
        reach("begun")
        self._intend(attempt)
        attempt.budget = Budget(attempt.migration.options.max_write_pause_seconds)
        attempt.began_at = self._tools.clock.now()
        began = time.perf_counter()
        self._move(attempt, begun)
        attempt.ended_at = self._tools.clock.now()
        attempt.note(self.move_act, cluster=attempt.migration.target)
        return self._facts(attempt, (time.perf_counter() - began) * 1000)

    def _facts(self, attempt: AttemptOf, milliseconds: float) -> Facts:
        """What the report says of it."""
        endpoint = self._target(attempt)
        return {
            "epoch": attempt.epoch,
            "started_at": attempt.began_at,
            "ended_at": attempt.ended_at,
            "orchestrator_ms": round(milliseconds, 2),
            "phases_ms": attempt.phases_ms,
            "checked": attempt.checked,
            "endpoint": {"host": endpoint.host, "port": endpoint.port},
            **self._more_facts(attempt),
        }

    def _undo(self, begun: Migration, attempt: AttemptOf, why: str) -> None:
        attempt.tell = telling = Telling(self._outcomes, begun)
        try:
            ending = self._go_back(attempt)
        except Superseded:
            log.warning("%s: a successor is in charge; this attempt ends", begun.id)
            return
        except Exception as failure:
            log.exception("the way back of %s failed", begun.id)
            self._outcomes.stuck(telling.latest, f"{why} Going back failed as well: {failure}")
            return
        self._outcomes.phases(attempt)
        if ending is Ending.OPENED:
            attempt.ended_at = self._tools.clock.now()
            spent = (attempt.ended_at - attempt.began_at) * 1000
            self._outcomes.moved(telling.latest, self._facts(attempt, spent))
        else:
            self._outcomes.went_back(telling.latest, ending, why, self._paused_for(attempt))

    def _paused_for(self, attempt: AttemptOf) -> float:
        """Seconds from the pause to now, when the traffic has been let go."""
        return self._tools.clock.now() - attempt.began_at if attempt.began_at else 0.0
