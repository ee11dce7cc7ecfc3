"""Going back: the dangerous act.

Nothing reopens the source unless the target provably holds no write of a client, and provably
never will (rule 3 of the design).
"""

import logging
import time
from collections.abc import Callable
from enum import StrEnum

import psycopg

from migration.errors import DaybreakError
from workers.cutover.attempt import ACT_SECONDS, Attempt, Progress
from workers.cutover.budget import LATER_POLL_SECONDS, Budget
from workers.cutover.errors import WayBackFailed
from workers.postgres import fence
from workers.postgres.connect import Connection, connect, value
from workers.traffic.port import Endpoint

log = logging.getLogger(__name__)


class Ending(StrEnum):
    """How an attempt that failed ended."""

    #: The source takes writes; the target is a replica as before.
    REOPENED = "reopened"
    #: The source takes writes; the target was promoted and never will.
    ABANDONED = "abandoned"
    #: It was too late to go back: the target takes writes.
    OPENED = "opened"


def go_back(attempt: Attempt) -> Ending:
    """Undo what this attempt did, as far as it got, or finish it if clients may have written.

    Raises:
        WayBackFailed: a person has to; the message says what state things are in.
    """
    attempt.settle()
    budget = Budget(max(attempt.migration.options.max_write_pause_seconds, 2 * ACT_SECONDS))
    try:
        if attempt.progress >= Progress.LIFTED and _opened(attempt, budget):
            _insist(budget, "resume", lambda: _resume(attempt))
            return Ending.OPENED
        ending = Ending.REOPENED
        if attempt.progress >= Progress.FENCED:
            ending = _reopen_source(attempt, budget)
        if attempt.progress >= Progress.CLAIMED:
            _insist(budget, "point the poolers back", lambda: _point_back(attempt))
        if attempt.progress >= Progress.PAUSED:
            _insist(budget, "resume", lambda: _resume(attempt))
    except (DaybreakError, psycopg.Error) as error:
        raise WayBackFailed(f"{error} ({attempt.progress.name.lower()})") from error
    return ending


def _insist(budget: Budget, what: str, act: Callable[[], None]) -> None:
    """Repeat an idempotent act until it works or the budget is over."""
    while True:
        try:
            act()
        except (DaybreakError, psycopg.Error) as error:
            if budget.left <= 0:
                raise WayBackFailed(f"Daybreak could not {what}: {error}") from error
            log.warning("%s: %s; once more", what, error)
            time.sleep(LATER_POLL_SECONDS)
        else:
            return


def _point_back(attempt: Attempt) -> None:
    attempt.tools.traffic.point_to(
        attempt.source, attempt.databases.source_endpoint, epoch=attempt.epoch
    )


def _resume(attempt: Attempt) -> None:
    attempt.tools.traffic.resume(attempt.source, epoch=attempt.epoch)


def _fresh(attempt: Attempt, endpoint: Endpoint) -> Connection:
    return connect(
        endpoint,
        attempt.databases.login,
        attempt.tools.settings.rds_ca_file,
        connect_timeout_seconds=int(ACT_SECONDS),
        statement_timeout_seconds=ACT_SECONDS,
        lock_timeout_seconds=ACT_SECONDS / 2,
    )


def _opened(attempt: Attempt, budget: Budget) -> bool:
    """Whether the commit that lifts the fence was made, though its answer was lost."""
    found: list[bool] = []

    def look() -> None:
        with _fresh(attempt, attempt.databases.target_endpoint) as target:
            found.append(fence.read(target).state is fence.State.OPENED)

    _insist(budget, "see whether the target was opened", look)
    return found[-1]


def _reopen_source(attempt: Attempt, budget: Budget) -> Ending:
    ending = Ending.REOPENED
    with _fresh(attempt, attempt.databases.source_endpoint) as source:
        state = fence.read(source)
        if state.epoch == attempt.epoch and state.state is fence.State.OPEN:
            # The transaction that fences was never committed.
            return ending
        later = attempt.epoch + 1
        if (state.epoch, state.state) != (later, fence.State.REOPENING):
            later = fence.announce_reopening(source, attempt.epoch)
        if attempt.progress >= Progress.PROMOTE_SENT:
            ending = _make_promotion_harmless(attempt, later, budget)
        fence.reopen(source, later)
    # Undo order: lift, prove a login, resume.
    _fresh(attempt, attempt.databases.source_endpoint).close()
    return ending


def _make_promotion_harmless(attempt: Attempt, later: int, budget: Budget) -> Ending:
    """Until the target can never be claimed by this attempt: reopened there, or abandoned."""
    endings: list[Ending] = []

    def settle() -> None:
        with _fresh(attempt, attempt.databases.target_endpoint) as target:
            if not value(target, "SELECT pg_is_in_recovery()"):
                found = fence.read(target)
                if found.epoch == later:
                    # Promoted after it had replayed the reopening: nobody can claim it.
                    endings.append(Ending.ABANDONED)
                    return
                fence.abandon(target, attempt.epoch)
                endings.append(Ending.ABANDONED)
                return
            found = fence.read(target)
            if (found.epoch, found.state) != (later, fence.State.REOPENING):
                raise WayBackFailed("the target has not replayed that the source reopens")
            # Read in recovery: had it been promoted before this row, the row would not be there.
            endings.append(Ending.REOPENED)

    _insist(budget, "make sure that the target never opens", settle)
    return endings[-1]
