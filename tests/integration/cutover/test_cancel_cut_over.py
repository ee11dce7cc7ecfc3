"""Cancel during a cut-over: taken until the promotion is decided, told too late afterwards."""

import threading
import time

import pytest
from cutover_ground import (
    PATIENCE,
    RITA,
    SOURCE,
    TARGET,
    Ground,
    assert_writes_flow,
    eventually,
)
from held_cut_over import be_patient, ended, held_in_the_pause

from migration.errors import TooLateToCancel
from migration.events import CancelRequested, CutOverCancelled
from migration.model import Migration, Status
from migration.schedule import work_of
from workers.postgres.fence import State
from workers.runner import StepRunner

TARGET_INSTANCE = f"{TARGET}-1"


def taken_down(ground: Ground, migration: Migration) -> Migration:
    """The cancelled migration, once its steps have taken back what they made."""
    deadline = time.monotonic() + PATIENCE
    while (work := work_of(migration)) is not None:
        assert time.monotonic() < deadline, (migration.status, migration.waiting)
        StepRunner(ground.bench).run(work.migration_id, work.step, work.version)
        migration = ground.store.load(migration.id)
        time.sleep(0.02)
    return migration


def test_during_a_long_drain_it_reopens_the_source(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A replica that replays nothing: the cancel is taken all the while, and then carried out."""
    be_patient(ground, monkeypatch)
    approved = ground.approve(ground.at_the_gate())
    with ground.clients() as clients:
        with held_in_the_pause(ground, approved) as outcome:
            ground.scalar(TARGET_INSTANCE, "SELECT pg_wal_replay_pause()")
            eventually(
                lambda: (
                    ground.scalar(TARGET_INSTANCE, "SELECT pg_get_wal_replay_pause_state()")
                    == "paused"
                ),
                "the pause of the replay",
            )
        eventually(ground.drained, "the marker")
        assert ground.store.load(approved.id).promoting_since is None
        ground.service.cancel(approved.id, RITA)
        after = ended(ground, outcome)
        assert_writes_flow(clients)
        # It still shows the fence: that does not keep it from being taken down.
        after = taken_down(ground, after)
        assert_writes_flow(clients)

    assert after.status is Status.CANCELLED
    assert ground.bench.tools.rds.cluster(TARGET) is None
    assert ground.scalar(SOURCE, "SELECT to_regnamespace('daybreak')") is None
    assert [client.errors for client in clients] == [[] for _ in clients]
    for client in clients:
        assert ground.numbers_on(SOURCE, client) == client.acknowledged
    history = [entry.event for entry in ground.store.events(after.id)]
    (asked,) = (one for one in history if isinstance(one, CancelRequested))
    assert (asked.by, asked.during_cut_over) == (RITA, True)
    (told,) = (one for one in history if isinstance(one, CutOverCancelled))
    assert told.by == RITA
    assert told.seconds > 0
    assert "nothing was lost" in told.reason


def test_after_the_promotion_was_decided_it_is_told_too_late(ground: Ground) -> None:
    """The cut-over goes forward as if nobody had asked."""
    approved = ground.approve(ground.at_the_gate())
    ground.cloud.scenario.promote_seconds = 2.0
    outcome: list[Migration] = []
    job = threading.Thread(target=lambda: outcome.append(ground.cut_over(approved)))
    with ground.clients() as clients:
        job.start()
        eventually(
            lambda: ground.store.load(approved.id).promoting_since is not None, "the decision"
        )
        with pytest.raises(TooLateToCancel):
            ground.service.cancel(approved.id, RITA)
        after = ended(ground, outcome)
        assert_writes_flow(clients)

    assert (after.status, after.cancelled_by, after.promoting_since) == (Status.ACTIVE, "", None)
    assert ground.fence_on(TARGET_INSTANCE).state is State.OPENED
    assert [client.errors for client in clients] == [[] for _ in clients]
