"""Carries a remedy out: one look and at most one act a time, alone with its source."""

import logging
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import NamedTuple

from migration.errors import Conflict, DaybreakError, Permanent, StoreUnavailable, Transient
from migration.events import RemedyEnded
from migration.model import Migration
from migration.recorder import pause_before
from migration.remedies import RemedyRun, RunState, lease_of, why_not_now
from migration.steps import Wait
from workers import check_run
from workers.app import Workbench
from workers.aws import last_look
from workers.leases import HeldLease, held
from workers.remedies.diary import NotAlone, RemedyDiary
from workers.remedies.mender import Mender
from workers.remedies.registry import MENDERS

log = logging.getLogger(__name__)

# What does not pass within half a minute, a person should know.
MOST_ATTEMPTS = 4
# How soon it comes back to a source that somebody else works on.
BUSY_SECONDS = 2.0

# Who pressed is there for a while, and expects it; some of what is done interrupts a database.
STALE_SECONDS = 600.0
# A window comes once a week; nobody expects one that was missed for longer.
STALE_IN_WINDOW_SECONDS = 8 * 86400.0


def carry_out(bench: Workbench, run_id: str) -> None:
    """Go on with it until it ends, waits or fails; one that is over is only shown again.

    A worker that dies in it leaves its lease: the reconciler has another one go on, which asks the
    database what was done.
    """
    run = bench.remedies.load(run_id)
    if run is None:
        return
    with _alone(bench, run.source) as alone:
        if not alone:
            bench.remedies.look_again(run_id, bench.clock.now() + BUSY_SECONDS)
            return
        # What was read before the lease may be old.
        run = bench.remedies.load(run_id)
        while run is not None and not run.ended:
            run, seconds = _act(bench, run, alone)
            if seconds:
                bench.remedies.look_again(run_id, bench.clock.now() + seconds)
                return
    if run is not None and not run.looked_again:
        _look_again(bench, run)


class _Alone(NamedTuple):
    """Who is alone with a source, with which of its migrations, and by which leases."""

    migration: str
    leases: tuple[HeldLease, ...]

    def check(self) -> None:
        """Raises NotAlone where a lease may have lapsed: this process was stopped, and woke."""
        if any(lease.left() <= 0 for lease in self.leases):
            raise NotAlone


@contextmanager
def _alone(bench: Workbench, source: str) -> Iterator[_Alone | None]:
    """Nobody else changes this source: no other remedy, and no step of its migration.

    None while somebody else does.
    """
    with ExitStack() as stack:
        seconds = bench.settings.lease_seconds
        migration = _under_way(bench, source)
        leases = []
        for name in (lease_of(source), *([migration.id] if migration else [])):
            asked = time.monotonic()
            lease = bench.store.lease(name, seconds)
            if lease is None:
                yield None
                return
            leases.append(stack.enter_context(held(lease, seconds, asked)))
        yield _Alone(migration.id if migration else "", tuple(leases))


def _under_way(bench: Workbench, source: str) -> Migration | None:
    return next((one for one in bench.store.under_way() if one.source == source), None)


def _act(bench: Workbench, run: RemedyRun, alone: _Alone) -> tuple[RemedyRun, float]:
    """One look and at most one act; gives the run, and the seconds to the next (0: at once)."""
    diary = RemedyDiary(run, bench.remedies, bench.store, bench.clock, alone.check)
    migration = _under_way(bench, run.source)
    if migration is not None and migration.id != alone.migration:
        # It has begun meanwhile: its lease is needed, too.
        return run, BUSY_SECONDS
    try:
        _require_meant(run, migration, bench.clock.now())
        with last_look.looking(alone.check):
            outcome = _mender(run, migration).apply(run, bench.tools, diary)
        if isinstance(outcome, Wait):
            return _waits(bench, diary, outcome)
        return _ended(bench, replace(diary.run, state=RunState.DONE)), 0.0
    except (NotAlone, Conflict):
        return _overtaken(bench, run)
    except StoreUnavailable:
        # Nothing can be recorded: the reconciler asks again once Redis answers.
        raise
    except DaybreakError as error:
        return _failed(bench, diary, error)
    except Exception as error:  # a bug of ours or an answer nobody foresaw
        log.exception("%s of %s", run.offer.remedy, run.source)
        words = f"Unexpected {type(error).__name__}; see the worker's log."
        return _failed(bench, diary, Permanent(words))


def _require_meant(run: RemedyRun, migration: Migration | None, now: float) -> None:
    """Raises Permanent for what was never begun, and nobody may expect any more."""
    if run.changes:
        return
    if run.migration and (migration is None or migration.id != run.migration):
        raise Permanent("The migration that it was asked for under has ended. Nothing was changed.")
    longest = STALE_IN_WINDOW_SECONDS if run.can_be_called_off else STALE_SECONDS
    if now - run.asked_at > longest:
        why = f" ({run.waiting})" if run.waiting else ""
        raise Permanent(
            f"It could not be begun within {longest / 60:.0f} minutes{why}. Nothing was "
            "changed: ask for it again when that is over."
        )


def _overtaken(bench: Workbench, run: RemedyRun) -> tuple[RemedyRun, float]:
    """Somebody else goes on with it, or has ended it: it is left to them."""
    now = bench.remedies.load(run.id) or run
    return now, 0.0 if now.ended else BUSY_SECONDS


def _waits(bench: Workbench, diary: RemedyDiary, wait: Wait) -> tuple[RemedyRun, float]:
    news = diary.run.waiting != wait.reason
    diary.save(replace(diary.run, waiting=wait.reason, attempts=0))
    if news and wait.seconds:
        bench.engine.show_check(diary.run.check_run)
    return diary.run, wait.seconds


def _mender(run: RemedyRun, migration: Migration | None) -> Mender:
    """Raises Permanent where it may not be applied now, or is not known here."""
    mender, remedy = MENDERS.get(run.offer.remedy), run.remedy
    if mender is None or remedy is None:
        raise Permanent(
            f"This worker knows no remedy `{run.offer.remedy}`: it is of another version."
        )
    against = why_not_now(remedy, migration)
    if against:
        raise Permanent(f"{against} Nothing more was done.")
    return mender


def _failed(bench: Workbench, diary: RemedyDiary, error: DaybreakError) -> tuple[RemedyRun, float]:
    attempt = diary.run.attempts + 1
    try:
        if isinstance(error, Transient) and attempt < MOST_ATTEMPTS:
            diary.save(replace(diary.run, attempts=attempt, waiting=f"Tried again: {error}"))
            return diary.run, pause_before(attempt)
        failed = replace(diary.run, state=RunState.FAILED, problem=str(error))
        return _ended(bench, failed), 0.0
    except Conflict:
        return _overtaken(bench, diary.run)


def _ended(bench: Workbench, run: RemedyRun) -> RemedyRun:
    """Write down how it ended; it stays due until its source was looked at again."""
    now = bench.clock.now()
    after = bench.remedies.save(replace(run, ended_at=now, waiting=""))
    if after.migration:
        changes = tuple(map(str, after.done_changes))
        event = RemedyEnded(now, after.by, after.offer.remedy, changes, after.problem)
        bench.store.append(after.migration, [event])
    return after


def _look_again(bench: Workbench, run: RemedyRun) -> None:
    """What the look that offered it says now; the channel is shown that, and how it ended."""
    check_run.carry_out_again(bench, run.check_run)
    bench.remedies.close(run.id)
