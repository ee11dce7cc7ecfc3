"""Real processes, killed or stopped in each step of an outage: the source opens, or it goes on."""

import pytest
from cutover_ground import SOURCE, assert_writes_flow
from freeze_ground import FreezeGround, each, watched
from prepared_base import TARGET_INSTANCE

from migration.events import CutOverAborted
from migration.model import Status

#: Two workers, told apart by a space: one whose job stands still takes no other.
WORKERS = ("workers worker", "workers  worker", "workers reconciler")
#: The job that closes the source, and the switch until it has decided.
UNDECIDED = ("begun", "freeze-paused", "freeze-fenced", "freeze-marked", "switch-paused")
#: Steps that nobody holds the source for.
STEPS = (
    *("take_snapshot-begun", "outage-call-leaving", "take_snapshot-answered"),
    *("restore_snapshot-begun", "restore_snapshot-answered"),
    *("validate_copy-begun", "validate_copy-answered"),
)
DECIDED = (
    *("switch-decided", "switch-claimed", "switch-checked"),
    *("switch-redirected", "switch-lifted", "switch-resumed"),
)
ROWS = [
    *((point, SOURCE) for point in UNDECIDED),
    *((point, TARGET_INSTANCE) for point in (*STEPS, *DECIDED)),
]


@each
@pytest.mark.parametrize(("point", "place"), ROWS)
def test_killed(ground: FreezeGround, point: str, place: str) -> None:
    """A job has a successor, which opens one database; a step is done again by another worker."""
    migration = ground.at_the_gate()
    ground.strike(point, "kill")
    ground.host.start(*WORKERS)
    with watched(ground) as clients:
        ground.cut_over_to(point, migration)
        after = ground.settled(migration)
        assert_writes_flow(clients)

    assert ground.account_of(clients) == place
    assert bool(ground.said(after, CutOverAborted)) is (place == SOURCE)


@each
@pytest.mark.parametrize(("point", "place"), ROWS)
def test_stopped_and_woken(ground: FreezeGround, point: str, place: str) -> None:
    """Whoever wakes up finds that somebody else has gone on, and changes nothing any more."""
    migration = ground.at_the_gate()
    ground.strike(point, "stop")
    ground.host.start(*WORKERS)
    with watched(ground) as clients:
        ground.cut_over_to(point, migration)
        ground.settled(migration)
        assert_writes_flow(clients)
        ground.wake(point)
        assert_writes_flow(clients)

    assert ground.account_of(clients) == place


@each
def test_a_call_that_was_about_to_leave_is_not_sent_after_the_source_was_opened(
    ground: FreezeGround,
) -> None:
    """AWS's calls can't be conditional: whoever sends one looks at its lease last of all."""
    migration = ground.at_the_gate()
    ground.strike("outage-call-leaving", "stop")
    ground.host.start(*WORKERS)
    with watched(ground) as clients:
        ground.cut_over_to("outage-call-leaving", migration)
        ground.service.cancel(migration.id, "U0RITA")
        ground.ended(migration)
        assert_writes_flow(clients)
        asked = len(ground.cloud.carried_out)
        ground.wake("outage-call-leaving")
        late = {act.action for act in ground.cloud.carried_out[asked:]}

    assert ground.account_of(clients) == SOURCE
    assert "CreateDBSnapshot" not in late
    assert (ground.has_copy(), ground.snapshots()) == (False, [])


@each
def test_a_step_that_takes_long_keeps_no_source_closed(ground: FreezeGround) -> None:
    """Its lease is let go as soon as the outage is over: nobody waits for a long comparison."""
    migration = ground.at_the_gate()
    ground.strike("validate_copy-begun", "hold")
    ground.host.start(*WORKERS)
    with watched(ground) as clients:
        ground.cut_over_to("validate_copy-begun", migration)
        ground.service.cancel(migration.id, "U0RITA")
        assert_writes_flow(clients)
        ground.release("validate_copy-begun")
        after = ground.ended(migration)

    assert ground.account_of(clients) == SOURCE
    assert after.status is Status.CANCELLED
    assert (ground.has_copy(), ground.snapshots()) == (False, [])


@each
@pytest.mark.parametrize("then", ["successor-took-charge", "back-announced", "back-reopened"])
def test_a_successor_dies_as_well(ground: FreezeGround, then: str) -> None:
    """It has a successor of its own."""
    migration = ground.at_the_gate()
    ground.strike("freeze-marked", "kill")
    ground.strike(then, "kill")
    ground.host.start(*WORKERS)
    with watched(ground) as clients:
        ground.cut_over_to("freeze-marked", migration)
        ground.settled(migration)
        assert_writes_flow(clients)

    assert ground.struck(then)
    assert ground.account_of(clients) == SOURCE


@each
def test_nobody_drives_it(ground: FreezeGround) -> None:
    """No worker is left, and its time is over: the reconciler reopens the source by itself."""
    migration = ground.at_the_gate()
    ground.strike("take_snapshot-begun", "kill")
    ground.host.environment["DAYBREAK_UNDRIVEN_SECONDS"] = "3"
    ground.host.start("workers worker")
    with watched(ground) as clients:
        ground.cut_over_to("take_snapshot-begun", migration)
        ground.host.die()
        ground.host.start("workers reconciler")
        after = ground.settled(migration)
        assert_writes_flow(clients)

    assert ground.account_of(clients) == SOURCE
    assert "No worker has gone on" in ground.said(after, CutOverAborted)[0].reason


@each
@pytest.mark.parametrize(
    ("point", "act", "place"),
    [
        ("freeze-marked", "reopen", SOURCE),
        ("switch-paused", "reopen", SOURCE),
        ("switch-paused", "finish", TARGET_INSTANCE),
        ("switch-claimed", "reopen", SOURCE),
        ("switch-claimed", "finish", TARGET_INSTANCE),
        ("switch-lifted", "finish", TARGET_INSTANCE),
    ],
)
def test_recover_with_an_empty_redis(
    ground: FreezeGround, point: str, act: str, place: str
) -> None:
    """The source's row says who closed it, for its copy, and until when; the copy says the rest."""
    migration = ground.at_the_gate()
    ground.strike(point, "kill")
    ground.host.start(*WORKERS)
    with watched(ground) as clients:
        ground.cut_over_to(point, migration)
        ground.host.die()
        ground.bench.redis.flushall()
        told = ground.told()
        assert told["migration"] == migration.id
        assert told["reopen_by"] is not None
        lost = ["--target-is-lost"] if not ground.has_copy() else []
        if lost:
            assert "no copy" in told["advice"]
        ground.host.run("workers", "recover", SOURCE, f"--{act}", *lost)
        assert_writes_flow(clients)

    assert ground.account_of(clients) == place
