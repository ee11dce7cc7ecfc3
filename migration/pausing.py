"""A person holds a migration, and has it go on: two conditional commits.

Where it is held nothing is queued, so nobody drives it on, whoever is started anew. The job that
works meanwhile was asked for by the version before: its acts are on record, its answer is void,
and the same step looks again when it goes on.
"""

from migration.events import MigrationPaused, MigrationResumed
from migration.model import Migration, Pause, Status
from migration.ports import Store
from migration.schedule import job_of, work_of


def pause(store: Store, migration: Migration, by: str, now: float) -> Migration:
    """Have nothing new started; raises Conflict when somebody was first."""
    # What it waits for goes on without Daybreak: since when is kept.
    after = migration.to(Status.PAUSED, updated_at=now, attempts=0, paused=Pause(by, now))
    event = MigrationPaused(now, by, job_of(migration))
    store.commit(migration, after, [event], work_of(after))
    return after


def resume(store: Store, migration: Migration, by: str, now: float) -> Migration:
    """Have it go on at the step where it was held; raises Conflict when somebody was first."""
    since = migration.paused.at if migration.paused else now
    after = migration.to(Status.ACTIVE, updated_at=now, attempts=0, paused=None)
    event = MigrationResumed(now, by, job_of(after), max(0.0, now - since))
    store.commit(migration, after, [event], work_of(after))
    return after
