"""What waits rest on: observations as long as nothing happens, and a fresh look for all else."""

import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import EndpointConnectionError
from fleet_ground import Desk, Fleet

from migration.model import Migration, Status
from workers.app import Workbench
from workers.aws.cloudwatch import CloudWatchGateway
from workers.aws.rds import RdsGateway
from workers.collecting import Collecting
from workers.observing import observer as observing
from workers.observing.observer import Observer
from workers.observing.sight import Kept, NotObserved
from workers.steps import marks

SIZE = 40
BY_NAME = ("rds", "DescribeDBInstances")
FRESH_LOOK = Counter({BY_NAME: 2, ("rds", "DescribeDBClusters"): 1})


def eventually(condition: Callable[[], bool], what: str) -> None:
    """Wait until it holds, generously."""
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, f"{what} never came true"
        time.sleep(0.02)


@pytest.fixture
def numbers() -> range:
    """Sources that no test of this module has used."""
    return next(_pairs)


_pairs = iter([range(n, n + 2) for n in range(1, SIZE, 2)])


@pytest.fixture
def waiting(fleet: Fleet, desk: Desk, numbers: range) -> Migration:
    """A migration that waits for its copy, beside one that waits for its lag."""
    migrations = fleet.waiting(numbers, desk.clock.now())
    desk.store(migrations)
    return next(one for one in migrations if one.options.login)


def pass_seconds(desk: Desk, seconds: float) -> None:
    """So much later."""
    desk.clock.time += seconds


def impatient(fleet: Fleet, desk: Desk, silent: set[str]) -> Workbench:
    """A workbench whose readers ask once, and get no answer from the services named so far."""

    def client(service: str) -> Any:
        once = Config(retries={"mode": "standard", "total_max_attempts": 1})
        url = fleet.cloud.endpoint_url
        made = boto3.client(service, region_name=fleet.cloud.region, endpoint_url=url, config=once)

        def lose(**_: object) -> None:
            if service in silent:
                raise EndpointConnectionError(endpoint_url=url)

        made.meta.events.register("before-send", lose)
        return made

    reader = client("rds")
    tools = replace(
        desk.bench.tools,
        rds=RdsGateway(reader, lambda _: reader),
        metrics=CloudWatchGateway(client("cloudwatch")),
    )
    return replace(desk.bench, tools=tools)


def test_a_wait_that_is_over_is_noticed_by_the_next_look(
    fleet: Fleet, desk: Desk, waiting: Migration
) -> None:
    """It is due at once, and its step asks AWS for itself before it is done."""
    observer = Observer(desk.bench)
    observer.look()
    pass_seconds(desk, observer.pace)
    assert desk.bench.store.overdue(desk.clock.now()) == []
    fleet.cloud.complete(marks.instance_name(waiting))
    observer.look()
    assert desk.bench.store.overdue(desk.clock.now()) == [waiting.id]
    with fleet.counting() as counted:
        desk.work()

    after = desk.bench.store.load(waiting.id)
    assert after.step is not None
    assert (after.step.name, after.fact("create_replica", "cluster")) == (
        "watch_lag", waiting.target,
    )  # fmt: skip
    assert counted == FRESH_LOOK


def test_nothing_is_done_on_an_observation(fleet: Fleet, desk: Desk, waiting: Migration) -> None:
    """What was seen a moment ago is not so any more: the fresh look alone counts."""
    member = marks.instance_name(waiting)
    observer = Observer(desk.bench)
    observer.look()
    fleet.cloud.complete(member)
    observer.look()
    fleet.cloud.scenario.shown[member] = {"DBInstanceStatus": "incompatible-network"}
    try:
        desk.work()
    finally:
        del fleet.cloud.scenario.shown[member]
    halted = desk.bench.store.load(waiting.id)

    assert halted.status is Status.HALTED
    assert halted.problem is not None
    assert "`incompatible-network`" in halted.problem.reason


def test_without_a_collector_a_step_asks_for_itself(
    fleet: Fleet, desk: Desk, waiting: Migration
) -> None:
    """Nothing was observed, or what was is too old to be taken for a fact."""
    pass_seconds(desk, 1)
    with fleet.counting() as counted:
        assert desk.work() == 2
    assert counted[BY_NAME] > 0
    Observer(desk.bench).look()
    kept = Kept(desk.bench.observations)
    instance = kept.instance(waiting.source)
    assert instance is not None
    assert instance == desk.bench.tools.rds.instance(waiting.source)
    assert kept.cluster(waiting.target) == desk.bench.tools.rds.cluster(waiting.target)
    assert kept.instance(marks.instance_name(waiting)) is not None
    for key in desk.bench.redis.keys("daybreak:observations*"):
        assert desk.bench.redis.pttl(key) > 0
        desk.bench.redis.pexpire(key, 0)

    with pytest.raises(NotObserved):
        kept.instance(waiting.source)


def test_a_collector_that_falls_silent_costs_a_wait_one_interval(
    fleet: Fleet, desk: Desk, waiting: Migration
) -> None:
    """Its own turn comes after two, and brings it to the same end."""
    Observer(desk.bench).look()
    fleet.cloud.complete(marks.instance_name(waiting))
    desk.bench.redis.delete("daybreak:observations")
    pass_seconds(desk, observing.OWN_TURN * desk.bench.settings.poll_seconds)
    desk.work()

    assert desk.bench.store.load(waiting.id).position > waiting.position


def test_an_aws_that_does_not_answer_is_not_asked_by_everybody(
    fleet: Fleet, desk: Desk, waiting: Migration
) -> None:
    """Who was seen to wait a moment ago waits on, and asks for itself after a minute."""
    silent: set[str] = set()
    observer = Observer(impatient(fleet, desk, silent))
    observer.look()
    silent.add("rds")
    for _ in range(3):
        pass_seconds(desk, observer.pace)
        observer.look()
        assert desk.bench.store.overdue(desk.clock.now()) == []
    pass_seconds(desk, observing.PATIENCE_SECONDS)
    observer.look()
    due = desk.bench.store.overdue(desk.clock.now())

    assert waiting.id in due
    assert len(due) == 2


def test_what_aws_does_answer_counts(fleet: Fleet, desk: Desk, waiting: Migration) -> None:
    """CloudWatch falls silent: only who needs it waits on unseen."""
    silent: set[str] = set()
    observer = Observer(impatient(fleet, desk, silent))
    observer.look()
    silent.add("cloudwatch")
    fleet.cloud.complete(marks.instance_name(waiting))
    pass_seconds(desk, observer.pace)
    observer.look()

    assert desk.bench.store.overdue(desk.clock.now()) == [waiting.id]


def test_a_throttled_reader_gets_its_answers(fleet: Fleet, desk: Desk) -> None:
    """More is asked at once than AWS allows in seconds: it is asked again, and nothing fails."""
    rds = desk.bench.tools.rds
    fleet.cloud.scenario.describes_per_second = 4.0
    try:
        with fleet.counting() as counted, ThreadPoolExecutor(max_workers=8) as pool:
            found = list(pool.map(lambda _: rds.instance("hollow-001"), range(12)))
    finally:
        fleet.cloud.scenario.describes_per_second = 0.0

    assert None not in found
    assert counted[BY_NAME] > len(found), "nothing was refused"


def at_rest() -> bool:
    """Whether nobody collects just now."""
    return not {"list of instances", "observations"} & {one.name for one in threading.enumerate()}


def test_one_of_many_reconcilers_collects(fleet: Fleet, desk: Desk, waiting: Migration) -> None:
    """AWS is asked once, however many processes could; whoever leaves makes room."""
    first, second = Collecting(desk.bench), Collecting(desk.bench)
    first.begin()
    eventually(lambda: desk.bench.store.inventory() is not None, "the list of instances")
    eventually(lambda: desk.bench.redis.exists("daybreak:observations") == 1, "observations")
    eventually(at_rest, "an end of the first look")
    desk.bench.redis.delete("daybreak:inventory")
    second.begin()
    eventually(at_rest, "an end of whatever the second began")
    assert desk.bench.store.inventory() is None
    first.end()
    third = Collecting(desk.bench)
    third.begin()
    eventually(lambda: desk.bench.store.inventory() is not None, "the list of instances")
    third.end()


def test_gates_and_cut_overs_are_never_told_by_observations(
    fleet: Fleet, desk: Desk, waiting: Migration
) -> None:
    """Who does not merely wait is never put off: what is asked is for the watch of their sync."""
    for migration in desk.bench.store.under_way():
        position = len(migration.plan.steps) - 2
        at_gate = migration.to(Status.WAITING_FOR_APPROVAL, position=position)
        desk.bench.store.commit(migration, at_gate, [])
    due = desk.bench.store.overdue(desk.bench.clock.now())
    with fleet.counting() as counted:
        Observer(desk.bench).look()

    assert due
    assert desk.bench.store.overdue(desk.bench.clock.now()) == due
    assert {call for _, call in counted} <= {"DescribeDBInstances", "GetMetricData"}
