"""Arm: everything that can be found out before the source is closed, or the copy is opened."""

from dataclasses import replace
from functools import partial

from migration.freezing import is_reopening
from migration.model import Migration
from workers.cutover.arm import open_both, refuse_subscriptions, refuse_unfenceable, require
from workers.cutover.attempt import ACT_SECONDS, Attempt, Databases, Doors, Progress
from workers.cutover.budget import Budget, check_lease
from workers.cutover.errors import NotReady
from workers.journal import StoreJournal
from workers.leases import HeldLease
from workers.postgres import fence, slots
from workers.snapshot_method import evidence, same_fence
from workers.steps.poolers import misfits_of_any
from workers.toolbox import Toolbox
from workers.traffic.port import Endpoint

# The switch takes a second; what is left below this would be over before it has begun.
LEAST_SECONDS = 10.0


def arm_freeze(
    migration: Migration, tools: Toolbox, lease: HeldLease, journal: StoreJournal
) -> Attempt:
    """Look at every condition again, raise the epoch, rehearse the fence.

    Raises:
        NotReady: a condition does not hold; nothing was changed that anybody notices.
    """
    require(evidence.gather(migration, tools))
    left = _time_left(migration, tools)
    doors = _doors(migration, tools, target=None)
    databases = Databases(doors.log_in_to_source(), None)
    try:
        source = databases.source
        refuse_unfenceable(source)
        refuse_subscriptions(source)
        at_least = max(migration.epoch, _poolers(migration, tools))
        journal.intend("raise epoch", source=migration.source, at_least=at_least)
        check_lease(lease, ACT_SECONDS, "raised the epoch")
        fence.prepare(source, migration.id)
        epoch = fence.raise_epoch(source, migration.id, migration.target, at_least)
        # What an earlier migration noted would be in the copy, and made there by a successor.
        slots.note(source, epoch, wanted=False)
        journal.done("raise epoch", epoch=epoch)
        fence.close(source, epoch, rehearse=True)
    except BaseException:
        databases.close()
        raise
    return Attempt(
        migration=replace(migration, epoch=epoch),
        epoch=epoch,
        tools=tools,
        lease=lease,
        journal=journal,
        doors=doors,
        databases=databases,
        budget=Budget(left),
    )


def arm_switch(
    migration: Migration, tools: Toolbox, lease: HeldLease, journal: StoreJournal
) -> Attempt:
    """Open both, and see that they stand behind one fence.

    Raises:
        NotReady: the time that was approved is over.
        NotTheSameFence: the source was open in between, or the copy is of another moment.
    """
    left = _time_left(migration, tools)
    cluster = tools.rds.cluster(migration.target)
    if cluster is None or cluster.endpoint is None:
        raise NotReady(f"The copy `{migration.target}` has no endpoint.")
    doors = _doors(migration, tools, target=cluster.endpoint)
    databases = open_both(doors)
    try:
        same_fence.check_source(fence.read(databases.source), migration)
        same_fence.see_copy(migration, databases.target)
    except BaseException:
        databases.close()
        raise
    longest = min(migration.options.max_write_pause_seconds, left)
    options = replace(migration.options, max_write_pause_seconds=longest)
    return Attempt(
        migration=replace(migration, options=options),
        epoch=migration.epoch,
        tools=tools,
        lease=lease,
        journal=journal,
        # What going back has to undo from the beginning: the source is closed.
        progress=Progress.FENCED,
        doors=doors,
        databases=databases,
        budget=Budget(longest),
        marker=migration.epoch,
    )


def _time_left(migration: Migration, tools: Toolbox) -> float:
    if migration.freeze is None or is_reopening(migration):
        raise NotReady("No outage of this migration is approved.")
    left = migration.freeze.reopen_by - tools.clock.now()
    if left < LEAST_SECONDS:
        raise NotReady("The time that was approved for the outage is over.")
    return left


def _doors(migration: Migration, tools: Toolbox, *, target: Endpoint | None) -> Doors:
    instance = tools.rds.instance(migration.source)
    if instance is None or instance.endpoint is None:
        raise NotReady(f"`{migration.source}` has no endpoint.")
    return Doors(
        login=tools.secrets.login(migration.source),
        ca_file=tools.settings.rds_ca_file,
        source=instance.endpoint,
        target=target,
        read_login=partial(tools.secrets.login, migration.source),
    )


def _poolers(migration: Migration, tools: Toolbox) -> int:
    """The highest epoch that a pooler has seen.

    For how long they hold a client is no condition: an outage is longer than any would.
    """
    states = tools.traffic.states(migration.source)
    if not states:
        raise NotReady("Nothing is configured that could be redirected.")
    wrong = [f"{state.url}: {one}" for state in states for one in misfits_of_any(state)]
    if wrong:
        raise NotReady("The poolers' settings do not fit. " + "; ".join(wrong))
    return max(state.epoch for state in states)
