"""The job of a remedy: alone with its source, upon AWS's answers, through crashes and conflicts.

AWS stands in here as answers to a real client; the store and the record are in memory.
"""

import time
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from builders import a_migration
from one_instance import Aws
from remedies_in_memory import Remedies

from migration.adapters.memory_store import MemoryStore
from migration.events import ActDone, ActIntended, RemedyEnded
from migration.model import Migration, Status
from migration.ports import Work
from migration.remedies import (
    BACKUPS,
    REBOOT_IN_WINDOW,
    Change,
    Offer,
    RemedyRun,
    RunState,
    lease_of,
)
from workers.remedies import job
from workers.remedies.diary import NotAlone, RemedyDiary

NOW = 1_800_000_000.0
INTENT = Change("orders", "backups kept for 0 days", "for 7 days", NOW - 60)


class Clock:
    """Stands still."""

    def now(self) -> float:
        """The time."""
        return NOW


class Engine:
    """Nobody else works; see `migration.ports.Engine`."""

    def submit(self, work: Work) -> None:
        """Nothing."""

    def observe(self, migration_id: str, reply_to: str = "") -> None:
        """Nothing."""

    def refresh(self, migration_id: str) -> None:
        """Nothing."""

    def show_check(self, run_id: str) -> None:
        """Nothing."""


class Ground:
    """A remedy that was asked for, and the bench of the worker that takes it."""

    def __init__(self, migration: Migration | None = None, lease_seconds: float = 30.0) -> None:
        self.aws = Aws()
        self.store = MemoryStore(Engine(), Clock())
        if migration is not None:
            self.store.create(migration, [], None)
        self.remedies = Remedies()
        self.run = self.remedies.ask(
            RemedyRun(
                "remedy-1",
                "orders",
                "backups",
                Offer(BACKUPS, ("orders",), {"days": 7}),
                "U0ADAM",
                NOW,
                "check-1",
                migration=migration.id if migration else "",
            )
        )
        settings = SimpleNamespace(lease_seconds=lease_seconds, poll_seconds=0.1)
        self.bench: Any = SimpleNamespace(
            remedies=self.remedies,
            store=self.store,
            checks=SimpleNamespace(load=lambda _: None),
            engine=Engine(),
            clock=Clock(),
            settings=settings,
            tools=SimpleNamespace(rds=self.aws.gateway, settings=settings, clock=Clock()),
        )

    def works(self) -> RemedyRun:
        """A worker takes it once."""
        job.carry_out(self.bench, self.run.id)
        return self.remedies.runs[self.run.id]

    def begun(self) -> None:
        """A worker died after its intent was written."""
        self.run = self.remedies.save(replace(self.run, changes=(INTENT,)))

    def loses_the_lease(self) -> None:
        """This process stands still, and its leases lapse; another one takes them."""
        self.store._leases.clear()
        assert self.store.lease(lease_of("orders"), 30) is not None
        time.sleep(4 * self.bench.settings.lease_seconds)


def test_it_is_sent_once_waited_for_and_ended() -> None:
    """Its migration's history has the intent before the act, and the end with what changed."""
    migration = a_migration()
    ground = Ground(migration)
    waits = ground.works()
    ended = ground.works()
    again = ground.works()

    assert (waits.state, waits.waiting) == (
        RunState.ASKED,
        "Automated backups of `orders` are being turned on",
    )
    assert ended.state is RunState.DONE
    assert [str(change) for change in ended.done_changes] == [
        "orders: backups kept for 0 days → for 7 days"
    ]
    assert ended.looked_again
    assert again == ended
    assert ground.aws.sent == ["ModifyDBInstance"]
    kinds = [type(one.event) for one in ground.store.events(migration.id)]
    assert kinds == [ActIntended, ActDone, RemedyEnded]
    assert ground.remedies.due == {}


def test_killed_before_the_act_it_is_done_by_the_next_worker() -> None:
    """The first intent stays: what was before is what was before."""
    ground = Ground()
    ground.begun()
    ground.works()
    ended = ground.works()

    assert ground.aws.sent == ["ModifyDBInstance"]
    assert [(one.at, one.done) for one in ended.changes] == [(INTENT.at, True)]


def test_killed_after_the_act_it_is_not_done_again() -> None:
    """AWS says that it is so: that is written down, and nothing sent."""
    ground = Ground()
    ground.begun()
    ground.aws.days = 7
    ended = ground.works()

    assert ended.state is RunState.DONE
    assert ended.done_changes
    assert ground.aws.sent == []


def test_a_denial_ends_it_with_its_reason() -> None:
    """Nothing was changed; the same may be asked for anew."""
    migration = a_migration()
    ground = Ground(migration)
    ground.aws.errors["ModifyDBInstance"] = ("AccessDenied", 403)
    failed = ground.works()
    told = ground.store.events(migration.id)[-1].event

    assert failed.state is RunState.FAILED
    assert "AWS refused `rds:ModifyDBInstance`" in failed.problem
    assert failed.done_changes == ()
    assert failed.looked_again
    assert isinstance(told, RemedyEnded)
    assert (told.changes, told.problem) == ((), failed.problem)


def test_what_may_pass_is_tried_again_and_then_told() -> None:
    """With growing pauses; a person should know soon."""
    ground = Ground()
    ground.aws.errors["DescribeDBInstances"] = ("InvalidDBInstanceState", 400)
    pauses = []
    while not (run := ground.works()).ended:
        pauses.append(ground.remedies.due[run.id] - NOW)

    assert pauses == [2.0, 4.0, 8.0]
    assert run.state is RunState.FAILED
    assert ground.aws.sent == []


@pytest.mark.parametrize("whose", ["the source's", "the migration's"])
def test_it_waits_while_somebody_else_changes_its_source(whose: str) -> None:
    """Another remedy, or a step of its migration."""
    migration = a_migration()
    ground = Ground(migration)
    name = lease_of("orders") if whose == "the source's" else migration.id
    lease = ground.store.lease(name, 30)
    assert lease is not None
    waits = ground.works()
    held = ground.aws.sent == []
    lease.release()
    ground.works()

    assert held
    assert waits == ground.run
    assert ground.remedies.due[waits.id] > NOW
    assert ground.aws.sent == ["ModifyDBInstance"]


def test_a_migration_that_was_cut_over_meanwhile_ends_it() -> None:
    """It was asked for before: nothing is sent."""
    ground = Ground(a_migration(Status.CUTTING_OVER))
    failed = ground.works()

    assert failed.state is RunState.FAILED
    assert "is cutting over" in failed.problem
    assert ground.aws.sent == []


def test_it_ends_with_the_migration_that_it_was_asked_for_under() -> None:
    """Whoever may press because of that may not any more, and a cancel has set back the rest."""
    ground = Ground()
    ground.remedies.runs[ground.run.id] = replace(ground.run, migration="orders-gone")
    failed = ground.works()

    assert failed.state is RunState.FAILED
    assert "asked for under has ended. Nothing was changed" in failed.problem
    assert ground.aws.sent == []


def test_what_could_not_be_begun_for_long_is_not_begun_any_more() -> None:
    """A database is not interrupted at night because somebody pressed in the morning."""
    ground = Ground()
    asked = replace(ground.run, asked_at=NOW - 3600, waiting="`orders` is `modifying`")
    ground.remedies.runs[ground.run.id] = asked
    failed = ground.works()

    assert failed.state is RunState.FAILED
    assert "within 10 minutes (`orders` is `modifying`)" in failed.problem
    assert ground.aws.sent == []


@pytest.mark.parametrize(("days", "state"), [(6, RunState.ASKED), (9, RunState.FAILED)])
def test_a_window_is_waited_for_and_not_for_ever(days: int, state: RunState) -> None:
    """It comes once a week; one that nobody was there for is not made up for later."""
    ground = Ground()
    asked = replace(
        ground.run,
        offer=Offer(REBOOT_IN_WINDOW, ("orders",), {"parameter_group": "default"}),
        asked_at=NOW - days * 86400,
    )
    ground.remedies.runs[ground.run.id] = asked

    assert ground.works().state is state


def test_a_migration_that_has_begun_meanwhile_is_waited_for() -> None:
    """After the leases were taken: its own is needed as well, and nothing is sent without it."""
    ground = Ground()
    looks = iter((lambda: None, lambda: ground.store.create(a_migration(), [], None)))
    read = ground.remedies.load

    def load(run_id: str) -> RemedyRun | None:
        next(looks)()
        return read(run_id)

    ground.bench.remedies = SimpleNamespace(load=load, look_again=ground.remedies.look_again)
    waits = ground.works()

    assert waits == ground.run
    assert ground.remedies.due[waits.id] > NOW
    assert ground.aws.sent == []


def test_no_act_follows_an_intent_of_somebody_who_is_not_alone() -> None:
    """Whatever the act is, SQL as well: the intent stands, and the next worker looks."""
    ground = Ground()

    def stopped() -> None:
        raise NotAlone

    diary = RemedyDiary(ground.run, ground.remedies, ground.store, Clock(), stopped)
    with pytest.raises(NotAlone):
        diary.intend("orders", "before", "after")

    assert [change.done for change in ground.remedies.runs[ground.run.id].changes] == [False]


@pytest.mark.parametrize("call", ["DescribeDBInstances", "ModifyDBInstance"])
def test_a_worker_that_was_stopped_and_wakes_sends_nothing(call: str) -> None:
    """Stopped in its look, or right before its request leaves: somebody else has the source now."""
    ground = Ground(lease_seconds=0.05)
    ground.aws.before[call] = ground.loses_the_lease
    left = ground.works()

    assert ground.aws.sent == []
    assert left.state is RunState.ASKED
    assert not left.done_changes


def test_a_worker_that_was_overtaken_writes_nothing() -> None:
    """Another one has ended it meanwhile: that stands, and no request leaves."""
    ground = Ground()

    def ends() -> None:
        ground.aws.before.clear()
        run = ground.remedies.runs[ground.run.id]
        ground.remedies.save(replace(run, state=RunState.FAILED, problem="by another"))

    ground.aws.before["DescribeDBInstances"] = ends
    left = ground.works()

    assert (left.state, left.problem) == (RunState.FAILED, "by another")
    assert ground.aws.sent == []


def test_a_remedy_of_another_version_is_refused() -> None:
    """A worker that does not know it does not guess."""
    ground = Ground()
    ground.run = ground.remedies.save(replace(ground.run, offer=Offer("gone", (), {})))
    failed = ground.works()

    assert failed.state is RunState.FAILED
    assert "knows no remedy `gone`" in failed.problem
