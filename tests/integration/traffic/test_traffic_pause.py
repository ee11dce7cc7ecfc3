"""A pause holds everything or nothing, and never outlasts the one who asked for it."""

import re
import signal
import threading
import time
from collections.abc import Callable

import psycopg
import pytest
from traffic_ground import SOURCE, Ground, applications, are_still, endpoint, eventually

from migration.errors import DaybreakError
from sandbox.servers.postgres import PostgresServer
from workers.traffic.errors import (
    ForeignEntries,
    OlderEpoch,
    PauseTimedOut,
    PoolerUnreachable,
    UnknownSource,
)


def test_a_transaction_in_the_way_is_named_and_traffic_flows_again(
    ground: Ground, source: PostgresServer
) -> None:
    """An idle transaction makes the pause time out; its session is named, the others go on."""
    with (
        ground.group() as layer,
        ground.connect(application_name="report") as idle,
        applications(ground) as clients,
    ):
        idle.execute("SELECT 1")
        with pytest.raises(PauseTimedOut, match="report") as refusal:
            layer.pause(SOURCE, epoch=1, timeout_seconds=0.3, resume_after_seconds=60)
        [session] = refusal.value.sessions
        assert (session.application, session.user, session.database, session.state) == (
            "report",
            "app",
            SOURCE,
            "active",
        )
        assert session.address.startswith("127.0.0.1:")
        clients.go_on()
        [state] = layer.states(SOURCE)
        assert not state.paused
        assert state.resumes_at is None

        idle.rollback()
        layer.pause(SOURCE, epoch=1, timeout_seconds=10, resume_after_seconds=60)
        assert are_still(source)
        layer.resume(SOURCE, epoch=1)
        clients.go_on()


def test_pauses_while_the_pool_still_grows_give_no_error(ground: Ground) -> None:
    """A server login that a pause would break is waited for, or clients would be turned away."""
    with ground.group() as layer, applications(ground, 10) as clients:
        for _ in range(15):
            layer.pause(SOURCE, epoch=1, timeout_seconds=10, resume_after_seconds=60)
            layer.resume(SOURCE, epoch=1)
            clients.go_on(1)
    assert not clients.errors, clients.errors


def test_pools_begin_small_after_a_pause_and_grow_again(ground: Ground) -> None:
    """Few logins are in the way of those who waited; whatever came of it, the size comes back."""

    def size() -> int:
        return next(
            int(row["value"])
            for row in ground.console("SHOW CONFIG")
            if row["key"] == "default_pool_size"
        )

    def small_after_a_pause() -> bool:
        layer.pause(SOURCE, epoch=1, timeout_seconds=10, resume_after_seconds=60)
        eventually(lambda: size() == usual, "the usual size while it is held")
        layer.resume(SOURCE, epoch=1)
        return size() < usual

    usual = size()
    with ground.group() as layer, applications(ground, 10) as clients:
        # it lasts for milliseconds
        eventually(small_after_a_pause, "a small size")
        eventually(lambda: size() == usual, "the usual size")
        clients.go_on()


def test_reloads_under_load_give_no_error(
    ground: Ground, source: PostgresServer, target: PostgresServer
) -> None:
    """Opening the validation entry makes the pooler read its files, at no client's expense."""
    with ground.group() as layer, applications(ground, 10) as clients:
        for server in (source, target) * 8:
            layer.validation_entries(SOURCE, endpoint(server), epoch=1)
            clients.go_on(1)
    assert not clients.errors, clients.errors


def test_a_pause_without_a_caller_ends_by_itself(ground: Ground) -> None:
    """Nobody calls for the agreed time: traffic flows again, and the log says why."""
    with ground.group() as layer, applications(ground) as clients:
        layer.pause(SOURCE, epoch=1, timeout_seconds=10, resume_after_seconds=0.5)
        [state] = layer.states(SOURCE)
        assert state.resumes_at is not None
        clients.go_on()
        assert layer.states(SOURCE)[0].resumes_at is None
    assert ground.said("Nobody called about the pause of orders (epoch 1)")


def test_the_same_pause_again_puts_the_end_off(ground: Ground) -> None:
    """A caller that keeps calling keeps the pause, with the new term; looking on does not."""
    with ground.group() as layer:
        layer.pause(SOURCE, epoch=1, timeout_seconds=10, resume_after_seconds=20)
        [first] = layer.states(SOURCE)
        assert layer.states(SOURCE) == (first,)
        layer.pause(SOURCE, epoch=1, timeout_seconds=10, resume_after_seconds=900)
        [second] = layer.states(SOURCE)
        assert first.resumes_at is not None
        assert second.resumes_at is not None
        assert second.resumes_at > first.resumes_at + 800
        assert second.paused


def test_an_older_epoch_is_refused_everywhere(
    ground: Ground, source: PostgresServer, target: PostgresServer
) -> None:
    """Once a later attempt has called, also before a restart, an older one changes nothing."""
    with ground.group() as layer:
        layer.pause(SOURCE, epoch=5, timeout_seconds=10, resume_after_seconds=60)
        before = (5, True, endpoint(source))
        for _ in range(2):
            for act in (
                lambda: layer.resume(SOURCE, epoch=4),
                lambda: layer.point_to(SOURCE, endpoint(target), epoch=4),
                lambda: layer.validation_entries(SOURCE, endpoint(target), epoch=4),
            ):
                with pytest.raises(OlderEpoch, match="epoch 5 has taken over"):
                    act()
            [now] = layer.states(SOURCE)
            assert (now.epoch, now.paused, now.endpoint) == before
            ground.end_agent(signal.SIGKILL)
            ground.forget_log()
            ground.start_agent()
        layer.resume(SOURCE, epoch=6)
        assert layer.states(SOURCE)[0].epoch == 6
        with pytest.raises(OlderEpoch):
            layer.pause(SOURCE, epoch=5, timeout_seconds=10, resume_after_seconds=60)
        assert not layer.states(SOURCE)[0].paused


def test_a_refused_pause_of_an_older_epoch_leaves_a_later_ones_alone(ground: Ground) -> None:
    """Undoing a pause that was refused must not let go what a later attempt holds."""
    with ground.group() as layer:
        layer.pause(SOURCE, epoch=2, timeout_seconds=10, resume_after_seconds=60)
        with pytest.raises(OlderEpoch):
            layer.pause(SOURCE, epoch=1, timeout_seconds=10, resume_after_seconds=60)
        assert layer.states(SOURCE)[0].paused


@pytest.mark.parametrize("by", ["resume", "a later epoch"])
def test_a_pause_that_waits_can_be_given_up(ground: Ground, by: str) -> None:
    """A resume, or a later attempt, ends a pause that still waits for a transaction."""
    failure: list[DaybreakError] = []

    def pause() -> None:
        with ground.group() as own:
            try:
                own.pause(SOURCE, epoch=1, timeout_seconds=60, resume_after_seconds=60)
            except DaybreakError as error:
                failure.append(error)

    with ground.group() as layer, ground.connect() as idle:
        idle.execute("SELECT 1")
        waiting = threading.Thread(target=pause)
        waiting.start()
        eventually(ground.is_held, "the waiting pause")
        assert not layer.states(SOURCE)[0].paused, "a transaction is still running"
        if by == "resume":
            layer.resume(SOURCE, epoch=1)
        else:
            with pytest.raises(PauseTimedOut):
                layer.pause(SOURCE, epoch=2, timeout_seconds=0.2, resume_after_seconds=60)
        waiting.join(30)
        assert not waiting.is_alive()
        assert isinstance(failure[0], PauseTimedOut | OlderEpoch)
        assert not ground.is_held()


def test_several_poolers_pause_all_or_none(make_ground: Callable[..., Ground]) -> None:
    """One pooler that cannot pause lets all the others go, and the error says which it was."""
    first, second = make_ground(), make_ground()
    with first.group(second) as layer, applications(first) as clients, second.connect() as idle:
        idle.execute("SELECT 1")
        with pytest.raises(PauseTimedOut, match=second.url):
            layer.pause(SOURCE, epoch=1, timeout_seconds=0.3, resume_after_seconds=60)
        clients.go_on()
        assert [state.paused for state in layer.states(SOURCE)] == [False, False]
        idle.rollback()
        with first.group() as alone, second.group() as other:
            apart = len(alone.sessions(SOURCE)) + len(other.sessions(SOURCE))
        assert len(layer.sessions(SOURCE)) == apart

        layer.pause(SOURCE, epoch=1, timeout_seconds=10, resume_after_seconds=60)
        assert [state.paused for state in layer.states(SOURCE)] == [True, True]
        layer.resume(SOURCE, epoch=1)
        clients.go_on()

        second.end_agent(signal.SIGKILL)
        with pytest.raises(PoolerUnreachable, match=second.url):
            layer.pause(SOURCE, epoch=1, timeout_seconds=10, resume_after_seconds=60)
        clients.go_on()


def test_a_renewal_that_comes_late_holds_nothing(ground: Ground) -> None:
    """It was under way when the traffic was let go: there is nothing to renew any more."""
    with ground.group() as layer, applications(ground, 2) as clients:
        layer.pause(SOURCE, epoch=1, timeout_seconds=10, resume_after_seconds=60)
        layer.renew(SOURCE, epoch=1, timeout_seconds=10, resume_after_seconds=60)
        assert layer.states(SOURCE)[0].paused
        layer.resume(SOURCE, epoch=1)
        with pytest.raises(PauseTimedOut, match="no pause to renew"):
            layer.renew(SOURCE, epoch=1, timeout_seconds=10, resume_after_seconds=60)
        assert not ground.is_held()
        clients.go_on()


def test_an_agent_that_hangs_holds_up_no_other(make_ground: Callable[..., Ground]) -> None:
    """However many calls wait for it: another one's calls do not wait behind them."""
    first, second = make_ground(), make_ground()
    failures: list[DaybreakError] = []

    def call(act: Callable[[], object]) -> None:
        try:
            act()
        except DaybreakError as error:
            failures.append(error)

    with first.group(second) as layer, applications(first, 2) as clients:
        layer.pause(SOURCE, epoch=1, timeout_seconds=10, resume_after_seconds=600)
        second.signal_agent(signal.SIGSTOP)
        # one after the other they would outlast this test's patience
        acts = [lambda: layer.sessions(SOURCE)] * 60 + [lambda: layer.resume(SOURCE, epoch=1)]
        calls = [threading.Thread(target=call, args=(act,)) for act in acts]
        for thread in calls:
            thread.start()
        clients.go_on()
        second.signal_agent(signal.SIGCONT)
        for thread in calls:
            thread.join(60)
        layer.resume(SOURCE, epoch=1)
        assert not second.is_held()
        assert all(second.url in str(failure) for failure in failures)


def test_an_entry_that_the_agent_does_not_keep_stops_the_pause(ground: Ground) -> None:
    """An alias in pgbouncer.ini would go on serving: nothing is held, and it is named."""
    with ground.group() as layer:
        configuration = ground.pooler.databases_file.parent / "pgbouncer.ini"
        [where] = re.findall("host=.*", ground.pooler.databases_file.read_text())
        text = configuration.read_text()
        configuration.write_text(f"[databases]\nalias = {where}\n{text}")
        ground.console("RELOAD")
        with pytest.raises(ForeignEntries, match="alias"):
            layer.pause(SOURCE, epoch=1, timeout_seconds=10, resume_after_seconds=60)
        assert not ground.is_held()
        assert not ground.is_held("alias")


def test_an_unknown_source_is_refused(ground: Ground) -> None:
    """A source without an entry is said to be one, by every verb."""
    with ground.group() as layer:
        with pytest.raises(UnknownSource, match="billing"):
            layer.states("billing")
        with pytest.raises(UnknownSource, match="billing"):
            layer.pause("billing", epoch=1, timeout_seconds=1, resume_after_seconds=1)


def test_new_clients_wait_while_held(ground: Ground) -> None:
    """Who connects during a pause waits too, and then is served."""
    with ground.group() as layer:
        ground.connect().close()
        layer.pause(SOURCE, epoch=1, timeout_seconds=10, resume_after_seconds=60)
        answers: list[object] = []

        def ask() -> None:
            with ground.connect(application_name="late") as connection:
                answers.append(connection.execute("SELECT 1").fetchone())

        late = threading.Thread(target=ask)
        late.start()
        eventually(
            lambda: any(
                session.application == "late" and session.state == "waiting"
                for session in layer.sessions(SOURCE)
            ),
            "a waiting client",
        )
        time.sleep(0.01)
        assert max(session.wait_seconds for session in layer.sessions(SOURCE)) > 0
        layer.resume(SOURCE, epoch=1)
        late.join(30)
        assert answers == [(1,)]


def test_the_pooler_down_is_said_so(ground: Ground) -> None:
    """Without a pooler every verb says that it is the pooler that does not answer."""
    ground.pooler.kill()
    with ground.group() as layer:
        for act in (
            lambda: layer.states(SOURCE),
            lambda: layer.sessions(SOURCE),
            lambda: layer.resume(SOURCE, epoch=1),
            lambda: layer.pause(SOURCE, epoch=1, timeout_seconds=1, resume_after_seconds=1),
        ):
            with pytest.raises(PoolerUnreachable, match="PgBouncer"):
                act()
    with pytest.raises(psycopg.OperationalError):
        ground.connect()
