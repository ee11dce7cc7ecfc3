"""Arm a roll back: everything that can be done and found out before anybody waits.

A roll back is a switchover whose `doors` are turned round: its source is the cluster that takes
writes now, and its target the fenced instance that follows it.
"""

import logging
from dataclasses import replace

from migration.errors import DaybreakError
from migration.model import Migration
from workers import evidence_of_roll_back
from workers.cutover.arm import EPOCH_TAG, highest_epoch, open_both, refuse_unfenceable, require
from workers.cutover.attempt import ACT_SECONDS, Attempt, Doors
from workers.cutover.budget import Budget, check_lease
from workers.cutover.errors import NotReady
from workers.cutover.take_over import open_doors
from workers.journal import StoreJournal
from workers.leases import HeldLease
from workers.postgres import fence, roles
from workers.postgres.connect import Connection
from workers.postgres.fence import State
from workers.steps import ways
from workers.toolbox import Toolbox

log = logging.getLogger(__name__)


def arm(migration: Migration, tools: Toolbox, lease: HeldLease, journal: StoreJournal) -> Attempt:
    """Look at every condition again, open what is needed, rehearse closing and opening.

    Raises:
        NotReady: a condition does not hold; nothing was changed that anybody notices.
    """
    require(evidence_of_roll_back.gather(migration, tools))
    doors = turned_doors(migration, tools)
    databases = open_both(doors)
    try:
        cluster, instance = databases.source, databases.target
        refuse_unfenceable(cluster)
        found = fence.read(instance)
        _require_fenced(found)
        at_least = max(migration.epoch, highest_epoch(migration, tools), found.epoch)
        journal.intend("raise epoch", source=migration.source, at_least=at_least)
        check_lease(lease, ACT_SECONDS, "raised the epoch")
        epoch = fence.raise_epoch(cluster, migration.id, migration.target, at_least, State.OPENED)
        fence.supersede(instance, found, epoch)
        _tag(tools, migration, epoch)
        journal.done("raise epoch", epoch=epoch)
        seen = ways.to_closed(tools, migration.source, doors.to_target, epoch=epoch)
        log.info("%s: %d poolers reach the source", migration.id, len(seen))
        fence.close(cluster, epoch, rehearse=True, before=State.OPENED, after=State.RETURNING)
        _rehearse_opening(instance, epoch, roles.login_roles(cluster))
        attempt = Attempt(
            migration=replace(migration, epoch=epoch),
            epoch=epoch,
            tools=tools,
            lease=lease,
            journal=journal,
            doors=doors,
            databases=databases,
            budget=Budget(migration.options.max_write_pause_seconds),
        )
    except BaseException:
        databases.close()
        raise
    attempt.prober.begin(migration.source, tools)
    return attempt


def _require_fenced(source: fence.Fence) -> None:
    if source.state is not State.FENCED:
        raise NotReady(f"The source is {source.state}, and should be closed.")


def turned_doors(migration: Migration, tools: Toolbox) -> Doors:
    """From the cluster to the instance.

    Raises:
        WayBackFailed: AWS knows no such instance.
        NoTarget: it knows no such cluster.
    """
    return open_doors(migration, tools).turned()


def _tag(tools: Toolbox, migration: Migration, epoch: int) -> None:
    cluster = tools.rds.cluster(migration.target)
    if cluster is None:
        raise NotReady(f"The cluster `{migration.target}` is gone.")
    tools.rds.tag(cluster.arn, {EPOCH_TAG: str(epoch)})


def _rehearse_opening(instance: Connection, epoch: int, names: tuple[str, ...]) -> None:
    fence.expect(instance, epoch, names)
    try:
        fence.open_source(instance, epoch, rehearse=True)
    except DaybreakError as error:
        raise NotReady(f"The source could not be opened: {error}") from error
