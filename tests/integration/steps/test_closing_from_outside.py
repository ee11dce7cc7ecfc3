"""Closing a source from outside: what counts as its reboot, by AWS's own clock and word."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from steps_ground import Ground, Journal, eventually

from workers.closure import SourceRecord, SourceState
from workers.cutover.budget import Budget
from workers.cutover_without_login.attempt import Attempt
from workers.cutover_without_login.close import close, reboot
from workers.steps.without_login import quarantine

SOURCES = ("orders",)
PATIENCE = 60.0
EPOCH = 7


@dataclass
class Tenure:
    """A lease of which so many seconds are left."""

    seconds: float = 60.0

    def left(self) -> float:
        """See `workers.leases.Tenure`."""
        return self.seconds


@pytest.fixture
def attempt(ground: Ground) -> Iterator[Attempt]:
    """One whose source was closed; afterwards that is behind its groups again."""
    settings = ground.tools.settings.model_copy(update={"quarantine_group": "quarantine"})
    tools = replace(ground.tools, settings=settings)
    source = tools.rds.instance("orders")
    assert source is not None
    before = tuple(membership.id for membership in source.security_groups)
    migration = ground.migration("orders", "orders-aurora", login=False)
    attempt = Attempt(
        migration=migration,
        epoch=EPOCH,
        tools=tools,
        lease=Tenure(),
        journal=Journal(),
        groups=before,
        quarantine=quarantine.find(tools, source).id,
        budget=Budget(PATIENCE),
    )
    record = SourceRecord(EPOCH, SourceState.OPEN, migration.id, migration.target, before)
    tools.rds.closing.tag(source.arn, record.tags)
    close(attempt)
    try:
        yield attempt
    finally:
        attempt.close()
        aws(ground).modify_db_instance(
            DBInstanceIdentifier="orders", VpcSecurityGroupIds=list(before), ApplyImmediately=True
        )
        aws(ground).remove_tags_from_resource(ResourceName=source.arn, TagKeys=list(record.tags))


def aws(ground: Ground) -> Any:
    """Somebody else's client."""
    return ground.session.client("rds", endpoint_url=ground.cloud.endpoint_url)


def reboots(ground: Ground) -> int:
    """How many AWS has carried out."""
    return [act.action for act in ground.cloud.carried_out].count("RebootDBInstance")


def test_a_reboot_that_somebody_else_asked_for_is_not_believed(
    ground: Ground, attempt: Attempt
) -> None:
    """Its status and its event may show late: only a restart after our own call ends sessions."""
    scenario = ground.cloud.scenario
    before = attempt.closing.restarts("orders")
    aws(ground).reboot_db_instance(DBInstanceIdentifier="orders")
    eventually(lambda: attempt.closing.restarts("orders") > before, "the other's reboot")
    (other,) = attempt.closing.restarts("orders") - before
    sent = reboots(ground)

    began = time.time()
    scenario.describe_lag_seconds = scenario.events_late_seconds = 2.0
    try:
        reboot(attempt)
    finally:
        scenario.describe_lag_seconds = scenario.events_late_seconds = 0.0

    assert reboots(ground) == sent + 1
    assert attempt.rebooted_at > max(began, other.at.timestamp())
