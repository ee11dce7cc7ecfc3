"""What tests of the way back stand on: a migration that was moved, and a source that follows."""

import time
from collections.abc import Callable
from typing import Any

import psycopg
from cutover_ground import (
    ADAM,
    PATIENCE,
    SOURCE,
    TARGET,
    Client,
    Ground,
    assert_writes_flow,
    eventually,
)

from migration.approvals import Click, Person
from migration.errors import Conflict
from migration.model import Migration, Status, WayBack
from migration.plan import ROLL_BACK
from migration.schedule import work_of
from workers.journal import StoreJournal
from workers.runner import StepRunner
from workers.steps.keep_way_back import KeepWayBack
from workers.tasks import observe

TARGET_INSTANCE = f"{TARGET}-1"
SLOTS = "SELECT slot_name FROM pg_replication_slots"
LEFT = (
    "SELECT (SELECT count(*) FROM pg_subscription) + (SELECT count(*) FROM pg_publication) "
    "+ (SELECT count(*) FROM pg_replication_slots WHERE slot_type = 'logical')"
)


def superuser(ground: Ground, identifier: str, *statements: str) -> None:
    """As the provider."""
    with psycopg.connect(ground.cloud.superuser_dsn(identifier), autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())


def go_on(ground: Ground, migration: Migration, until: Callable[[Migration], bool]) -> Migration:
    """Run the steps that are due until that is so."""

    def step() -> bool:
        nonlocal migration
        work = work_of(migration)
        if work is not None:
            StepRunner(ground.bench).run(work.migration_id, work.step, work.version)
            migration = ground.store.load(migration.id)
        assert migration.status is not Status.HALTED, migration.problem
        return until(migration)

    eventually(step, "what the steps lead to")
    return migration


def follows(migration: Migration) -> bool:
    """Whether the source was seen to follow."""
    return migration.waiting is not None and "follows" in migration.waiting.reason


def assert_arrive(ground: Ground, clients: list[Client]) -> None:
    """The source gets every write that was acknowledged."""
    for client in clients:

        def arrived(client: Client = client) -> bool:
            return ground.numbers_on(SOURCE, client) == client.acknowledged

        eventually(arrived, "its writes on the source")


def moved(ground: Ground, wanted: WayBack) -> tuple[Migration, list[Client]]:
    """Over on the target, with clients that wrote there and stopped."""
    approved = ground.approve(ground.at_the_gate(way_back=wanted))
    with ground.clients() as clients:
        after = ground.cut_over(approved)
        assert_writes_flow(clients)
    assert after.status is Status.ACTIVE, after.aborted
    return after, clients


def approve_roll_back(ground: Ground, migration: Migration) -> Migration:
    """Adam approves it, on evidence gathered now."""
    deadline = time.monotonic() + PATIENCE
    while True:
        observe(migration.id)
        migration = ground.store.load(migration.id)
        click = Click(ROLL_BACK, migration.version)
        try:
            decision, after = ground.service.approve(migration.id, click, Person(ADAM), SOURCE)
        except Conflict:
            # A worker that keeps the way back has looked meanwhile.
            continue
        if decision.granted:
            return after
        # conditions come and go on a busy machine
        assert time.monotonic() < deadline, (decision, ground.store.evidence(migration.id))


def watch(ground: Ground, migration: Migration) -> None:
    """One more look of the step, as the worker takes it."""
    journal = StoreJournal(ground.store, ground.bench.clock, migration.id, "keep_way_back")
    KeepWayBack(ground.bench.tools).run(migration, journal)


def log_in(ground: Ground, identifier: str) -> psycopg.Connection[Any]:
    """As Daybreak's own role."""
    return psycopg.connect(
        host=ground.cloud.address(identifier),
        port=ground.cloud.port,
        dbname="app",
        user="daybreak",
        password=ground.cloud.password(SOURCE, "daybreak"),
        autocommit=True,
    )


def as_daybreak(ground: Ground, identifier: str, statement: str) -> Any:
    """As Daybreak's own role; gives the rows, if there are any."""
    with log_in(ground, identifier) as connection:
        done = connection.execute(statement.encode())
        return done.fetchall() if done.description else None
