"""A right that is missing stops a migration where it is needed, says so, and Retry goes on."""

import pytest
from cutover_ground import RITA, SOURCE, TARGET, Ground, assert_writes_flow, eventually
from given import Make
from policies_of_stories import WORKERS
from stories import step

from migration.model import Migration, Options, Status
from workers.collector import Collector
from workers.postgres.fence import State

RDS = "arn:aws:rds:eu-west-1:123456789012"
POLICIES = WORKERS["with-login"]
#: In the order in which a migration comes to them: the statement, and what is said.
ON_THE_WAY = {
    "observer.ReadMetrics": ("`cloudwatch:GetMetricData`",),
    "observer.LookAtTheNetwork": ("`ec2:DescribeSubnets`",),
    "builder.TagWhatItMakes": (
        "`rds:AddTagsToResource` on `",
        "`rds:CreateDBClusterParameterGroup` needs",
    ),
    "builder.SetParameters": ("`rds:ModifyDBClusterParameterGroup` on `",),
    "builder.TakeSnapshots": (f"`rds:CreateDBSnapshot` on `{RDS}:snapshot:daybreak-",),
    "builder.LetRdsUseTheKey": (
        "`kms:CreateGrant` on `arn:aws:kms:",
        "`rds:CreateDBCluster` needs",
    ),
    "builder.MakeItsInstance": (f"`rds:CreateDBInstance` on `{RDS}:db:{TARGET}-1`",),
}


class Rights:
    """What the workers lack for a while."""

    def __init__(self, ground: Ground, *missing: str) -> None:
        self._ground = ground
        self.missing = list(missing)
        self._apply()

    def give_back(self, statement: str) -> None:
        """As a person who has read what was said."""
        self.missing.remove(statement)
        self._apply()

    def _apply(self) -> None:
        self._ground.cloud.permissions.give("worker", "worker", *POLICIES)
        for statement in self.missing:
            self._ground.cloud.permissions.take_away(statement)


def assert_says(problem: str, statement: str, parts: tuple[str, ...]) -> None:
    """The action, on what, to whom, and the line's place."""
    document, sid = statement.split(".")
    assert f"statement `{sid}` of docs/iam/{document}.json" in problem, problem
    assert "to `arn:aws:sts::123456789012:assumed-role/daybreak-worker/worker`" in problem
    for part in parts:
        assert part in problem, problem


def carried(ground: Ground, migration: Migration, until: Status) -> Migration:
    """Run the steps until it is so, or stands still."""

    def there() -> bool:
        nonlocal migration
        # a replica reports what it replayed when something comes in
        ground.scalar(SOURCE, "SELECT pg_logical_emit_message(true, 'test', 'something')")
        migration = ground.store.load(migration.id)
        if migration.status not in {until, Status.HALTED}:
            migration = step(ground, migration)
        return migration.status in {until, Status.HALTED}

    eventually(there, str(until))
    return migration


def started(ground: Ground) -> Migration:
    """As rita would."""
    ground.store.save_inventory(Collector(ground.bench.tools.rds, ground.bench.clock).collect())
    return ground.service.start(SOURCE, RITA, "C1", Options(target=TARGET))


@pytest.mark.table("policies of stories", slices=9)
def test_each_step_says_what_it_was_denied_and_goes_on_when_it_has_it(make: Make) -> None:
    """Seven rights are missing; one after the other is told, given back, and not missed again."""
    ground = make(Ground, POLICIES)
    migration = started(ground)
    rights = Rights(ground, *ON_THE_WAY)
    for statement, parts in ON_THE_WAY.items():
        migration = carried(ground, migration, Status.WAITING_FOR_APPROVAL)
        assert migration.problem is not None, statement
        assert_says(migration.problem.reason, statement, parts)
        rights.give_back(statement)
        migration = ground.service.retry(migration.id, RITA)
    migration = carried(ground, migration, Status.WAITING_FOR_APPROVAL)
    assert migration.status is Status.WAITING_FOR_APPROVAL, migration.problem

    # and in the write pause: the epoch's tag, then the promotion
    with ground.clients() as clients:
        for statement, parts in {
            "cut-over.SayTheEpoch": (f"`rds:AddTagsToResource` on `{RDS}:cluster:{TARGET}`",),
            "cut-over.Promote": (f"`rds:PromoteReadReplicaDBCluster` on `{RDS}:cluster:{TARGET}`",),
        }.items():
            approved = ground.approve(ground.store.load(migration.id))
            rights = Rights(ground, statement)
            after = ground.cut_over(approved)
            assert_says(after.aborted, statement, parts)
            assert_writes_flow(clients)
            assert ground.fence_on(SOURCE).state is State.OPEN
            rights.give_back(statement)
        after = ground.cut_over(ground.approve(ground.store.load(migration.id)))
        assert_writes_flow(clients)
    assert after.status is Status.ACTIVE, (after.problem, after.aborted)
