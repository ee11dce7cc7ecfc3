"""Arm: everything that can be done and found out before anybody waits."""

import logging
from dataclasses import replace
from functools import partial

import psycopg

from migration.errors import DaybreakError
from migration.model import Evidence, Migration, WayBack
from workers.cutover.attempt import ACT_SECONDS, Attempt, Databases, Doors
from workers.cutover.budget import Budget, check_lease
from workers.cutover.errors import NotReady
from workers.cutover.request import CALL_SECONDS
from workers.evidence import gather
from workers.journal import StoreJournal
from workers.leases import HeldLease
from workers.postgres import fence, inventory, roles, slots, way_back
from workers.postgres.connect import (
    OUR_APPLICATION_NAMES,
    Connection,
    allow,
    rows,
    value,
)
from workers.steps import ways
from workers.steps.poolers import misfits
from workers.toolbox import Toolbox

EPOCH_TAG = "daybreak:epoch"
# CHECKPOINT wants superuser below PostgreSQL 15, and pg_checkpoint from there on.
CHECKPOINT_ROLE = "pg_checkpoint"
CHECKPOINT_SECONDS = 60.0

log = logging.getLogger(__name__)


def arm(migration: Migration, tools: Toolbox, lease: HeldLease, journal: StoreJournal) -> Attempt:
    """Look at every condition again, open what is needed, rehearse the fence.

    Raises:
        NotReady: a condition does not hold; nothing was changed that anybody notices.
    """
    _gate(migration, tools)
    doors = _doors(migration, tools)
    databases = open_both(doors)
    try:
        source = databases.source
        refuse_unfenceable(source)
        refuse_subscriptions(source)
        at_least = max(migration.epoch, highest_epoch(migration, tools))
        journal.intend("raise epoch", source=migration.source, at_least=at_least)
        check_lease(lease, ACT_SECONDS, "raised the epoch")
        fence.prepare(source, migration.id)
        if migration.options.way_back is not WayBack.NONE:
            way_back.make_room(source)
        epoch = fence.raise_epoch(source, migration.id, migration.target, at_least)
        tools.rds.tag(_arn(tools, migration), {EPOCH_TAG: str(epoch)})
        journal.done("raise epoch", epoch=epoch)
        _try_ways(tools, migration, doors, databases, epoch)
        fence.close(source, epoch, rehearse=True)
        _checkpoint(databases.target)
        tools.rds.prepare_promotion(CALL_SECONDS)
        slots_noted = slots.note(source, epoch, wanted=migration.options.recreate_slots)
        attempt = Attempt(
            migration=replace(migration, epoch=epoch),
            epoch=epoch,
            tools=tools,
            lease=lease,
            journal=journal,
            doors=doors,
            databases=databases,
            slots_noted=slots_noted,
            budget=Budget(migration.options.max_write_pause_seconds),
        )
    except BaseException:
        databases.close()
        raise
    attempt.prober.begin(migration.source, tools)
    return attempt


def _gate(migration: Migration, tools: Toolbox) -> None:
    require(gather(migration, tools))


def require(evidence: Evidence) -> None:
    """Raises NotReady where a condition does not hold, or could not be looked at."""
    missing = [f"{check.name}: {check.detail}" for check in evidence.checks if not check.ok]
    if missing or not evidence.holds:
        raise NotReady("The conditions no longer hold. " + "; ".join(missing))


def _doors(migration: Migration, tools: Toolbox) -> Doors:
    instance = tools.rds.instance(migration.source)
    cluster = tools.rds.cluster(migration.target)
    if instance is None or instance.endpoint is None:
        raise NotReady(f"`{migration.source}` has no endpoint.")
    if cluster is None or cluster.endpoint is None:
        raise NotReady(f"The cluster `{migration.target}` has no endpoint.")
    return Doors(
        login=tools.secrets.login(migration.source),
        ca_file=tools.settings.rds_ca_file,
        source=instance.endpoint,
        target=cluster.endpoint,
        read_login=partial(tools.secrets.login, migration.source),
    )


def open_both(doors: Doors) -> Databases:
    """Log in to both, or to neither."""
    source = doors.log_in_to_source()
    try:
        return Databases(source, doors.log_in_to_target())
    except DaybreakError:
        source.close()
        raise


def _arn(tools: Toolbox, migration: Migration) -> str:
    cluster = tools.rds.cluster(migration.target)
    if cluster is None:
        raise NotReady(f"The cluster `{migration.target}` is gone.")
    return cluster.arn


def refuse_unfenceable(source: Connection) -> None:
    """Raises NotReady where a fence would not keep everybody out."""
    foreign = roles.foreign_superusers(source)
    if foreign:
        raise NotReady(
            "These superusers could not be kept out: " + ", ".join(foreign) + ". RDS has none of "
            "its own making; is this an RDS instance?"
        )
    ours = rows(
        source,
        "SELECT DISTINCT coalesce(application_name, ''), coalesce(host(client_addr), '') "
        "FROM pg_stat_activity WHERE usename = current_user AND application_name <> ALL (%s)",
        list(OUR_APPLICATION_NAMES),
    )
    if ours:
        seen = ", ".join(f"{application or 'unnamed'} from {host}" for application, host in ours)
        raise NotReady(
            f"Somebody else uses Daybreak's own role: {seen}. The fence leaves that role in, so it "
            "must be Daybreak's alone."
        )


def refuse_subscriptions(source: Connection) -> None:
    """It was looked at when the migration began; somebody may have made one since."""
    found = inventory.subscriptions(source)
    if found:
        raise NotReady(
            f"The source subscribes to others: {', '.join(found)}. After the promotion both copies "
            "would read the same slots: drop them, and make them anew on the cluster."
        )


def highest_epoch(migration: Migration, tools: Toolbox) -> int:
    """The highest epoch that a pooler has seen.

    Raises:
        NotReady: their settings do not fit.
    """
    states = tools.traffic.states(migration.source)
    if not states:
        raise NotReady("Nothing is configured that could be redirected.")
    wrong = [
        f"{state.url}: {problem}"
        for state in states
        for problem in misfits(state, migration.options)
    ]
    if wrong:
        raise NotReady("The poolers' settings do not fit. " + "; ".join(wrong))
    return max(state.epoch for state in states)


def _try_ways(
    tools: Toolbox, migration: Migration, doors: Doors, databases: Databases, epoch: int
) -> None:
    """Every pooler reaches the target as the application, with the password as it is now."""
    check = ways.to_target(tools, migration.source, doors.to_target, databases.target, epoch=epoch)
    log.info("%s: %d poolers reach the target", migration.id, len(check))


def _checkpoint(target: Connection) -> None:
    """A checkpoint beforehand shortens the promotion; a role that may not do it goes without."""
    allowed = (
        value(
            target,
            "SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = %s) AND pg_has_role(%s, 'member')",
            CHECKPOINT_ROLE,
            CHECKPOINT_ROLE,
        )
        if value(target, "SELECT to_regrole(%s)", CHECKPOINT_ROLE)
        else False
    )
    if not allowed:
        return
    allow(target, CHECKPOINT_SECONDS)
    try:
        target.execute("CHECKPOINT")
    except psycopg.errors.QueryCanceled:
        log.info("the target's checkpoint takes long; the cut-over does not wait for it")
    allow(target, ACT_SECONDS)
