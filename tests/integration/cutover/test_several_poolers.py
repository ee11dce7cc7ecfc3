"""Several poolers move together or not at all, and one that does not answer holds up nobody."""

from collections.abc import Iterator

import pytest
from cutover_ground import SOURCE, TARGET, Ground, assert_writes_flow, eventually
from second_pooler import Rehearsal, SecondPooler
from test_cut_over import assert_moved, assert_stayed

from migration.events import CutOverStuck
from migration.model import Migration, Status
from workers.postgres.fence import State

TARGET_INSTANCE = f"{TARGET}-1"
# Both have to be known before the migration reaches its gate.
FRESH = True


@pytest.fixture
def second(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> Iterator[SecondPooler]:
    """The second pooler, known to the workbench."""
    second = SecondPooler(ground)
    for name, value in second.environment.items():
        monkeypatch.setenv(name, value)
    ground.compose()
    yield second
    second.wake_agent()


def troubles(ground: Ground, migration: Migration) -> list[str]:
    """What the channel was told while it was tried on."""
    history = [entry.event for entry in ground.store.events(migration.id)]
    return [event.reason for event in history if isinstance(event, CutOverStuck)]


def test_both_poolers_move_and_nobody_sees_an_error(ground: Ground, second: SecondPooler) -> None:
    """Writers through both; each pooler was tried as the application before anything was held."""
    gated = ground.at_the_gate()
    ways = gated.facts["validate_target"]["ways"]
    ports = [ground.pooler.port, second.pooler.port]
    assert [way["pooler"] for way in ways] == [f"127.0.0.1:{port}" for port in ports]
    with ground.clients(2) as clients, second.clients() as others:
        after = ground.cut_over(ground.approve(gated))
        assert_writes_flow([*clients, *others])

    assert_moved(ground, after, [*clients, *others])
    assert second.place() == ground.cloud.address(TARGET_INSTANCE)


@pytest.mark.table("troubled poolers")
def test_a_pooler_that_cannot_reach_the_target_is_named_before_the_cut_over(
    ground: Ground, second: SecondPooler
) -> None:
    """The second one's certificate bundle went stale: arming finds it out, and says so."""
    approved = ground.approve(ground.at_the_gate())
    second.distrust_servers()
    with ground.clients(2) as clients:
        after = ground.cut_over(approved)
        assert_writes_flow(clients)

    assert after.status is Status.WAITING_FOR_APPROVAL
    assert "did not begin" in after.aborted
    assert f"127.0.0.1:{second.pooler.port}" in after.aborted
    assert "shut" in after.aborted
    assert [client.errors for client in clients] == [[] for _ in clients]
    assert_stayed(ground, after, clients)


@pytest.mark.table("troubled poolers")
def test_an_agent_that_does_not_answer_the_pause_ends_it_for_all(
    ground: Ground, second: SecondPooler
) -> None:
    """The others go on before it answers; when it does, its own clients do, and it is named."""
    approved = ground.approve(ground.at_the_gate())
    rehearsal = Rehearsal(ground, "begun", sleeper=second)
    with ground.clients(2) as clients, second.clients() as others:
        with rehearsal.reached(approved):
            second.stop_agent()
            eventually(lambda: bool(troubles(ground, approved)), "words in the channel")
            assert_writes_flow(clients)
            assert not rehearsal.outcome, "it is still to be let go"
            second.wake_agent()
        assert_writes_flow([*clients, *others])

    (after,) = rehearsal.outcome
    assert after.status is Status.WAITING_FOR_APPROVAL
    assert second.url in after.aborted
    assert all(second.url in words for words in troubles(ground, after))
    assert_stayed(ground, after, [*clients, *others])
    assert [client.errors for client in (*clients, *others)] == [[]] * 4
    assert second.place() == ground.cloud.address(SOURCE)


@pytest.mark.table("troubled poolers")
def test_an_agent_that_does_not_answer_the_redirect_sends_both_back(
    ground: Ground, second: SecondPooler
) -> None:
    """After the promotion, too: the first pooler's clients go on with the source meanwhile."""
    approved = ground.approve(ground.at_the_gate(max_write_pause_seconds=8.0))
    rehearsal = Rehearsal(ground, "claimed", sleeper=second)
    with ground.clients(2) as clients, second.clients() as others:
        with rehearsal.reached(approved):
            second.stop_agent()
            eventually(lambda: ground.fence_on(SOURCE).state is State.OPEN, "the reopening")
            assert_writes_flow(clients)
            eventually(lambda: bool(troubles(ground, approved)), "words in the channel")
            second.wake_agent()
        assert_writes_flow([*clients, *others])

    (after,) = rehearsal.outcome
    assert after.status is Status.HALTED
    assert second.url in after.aborted
    assert all(second.url in words for words in troubles(ground, after))
    assert ground.fence_on(TARGET_INSTANCE).state is State.ABANDONED
    assert_stayed(ground, after, [*clients, *others])
    assert [client.errors for client in (*clients, *others)] == [[]] * 4
    assert second.place() == ground.cloud.address(SOURCE)


@pytest.mark.table("troubled poolers")
def test_an_agent_that_does_not_answer_the_resume_is_waited_for(
    ground: Ground, second: SecondPooler
) -> None:
    """Past the pivot there is no way back: the first one's clients write, the channel knows why."""
    approved = ground.approve(ground.at_the_gate())
    rehearsal = Rehearsal(ground, "lifted", sleeper=second)
    with ground.clients(2) as clients, second.clients() as others:
        with rehearsal.reached(approved):
            second.stop_agent()
            assert_writes_flow(clients)
            eventually(lambda: bool(troubles(ground, approved)), "words in the channel")
            assert ground.store.load(approved.id).status is Status.CUTTING_OVER
            second.wake_agent()
        assert_writes_flow([*clients, *others])

    (after,) = rehearsal.outcome
    assert all(second.url in words for words in troubles(ground, after))
    assert_moved(ground, after, [*clients, *others])
    assert second.place() == ground.cloud.address(TARGET_INSTANCE)
