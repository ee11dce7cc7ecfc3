"""One look at a synchronization: kept for the channel, and said in the thread when it matters."""

import logging
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace

from migration.errors import DaybreakError, NoSuchMigration, StoreUnavailable
from migration.events import DiskLevelChanged, Event, ReplicaRecovered, ReplicaTroubled
from migration.model import Migration, Reading, Status
from migration.plan import CREATE_REPLICA
from migration.steps import Journal
from migration.sync import DiskLevel, Sync, is_synchronizing
from workers.app import Workbench
from workers.journal import StoreJournal
from workers.observing.rehearsal import by_sight_and_sql
from workers.observing.sight import Kept, NotObserved
from workers.postgres.connect import Connection
from workers.steps import lag
from workers.steps.without_login import lag as from_outside
from workers.sync import disk, replica
from workers.sync.forecast import growth
from workers.toolbox import Toolbox

log = logging.getLogger(__name__)

# Numbers alone are not worth more messages to Slack than this.
SHOW_SECONDS = 30.0
STEP = "watch"
BEHIND_READING = "behind"


def carry_out(bench: Workbench, migration_id: str) -> None:
    """Look, keep what was seen, and say what has changed; a migration that is past it is left."""
    try:
        migration = bench.store.load(migration_id)
    except NoSuchMigration:
        return
    if not is_synchronizing(migration):
        return
    before = _known(bench.store.sync(migration_id), migration)
    journal = StoreJournal(bench.store, bench.clock, migration_id, STEP)
    try:
        after = _look_sparingly(migration, bench, journal, before)
    except StoreUnavailable:
        raise
    except DaybreakError as error:
        after = _unseen(before, bench.clock.now(), str(error))
    if not is_synchronizing(bench.store.load(migration_id)):
        # What was seen of a replica that is just being taken down is nobody's trouble.
        return
    events = list(changes(before, after))
    shows = bool(events) or after.at - after.shown_at >= SHOW_SECONDS
    if events:
        # First of all: said twice after a crash is better than never.
        bench.store.append(migration_id, events)
    bench.store.save_sync(migration_id, replace(after, shown_at=after.at) if shows else after)
    if shows:
        bench.engine.refresh(migration_id)


def _unseen(before: Sync | None, now: float, why: str) -> Sync:
    """Nobody could look: what was wrong is wrong still, and nothing is taken for safe."""
    known = before or Sync(now, None)
    return replace(known, at=now, disk=None, unseen=why)


def _known(before: Sync | None, migration: Migration) -> Sync | None:
    """What was wrong with a replica that was dropped is not wrong with the next one."""
    if before is None or CREATE_REPLICA in migration.facts:
        return before
    return replace(before, trouble="", suspicion="")


@contextmanager
def _login(migration: Migration, tools: Toolbox) -> Iterator[Connection | None]:
    """A connection to the source; None without a login, or while it takes none."""
    # While it is copied the source's own word adds little, and a login costs two calls of AWS.
    if not migration.options.login or CREATE_REPLICA not in migration.facts:
        yield None
        return
    with ExitStack() as stack:
        try:
            source = stack.enter_context(tools.databases.source(migration.source))
        except DaybreakError as error:
            log.info("%s: no look into the source: %s", migration.id, error)
            yield None
            return
        yield source


def _look_sparingly(
    migration: Migration, bench: Workbench, journal: Journal, before: Sync | None
) -> Sync:
    """By what the collector saw of AWS for everybody; where it did not, AWS is asked."""
    try:
        tools = by_sight_and_sql(bench.tools, Kept(bench.observations))
        return look(migration, tools, journal, before)
    except NotObserved:
        return look(migration, bench.tools, journal, before)


def look(migration: Migration, tools: Toolbox, journal: Journal, before: Sync | None) -> Sync:
    """See the replica, and then the disk of its source.

    Of a paused migration its lag as well, because its own step does not look. Raises what AWS's
    gateways raise; a source that takes no login is seen from outside.
    """
    if migration.status is Status.PAUSED and CREATE_REPLICA in migration.facts:
        look_at_lag = lag.look if migration.options.login else from_outside.look
        for reading in look_at_lag(migration, tools).readings:
            journal.reading(reading)
    with _login(migration, tools) as source:
        return _look(migration, tools, journal, source, before)


def _look(
    migration: Migration,
    tools: Toolbox,
    journal: Journal,
    source: Connection | None,
    before: Sync | None,
) -> Sync:
    copy = replica.look(migration, tools, source=source, before=before)
    instance = tools.rds.instance(migration.source)
    now = tools.clock.now()
    if instance is None:
        seen = disk.Seen(None, f"There is no instance `{migration.source}` any more")
    else:
        seen = disk.look(
            migration, instance, tools, journal, source=source, streaming=copy.streaming
        )
    behind = _behind(migration, tools, journal, copy, now)
    since = _suspected_since(before, now, tools.settings.sync_seconds)
    lasted = copy.suspicion and now - since >= tools.settings.stall_seconds
    return Sync(
        at=now,
        disk=seen.disk,
        unseen=seen.unseen,
        level=disk.level(seen, tools, before.level if before else DiskLevel.OK),
        trouble=copy.trouble or (copy.suspicion if lasted else ""),
        suspicion=copy.suspicion,
        suspected_since=since if copy.suspicion else 0.0,
        written=copy.written,
        replayed=copy.replayed,
        behind_bytes=behind.value if behind else None,
        catches_up=behind.shrinks if behind else None,
        lag_seconds=copy.lag.value if copy.lag else None,
        lag_at=copy.lag.at if copy.lag else 0.0,
        shown_at=before.shown_at if before else 0.0,
    )


@dataclass(frozen=True)
class _Behind:
    value: float
    #: Bytes a second; None while too few looks tell of it.
    shrinks: float | None


def _behind(
    migration: Migration, tools: Toolbox, journal: Journal, copy: replica.Seen, now: float
) -> _Behind | None:
    """How far the copy is behind by the source's own positions, and how that changes."""
    if copy.written is None or copy.replayed is None:
        return None
    reading = Reading(
        BEHIND_READING,
        float(max(0, copy.written - copy.replayed)),
        "bytes",
        "pg_stat_replication",
        now,
    )
    known = [*tools.readings(migration.id, BEHIND_READING), reading]
    journal.reading(reading)
    grown = growth(known, now, disk.WINDOW_SECONDS, disk.LEAST_LOOKS * tools.settings.sync_seconds)
    return _Behind(reading.value, -grown if grown is not None else None)


def _suspected_since(before: Sync | None, now: float, every: float) -> float:
    """It may have begun right after the last look, unless nobody has looked for long."""
    if before is None:
        return now
    if before.suspicion:
        return before.suspected_since
    return max(before.at, now - 2 * every)


def changes(before: Sync | None, after: Sync) -> Iterator[Event]:
    """What the thread is told: each change once."""
    if after.disk is not None and after.level is not (before.level if before else DiskLevel.OK):
        seen = after.disk
        yield DiskLevelChanged(
            after.at, after.level, seen.free_bytes, seen.kept_bytes, seen.full_in_seconds
        )
    trouble = before.trouble if before else ""
    # What is only suspected changes its words as it comes and goes, and is one trouble.
    certain = not after.suspicion
    if after.trouble and (not trouble or (certain and after.trouble != trouble)):
        yield ReplicaTroubled(after.at, after.trouble)
    elif trouble and not after.trouble:
        yield ReplicaRecovered(after.at)
