"""Closing a source from outside: what counts as its reboot, and who may still send what."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from steps_ground import Ground, Journal, eventually

from workers import failpoints
from workers.aws.closing import CALL_SECONDS
from workers.closure import EPOCH_TAG, SourceRecord, SourceState
from workers.cutover.budget import Budget
from workers.cutover.errors import LeaseTooShort, Superseded
from workers.cutover_without_login.attempt import Attempt
from workers.cutover_without_login.close import close, reboot
from workers.cutover_without_login.go_back import WayBack
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


def reopen(attempt: Attempt) -> None:
    """As going back does."""
    WayBack(attempt).reopen_source()


def call_it_open(attempt: Attempt) -> None:
    """In the source's tags."""
    attempt.say_source(SourceState.OPEN)


def close_again(attempt: Attempt) -> None:
    """Somebody opened it in between."""
    attempt.closing.move_instance("orders", attempt.groups)
    eventually(lambda: not attempt.source_is_closed(), "an open source")
    close(attempt)


def raise_epoch(attempt: Attempt) -> None:
    """As going back and taking over do."""
    attempt.raise_epoch(EPOCH + 1)


@pytest.mark.parametrize("lost", ["lease", "epoch"])
@pytest.mark.parametrize(
    ("act", "what"),
    [
        (call_it_open, "called-the-source-open"),
        (close_again, "closed-the-source"),
        (reboot, "rebooted-the-source"),
        (reopen, "reopened-the-source"),
        (raise_epoch, "raised-the-epoch"),
    ],
)
def test_a_request_whose_sender_stood_still_does_not_leave(
    ground: Ground,
    attempt: Attempt,
    tmp_path: Path,
    act: Callable[[Attempt], None],
    what: str,
    lost: str,
) -> None:
    """It was decided, built and signed while its sender was in charge, who is no longer."""
    point = f"{what}-leaving"
    (tmp_path / point).write_text("hold")
    failpoints.watch(str(tmp_path))
    try:
        with ThreadPoolExecutor(max_workers=1) as pool:
            acting = pool.submit(act, attempt)
            eventually((tmp_path / f"{point}.hit").exists, point)
            if lost == "lease":
                attempt.lease = Tenure(CALL_SECONDS / 2)
            else:
                attempt.closing.tag(attempt.source_now().arn, {EPOCH_TAG: str(EPOCH + 5)})
            before = ground.cloud.carried_out
            (tmp_path / f"{point}.hit").unlink()
            with pytest.raises(LeaseTooShort if lost == "lease" else Superseded):
                acting.result()
    finally:
        failpoints.watch("")
    assert ground.cloud.carried_out == before
