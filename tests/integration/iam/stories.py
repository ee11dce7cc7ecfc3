"""Whole migrations, each with no more of docs/iam than its holder is told to give."""

from collections.abc import Callable
from contextlib import closing
from typing import Any

import boto3
from cutover_ground import ADAM, RITA, SOURCE, TARGET, Ground, eventually
from freeze_ground import FreezeGround
from named_ground import NamedGround
from outside_ground import PAUSE, OutsideGround
from way_back_ground import approve_roll_back, follows, go_on, moved, superuser

from migration.checking import Checking
from migration.examination import Level
from migration.freezing import is_reopening
from migration.model import Migration, Options, Status, WayBack
from migration.remedies import BACKUPS, REBOOT_NOW
from migration.remedying import Remedying, offered
from sandbox import identities
from workers import check_run
from workers.aws.identity import IdentityGateway
from workers.collector import Collector
from workers.examination import account
from workers.remedies import job
from workers.runner import StepRunner


def owner(ground: Ground, service: str) -> Any:
    """A person's client, who may everything."""
    return boto3.Session(*identities.owner().values(), region_name=ground.cloud.region).client(
        service, endpoint_url=ground.cloud.endpoint_url
    )


def step(ground: Ground, migration: Migration) -> Migration:
    """Run what is due, once."""
    assert migration.step is not None
    StepRunner(ground.bench).run(migration.id, migration.step.name, migration.version)
    return ground.store.load(migration.id)


def until(ground: Ground, migration: Migration, status: Status) -> Migration:
    """Run the steps until it is so."""

    def there() -> bool:
        nonlocal migration
        migration = ground.store.load(migration.id)
        assert migration.status is not Status.HALTED, migration.problem
        if migration.status is not status:
            step(ground, migration)
        return migration.status is status

    eventually(there, str(status))
    return migration


def with_login(ground: Ground) -> None:
    """To the end; somebody takes the target's protection away, and it is given back."""
    after = ground.cut_over(ground.approve(ground.at_the_gate()))
    assert after.status is Status.ACTIVE, (after.problem, after.aborted)
    owner(ground, "rds").modify_db_cluster(DBClusterIdentifier=TARGET, DeletionProtection=False)
    until(ground, after, Status.COMPLETED)


def named(ground: Ground) -> None:
    """A name in Route 53 is led to the target."""
    after = ground.cut_over(ground.approve(ground.at_the_gate()))
    assert after.status is Status.ACTIVE, (after.problem, after.aborted)
    until(ground, after, Status.COMPLETED)


def cancelled(ground: Ground) -> None:
    """At the gate; what was made is taken down."""
    gated = ground.at_the_gate()
    until(ground, ground.service.cancel(gated.id, RITA), Status.CANCELLED)


def backups_off(ground: Ground) -> None:
    """They are turned on for the migration, because the requester accepted that."""
    rds = owner(ground, "rds")
    rds.modify_db_instance(
        DBInstanceIdentifier=SOURCE, BackupRetentionPeriod=0, ApplyImmediately=True
    )
    eventually(lambda: _is_off(rds), "backups that are off")
    ground.store.save_inventory(Collector(ground.bench.tools.rds, ground.bench.clock).collect())
    options = Options(target=TARGET, accept_backup_interruption=True)
    migration = ground.service.start(SOURCE, RITA, "C1", options)

    def on() -> bool:
        migration_now = ground.store.load(migration.id)
        assert migration_now.status is Status.ACTIVE, migration_now.problem
        if "enable_backups" not in migration_now.facts:
            step(ground, migration_now)
        return "enable_backups" in migration_now.facts

    eventually(on, "backups that are on")


def mended(ground: Ground) -> None:
    """Parameters wait for a reboot; an approver has it done by a button, and backups on as well."""
    rds = owner(ground, "rds")
    rds.modify_db_instance(
        DBInstanceIdentifier=SOURCE, BackupRetentionPeriod=0, ApplyImmediately=True
    )
    eventually(lambda: _is_off(rds), "backups that are off")
    known = ground.bench.tools.rds.instance(SOURCE)
    assert known is not None
    # after that: it restarted for the backups
    parameter = {
        "ParameterName": "max_locks_per_transaction",
        "ParameterValue": "65",
        "ApplyMethod": "pending-reboot",
    }
    rds.modify_db_parameter_group(
        DBParameterGroupName=known.parameter_group, Parameters=[parameter]
    )
    bench = ground.bench
    bench.store.save_inventory(Collector(bench.tools.rds, bench.clock).collect())
    look = Checking(bench.store, bench.checks, bench.clock).ask(
        SOURCE, TARGET, RITA, "C1", login=True
    )
    check_run.carry_out(bench, look.id)
    remedying = Remedying(bench.store, bench.checks, bench.remedies, bench.clock)
    for remedy in (REBOOT_NOW, BACKUPS):
        _, offer = offered(remedying.look(look.id), remedy)
        run, _ = remedying.ask(look.id, remedy, ADAM, offer.mark)
        eventually(lambda run=run: _is_done(ground, run.id), remedy)


def _is_off(rds: Any) -> bool:
    (found,) = rds.describe_db_instances(DBInstanceIdentifier=SOURCE)["DBInstances"]
    return found["DBInstanceStatus"] == "available" and not found["BackupRetentionPeriod"]


def _is_done(ground: Ground, run_id: str) -> bool:
    job.carry_out(ground.bench, run_id)
    run = ground.bench.remedies.load(run_id)
    assert run is not None
    assert not run.problem, run.problem
    return run.looked_again


def without_login(ground: Ground) -> None:
    """By groups, a reboot, CloudWatch and tags, to the end."""
    assert isinstance(ground, OutsideGround)
    ground.take_login_away()
    after = ground.cut_over(ground.ready(PAUSE))
    assert after.status is Status.ACTIVE, (after.problem, after.aborted)
    until(ground, after, Status.COMPLETED)


def cooling_off(ground: Ground) -> Migration:
    """Over on the target, and the source follows."""
    superuser(ground, SOURCE, "ALTER TABLE seen OWNER TO app_owner")
    migration, _ = moved(ground, WayBack.REQUIRED)
    return go_on(ground, migration, follows)


def finished(ground: Ground) -> None:
    """The source is retired, and protected, which it was not."""
    migration = cooling_off(ground)
    owner(ground, "rds").modify_db_instance(DBInstanceIdentifier=SOURCE, DeletionProtection=False)
    ended = go_on(ground, ground.service.finish(migration.id, ADAM), lambda now: now.final)
    assert ended.status is Status.COMPLETED


def examined(ground: Ground) -> None:
    """The doctor's questions, which no migration asks."""
    with closing(IdentityGateway.open(ground.cloud.region)) as gateway:
        rds, settings = ground.bench.tools.rds, ground.bench.settings
        findings = list(account.findings(gateway, rds, settings))
    assert [one.name for one in findings[:2]] == ["AWS identity", "AWS RDS"]
    assert {one.level for one in findings[:2]} == {Level.GOOD}


def rolled_back(ground: Ground) -> None:
    """The source takes the writes again, and no tag says otherwise."""
    after = ground.cut_over(approve_roll_back(ground, cooling_off(ground)))
    assert go_on(ground, after, lambda now: now.final).status is Status.ROLLED_BACK


def by_snapshot(ground: Ground) -> None:
    """The first copy fails and is taken down; the second is opened, and the source stays closed."""
    assert isinstance(ground, FreezeGround)
    ground.cloud.scenario.restore_fails_times = 1
    failed = ground.drive(ground.approve(ground.new_one()), is_reopening)
    after = ground.reopen(failed)
    gated = ground.drive(after, lambda now: now.status is Status.WAITING_FOR_APPROVAL)
    ground.drive(ground.approve(gated), lambda now: now.status is Status.COMPLETED)


#: By name: what is lived through, and where.
STORIES: dict[str, tuple[Callable[[Ground], None], type[Ground]]] = {
    "backups-off": (backups_off, Ground),
    "by-snapshot": (by_snapshot, FreezeGround),
    "cancelled": (cancelled, Ground),
    "examined": (examined, Ground),
    "finished": (finished, Ground),
    "mended": (mended, Ground),
    "named": (named, NamedGround),
    "rolled-back": (rolled_back, Ground),
    "with-login": (with_login, Ground),
    "without-login": (without_login, OutsideGround),
}
