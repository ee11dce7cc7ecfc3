"""When a migration is looked at next: one rule for every store."""

from migration.model import Migration, Status
from migration.plan import ROLL_BACK
from migration.ports import Work

# A queued job is not seen to run before a worker is free; after this the reconciler asks again.
REDRIVE_SECONDS = 10.0

# Where a job goes on by itself: everywhere else a person does, or nobody.
DRIVEN = frozenset(
    {
        Status.ACTIVE,
        Status.CUTTING_OVER,
        Status.ROLLING_BACK,
        Status.DROPPING,
        Status.CANCELLING,
        Status.FROZEN,
    }
)


def next_look(after: Migration, work: Work | None, now: float) -> float | None:
    """Unix seconds of the next look; None when nothing but a person moves it on."""
    if after.status is Status.FROZEN and after.freeze is not None:
        # Whatever else happens, it is looked at when its time is over.
        return min(after.freeze.reopen_by, _of_work(work, now) or after.freeze.reopen_by)
    if work is not None:
        return _of_work(work, now)
    if after.status is Status.WAITING_FOR_APPROVAL:
        return now
    # Whoever carries out a cut-over is missed by the lease, not by a time: clocks may differ.
    return None


def _of_work(work: Work | None, now: float) -> float | None:
    if work is None:
        return None
    return max(work.not_before, now + REDRIVE_SECONDS) if is_ready(work, now) else work.not_before


def is_ready(work: Work, now: float) -> bool:
    """Whether the work is to be queued at once; otherwise the reconciler queues it when due."""
    return work.not_before <= now


def work_of(migration: Migration, not_before: float = 0.0) -> Work | None:
    """The job that this state asks for; a gate, a halt and an end ask for none."""
    if migration.status not in DRIVEN or migration.step is None:
        return None
    if migration.status is Status.FROZEN and migration.problem is not None:
        # A person was asked.
        return None
    return Work(migration.id, job_of(migration), migration.version, not_before)


def job_of(migration: Migration) -> str:
    """What is carried out now: the due step, or the roll back in its place; empty for nothing."""
    if migration.status is Status.ROLLING_BACK:
        return ROLL_BACK
    return migration.step.name if migration.step else ""
