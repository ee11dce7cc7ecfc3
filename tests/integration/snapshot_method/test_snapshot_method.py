"""The snapshot method, step by step: what is copied is all there is, or the source opens again."""

import psycopg
import pytest
from cutover_ground import SOURCE, assert_writes_flow
from freeze_ground import FreezeGround, each, reopened, watched
from prepared_base import TARGET_INSTANCE

from migration.events import CopyQuestioned, CutOverAborted, ReopeningBegan
from migration.freezing import is_reopening
from migration.model import Status
from migration.plan import CUT_OVER, RESTORE_SNAPSHOT, VALIDATE_COPY
from workers.postgres import fence, slots
from workers.postgres.fence import State

#: From the freeze to the switch.
BEFORE_SWITCH = 4


@each
def test_a_source_is_closed_copied_and_left(ground: FreezeGround) -> None:
    """Everything acknowledged is in the copy, which alone takes writes; the report says how."""
    at_gate = ground.at_the_gate()
    assert ground.unmet(at_gate, longest_outage_seconds=1.0) == ["The outage fits"]
    migration = ground.approve(at_gate)
    with watched(ground) as clients:
        after = ground.drive(migration, lambda now: now.status is Status.ACTIVE)
        assert_writes_flow(clients)

    assert ground.account_of(clients) == TARGET_INSTANCE
    assert after.step is not None
    assert after.step.name == "protect_target"
    done = ground.drive(after, lambda now: now.status is Status.COMPLETED)
    facts = done.facts[CUT_OVER]
    assert facts["mode"] == "snapshot"
    assert facts["outage_began_at"] < facts["started_at"] < facts["ended_at"]
    assert facts["compared"]["app"]["tables_summed"] > 0
    assert done.freeze is None


@each
def test_a_restore_that_fails_reopens_the_source_and_can_be_tried_anew(
    ground: FreezeGround,
) -> None:
    """The void copy and its snapshot are taken down, and the next approval makes new ones."""
    migration = ground.approved()
    ground.cloud.scenario.restore_fails_times = 1
    with watched(ground) as clients:
        failed = ground.drive(migration, is_reopening)
        assert "migration-failed" in ground.said(failed, ReopeningBegan)[0].reason
        after = ground.reopen(failed)
        assert_writes_flow(clients)
        assert reopened(after)
        at_gate = ground.drive(after, lambda now: now.status is Status.WAITING_FOR_APPROVAL)
        assert (ground.has_copy(), ground.snapshots()) == (False, [])
        again = ground.approve(at_gate)
        done = ground.drive(again, lambda now: now.status is Status.ACTIVE)
        assert_writes_flow(clients)

    assert ground.account_of(clients) == TARGET_INSTANCE
    assert done.epoch > failed.epoch


@each
def test_a_copy_of_before_is_refused_after_the_source_was_open(ground: FreezeGround) -> None:
    """Freeze, fail, reopen, write, put the store back, go on: no, and the reason is said."""
    migration = ground.approved()
    with watched(ground) as clients:
        ready = ground.drive_to(migration, CUT_OVER)
        assert ground.fence_on(TARGET_INSTANCE).state is State.FENCED
        failing = ground.bench.recorder.reopen_source(ready, "Somebody pulled a cable.")
        ground.reopen(failing)
        assert_writes_flow(clients)
        # A backup of Redis, from before the failure.
        ground.mend(ready)
        refused = ground.drive(ground.store.load(ready.id), is_reopening)
        assert_writes_flow(clients)
        after = ground.reopen(refused)
        assert_writes_flow(clients)

    assert ground.account_of(clients) == SOURCE
    reason = ground.said(after, ReopeningBegan)[-1].reason
    assert f"was closed under epoch {ready.epoch}" in reason
    assert "is void" in reason
    assert ground.fence_on(TARGET_INSTANCE).state is not State.OPENED
    assert reopened(after)


@each
def test_what_an_earlier_migration_noted_is_not_on_the_copy(ground: FreezeGround) -> None:
    """Its consumers' slots are the plan's that asked for them: no successor makes them here."""
    migration = ground.approved()
    with ground.bench.tools.databases.source(SOURCE) as source:
        fence.prepare(source, migration.id)
        source.execute(slots.TABLE)
        source.execute("INSERT INTO daybreak.slots VALUES ('old', 'app', 'pgoutput', false)")
    ground.drive_to(migration, CUT_OVER)

    assert ground.scalar(TARGET_INSTANCE, "SELECT count(*) FROM daybreak.slots") == 0


@each
def test_nothing_is_closed_while_an_older_copy_has_the_name(ground: FreezeGround) -> None:
    """The conditions are looked at again when the source is about to be closed."""
    migration = ground.approved()
    with watched(ground) as clients:
        ready = ground.drive_to(migration, CUT_OVER)
        ground.reopen(ground.bench.recorder.reopen_source(ready, "Somebody pulled a cable."))
        assert_writes_flow(clients)
        # The void copy stays where it is, and the source is to be closed once more.
        frozen = ground.mend(
            ready, status=Status.CUTTING_OVER, position=ready.position - BEFORE_SWITCH
        )
        refused = ground.drive(frozen, lambda now: now.status is not Status.CUTTING_OVER)
        assert_writes_flow(clients)

    assert ground.account_of(clients) == SOURCE
    assert "there is a cluster" in refused.aborted


@each
@pytest.mark.parametrize(
    ("change", "undo", "words"),
    [
        (
            "DELETE FROM seen WHERE ctid = (SELECT ctid FROM seen LIMIT 1)",
            "",
            "seen has",
        ),
        (
            "UPDATE accounts SET balance = balance + 1 WHERE id = 1",
            "UPDATE accounts SET balance = balance - 1 WHERE id = 1",
            "the sum",
        ),
        (
            "ALTER TABLE accounts ADD COLUMN note text",
            "",
            "accounts",
        ),
        ("CREATE ROLE somebody", "DROP ROLE somebody", "somebody"),
        ("UPDATE daybreak.fence SET marker = 0", "", "of another moment"),
    ],
    ids=["a row less", "another value", "another column", "another role", "no marker"],
)
def test_a_copy_that_is_not_equal_is_not_opened(
    ground: FreezeGround, change: str, undo: str, words: str
) -> None:
    """A person is asked, and the time runs on: compared again, or reopened at its end."""
    migration = ground.approved()
    with watched(ground) as clients:
        ready = ground.drive_to(migration, VALIDATE_COPY)
        ground.on(TARGET_INSTANCE, change)
        asked = ground.drive(ready, lambda now: now.problem is not None)
        assert words in ground.said(asked, CopyQuestioned)[0].reason
        assert asked.status is Status.FROZEN
        assert ground.look_after(asked).status is Status.FROZEN
        if undo:
            ground.on(TARGET_INSTANCE, undo)
            ground.service.retry(asked.id, "U0ADAM")
            ground.drive(ground.store.load(asked.id), lambda now: now.status is Status.ACTIVE)
        else:
            assert asked.freeze is not None
            ground.mend(asked, freeze=ground.over(asked.freeze))
            ground.reopen(ground.look_after(asked))
        assert_writes_flow(clients)

    assert ground.account_of(clients) == (TARGET_INSTANCE if undo else SOURCE)


@each
def test_the_time_that_was_approved_ends_it(ground: FreezeGround) -> None:
    """While the copy is still being made: nothing of it is waited for, and it goes later."""
    migration = ground.approved()
    ground.cloud.scenario.restore_seconds = 3.0
    with watched(ground) as clients:
        copying = ground.drive_to(migration, RESTORE_SNAPSHOT)
        copying = ground.drive(copying, lambda now: now.waiting is not None)
        assert ground.fence_on(SOURCE).reopen_by == copying.freeze.reopen_by
        ground.mend(copying, freeze=ground.over(copying.freeze))
        after = ground.reopen(ground.look_after(copying))
        assert_writes_flow(clients)
        assert ground.has_copy()
        gate = ground.drive(after, lambda now: now.status is Status.WAITING_FOR_APPROVAL)

    assert ground.account_of(clients) == SOURCE
    assert "and that is over" in ground.said(gate, CutOverAborted)[0].reason
    assert (ground.has_copy(), ground.snapshots()) == (False, [])
    assert ground.fence_on(SOURCE).reopen_by is None


@each
def test_a_cancel_reopens_the_source_and_leaves_nothing(ground: FreezeGround) -> None:
    """At any time before the copy is opened."""
    migration = ground.approved()
    with watched(ground) as clients:
        ready = ground.drive_to(migration, CUT_OVER)
        ground.service.cancel(ready.id, "U0RITA")
        after = ground.reopen(ground.store.load(ready.id))
        assert_writes_flow(clients)
        gone = ground.drive(after, lambda now: now.final)

    assert ground.account_of(clients) == SOURCE
    assert gone.status is Status.CANCELLED
    assert (ground.has_copy(), ground.snapshots()) == (False, [])


@each
def test_an_open_copy_is_never_deleted(ground: FreezeGround) -> None:
    """Whatever the store says: the copy itself says that it belongs to its clients."""
    migration = ground.approved()
    ready = ground.drive_to(migration, CUT_OVER)
    after = ground.reopen(ground.bench.recorder.reopen_source(ready, "Somebody pulled a cable."))
    ground.on(TARGET_INSTANCE, "UPDATE daybreak.fence SET state = 'opened'")
    halted = ground.drive(after, lambda now: now.status is Status.HALTED)

    assert halted.problem is not None
    assert "it is `opened`" in halted.problem.reason
    assert ground.has_copy()


@each
def test_a_frozen_source_cannot_be_written_to(ground: FreezeGround) -> None:
    """Neither through the pooler nor beside it; Daybreak itself can log in."""
    migration = ground.approved()
    frozen = ground.drive_to(migration, RESTORE_SNAPSHOT)
    with pytest.raises(psycopg.OperationalError, match="not permitted to log in"):
        psycopg.connect(ground.direct_dsn)
    assert ground.fence_on(SOURCE).state is State.FENCED
    assert frozen.cut_over_began is None
    assert frozen.id not in ground.store.cutting_over()
