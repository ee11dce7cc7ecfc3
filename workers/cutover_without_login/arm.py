"""Arm: every condition looked at again, and what was there before recorded in tags."""

from dataclasses import replace

from migration.model import Migration
from workers import closure
from workers.aws.last_look import looking
from workers.aws.resources import Cluster, Instance
from workers.closure import SourceRecord, SourceState
from workers.cutover.budget import Budget, check_lease
from workers.cutover.errors import NotReady
from workers.cutover.request import CALL_SECONDS
from workers.cutover_without_login.attempt import Armed
from workers.evidence_from_outside import gather
from workers.failpoints import reach
from workers.journal import StoreJournal
from workers.leases import HeldLease
from workers.steps.poolers import patience
from workers.steps.without_login import log_cycle, quarantine
from workers.toolbox import Toolbox


def arm(migration: Migration, tools: Toolbox, lease: HeldLease, journal: StoreJournal) -> Armed:
    """Raise the epoch, and record the groups to put back, before anything is closed.

    Raises:
        NotReady: a condition does not hold; nothing was changed that anybody notices.
    """
    _gate(migration, tools)
    source, cluster = tools.rds.instance(migration.source), tools.rds.cluster(migration.target)
    if source is None or cluster is None:
        raise NotReady("The source or its copy is gone.")
    group, cycle = quarantine.find(tools, source), log_cycle.read(tools, source)
    states = tools.traffic.states(migration.source)
    epoch = 1 + max(
        migration.epoch, _epoch_in_tags(tools, source, cluster), *(state.epoch for state in states)
    )
    groups = tuple(membership.id for membership in source.security_groups)
    record = SourceRecord(epoch, SourceState.OPEN, migration.id, migration.target, groups)
    journal.intend("raise epoch", source=migration.source, epoch=epoch, groups=list(groups))

    def last_look() -> None:
        reach("armed-the-tags-leaving")
        check_lease(lease, CALL_SECONDS, "raised the epoch")

    with looking(last_look):
        tools.rds.closing.tag(source.arn, record.tags)
        tools.rds.closing.tag(cluster.arn, {closure.EPOCH_TAG: str(epoch)})
    if closure.source_record(tools.rds.closing.tags(source.arn)) != record:
        raise NotReady("The source's tags do not say what Daybreak has just written there.")
    journal.done("raise epoch", epoch=epoch)
    tools.rds.prepare_promotion(CALL_SECONDS)
    limits = [limit for state in states if (limit := patience(state)) is not None]
    return Armed(
        migration=replace(migration, epoch=epoch),
        epoch=epoch,
        tools=tools,
        lease=lease,
        journal=journal,
        groups=groups,
        quarantine=group.id,
        budget=Budget(migration.options.max_write_pause_seconds),
        patience=min(limits, default=None),
        cycle=cycle,
    )


def _gate(migration: Migration, tools: Toolbox) -> None:
    evidence = gather(migration, tools)
    looked = (check for check in evidence.checks if check.looked)
    missing = [f"{check.name}: {check.detail}" for check in looked if not check.ok]
    if missing or not evidence.holds:
        raise NotReady("The conditions no longer hold. " + "; ".join(missing))


def _epoch_in_tags(tools: Toolbox, source: Instance, cluster: Cluster) -> int:
    """The highest that stands on either."""
    on_source = closure.source_record(tools.rds.closing.tags(source.arn))
    on_target = closure.target_record(tools.rds.closing.tags(cluster.arn))
    return max(on_source.epoch if on_source else 0, on_target.epoch if on_target else 0)
