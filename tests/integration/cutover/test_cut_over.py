"""The cut-over under live clients: what it leaves behind, and what it survives."""

import threading
from dataclasses import replace

import psycopg
import pytest
from cutover_ground import SOURCE, TARGET, Client, Ground, assert_writes_flow, eventually

from migration.model import Migration, Status
from workers.cutover.attempt import Charge
from workers.cutover.errors import Superseded
from workers.cutover.take_over import TakeOver, open_doors
from workers.postgres.fence import State
from workers.recover import TerminalJournal, Unlimited
from workers.rollback.take_over import TakeOverRollBack

TARGET_INSTANCE = f"{TARGET}-1"


def assert_moved(ground: Ground, migration: Migration, clients: list[Client]) -> None:
    """On the target, open, nothing lost or doubled, nobody saw an error, the source closed."""
    assert migration.status is Status.ACTIVE, (
        migration.status,
        migration.problem,
        migration.aborted,
    )
    assert ground.fence_on(TARGET_INSTANCE).state is State.OPENED
    assert ground.fence_on(SOURCE).state is State.FENCED
    assert [client.errors for client in clients] == [[] for _ in clients]
    for client in clients:
        assert ground.numbers_on(TARGET_INSTANCE, client) == client.acknowledged
    assert ground.scalar(SOURCE, "SELECT rolcanlogin FROM pg_roles WHERE rolname = 'app'") is False


def assert_stayed(ground: Ground, migration: Migration, clients: list[Client]) -> None:
    """On the source, open, nothing lost or doubled."""
    assert ground.fence_on(SOURCE).state is State.OPEN
    assert ground.scalar(SOURCE, "SELECT rolcanlogin FROM pg_roles WHERE rolname = 'app'") is True
    for client in clients:
        assert ground.numbers_on(SOURCE, client) == client.acknowledged
    assert migration.approval is None


def test_writes_move_to_the_target_and_nobody_sees_an_error(ground: Ground) -> None:
    """The plain case, with its facts: phases measured, roles restored as they were."""
    approved = ground.approve(ground.at_the_gate())
    with ground.clients() as clients:
        after = ground.cut_over(approved)
        assert_writes_flow(clients)

    assert_moved(ground, after, clients)
    history = [entry.event for entry in ground.store.events(after.id)]
    acts = [(type(one).__name__, one.act) for one in history if getattr(one, "act", None)]
    for act in ("raise epoch", "hold traffic and fence", "promote, claim, redirect and open"):
        assert acts.index(("ActIntended", act)) < acts.index(("ActDone", act))
    facts = after.facts["cut_over"]
    assert list(facts["phases_ms"]) == [
        *("pause", "fence", "drain", "promote", "check", "redirect", "open"),
    ]
    assert facts["ended_at"] > facts["started_at"]
    probe = facts["probe"]
    assert (probe["clients"], probe["errors"]) == (2, 0)
    # Both waited through the phases in which nobody could write.
    held = sum(facts["phases_ms"][name] for name in ("fence", "drain", "promote", "check"))
    assert probe["longest_wait_ms"] >= probe["gap_ms"] >= held
    canlogin = "SELECT rolcanlogin FROM pg_roles WHERE rolname = '{}'"
    assert ground.scalar(TARGET_INSTANCE, canlogin.format("app")) is True
    assert ground.scalar(TARGET_INSTANCE, canlogin.format("reporting")) is True
    assert ground.scalar(TARGET_INSTANCE, canlogin.format("retired")) is False


@pytest.mark.table("unkind promotions", slices=6)
@pytest.mark.parametrize(
    "unkindness",
    [
        {"promote_restarts_target": True, "promote_seconds": 1.0},
        {"promote_fails_times": 1},
        {"promote_fails_unexecuted_times": 1},
        {"promote_throttled_times": 1},
        {"lose_promote_answers": 1},
        {"lose_promote_requests": 1},
    ],
    ids=lambda unkindness: next(iter(unkindness)),
)
def test_an_unkind_promotion_is_survived(ground: Ground, unkindness: dict[str, float]) -> None:
    """Restarts, lost answers, errors that did or did not do it: the target's own word counts."""
    approved = ground.approve(ground.at_the_gate())
    for name, value in unkindness.items():
        setattr(ground.cloud.scenario, name, value)
    with ground.clients() as clients:
        after = ground.cut_over(approved)
        assert_writes_flow(clients)

    assert_moved(ground, after, clients)


def test_a_transaction_that_runs_on_ends_the_cut_over_and_nobody_is_hurt(ground: Ground) -> None:
    """The pause is bounded: over it, everybody goes on, on the source."""
    approved = ground.approve(ground.at_the_gate())
    begun, finish = threading.Event(), threading.Event()

    def hold() -> None:
        with psycopg.connect(ground.app_dsn, prepare_threshold=None) as connection:
            connection.execute("INSERT INTO seen VALUES (1, 1)")
            begun.set()
            finish.wait()

    holder = threading.Thread(target=hold)
    with ground.clients() as clients:
        holder.start()
        begun.wait()
        after = ground.cut_over(approved)
        finish.set()
        holder.join()
        assert_writes_flow(clients)

    assert after.status is Status.WAITING_FOR_APPROVAL
    assert "ransaction" in after.aborted
    history = [entry.event for entry in ground.store.events(after.id)]
    assert "let the traffic go" in [getattr(one, "act", "") for one in history]
    assert [client.errors for client in clients] == [[] for _ in clients]
    assert ground.scalar(SOURCE, "SELECT count(*) FROM seen WHERE client = 1") == 1
    assert_stayed(ground, after, clients)


def test_a_session_that_bypasses_the_pooler_is_ended_by_the_fence(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it was told is on the target; afterwards it can write nowhere.

    Nothing of that needs the prober: one without a certificate says that it measured nothing.
    """
    monkeypatch.delenv("DAYBREAK_PROBE_CERTIFICATES")
    ground.compose()
    approved = ground.approve(ground.at_the_gate())
    direct = Client(ground.direct_dsn)
    stop = threading.Event()
    thread = threading.Thread(target=direct.run, args=(stop,))
    with ground.clients() as clients:
        thread.start()
        eventually(lambda: len(direct.acknowledged) > 3, "direct writes")
        after = ground.cut_over(approved)
        assert_writes_flow(clients)
        stop.set()
        thread.join()

    assert_moved(ground, after, clients)
    assert after.facts["cut_over"]["probe"] == {
        "not_measured": "DAYBREAK_PROBE_CERTIFICATES is not set"
    }
    assert direct.errors
    assert set(direct.acknowledged) <= set(ground.numbers_on(TARGET_INSTANCE, direct))


def test_a_promotion_that_never_comes_reopens_the_source(ground: Ground) -> None:
    """Over the budget the source reopens, and a promotion that comes late can't be used."""
    approved = ground.approve(ground.at_the_gate(max_write_pause_seconds=2.0))
    ground.cloud.scenario.promote_call_delay_seconds = 8.0
    with ground.clients() as clients:
        after = ground.cut_over(approved)
        assert_writes_flow(clients)
        eventually(
            lambda: not ground.scalar(TARGET_INSTANCE, "SELECT pg_is_in_recovery()"),
            "the late promotion",
        )
        assert_writes_flow(clients)

    assert after.status is Status.WAITING_FOR_APPROVAL
    assert [client.errors for client in clients] == [[] for _ in clients]
    assert_stayed(ground, after, clients)
    late = ground.fence_on(TARGET_INSTANCE)
    assert late.state is not State.FENCED
    assert late.epoch > after.epoch


def test_no_pooler_answers_at_the_redirect(ground: Ground) -> None:
    """The promoted target is abandoned and the source reopened; no client wrote to the target."""
    approved = ground.approve(ground.at_the_gate(max_write_pause_seconds=20.0))
    ground.cloud.scenario.promote_seconds = 2.0
    with ground.clients() as clients:
        outcome: list[Migration] = []
        job = threading.Thread(target=lambda: outcome.append(ground.cut_over(approved)))
        job.start()
        eventually(ground.drained, "the drain")
        ground.kill_agent()
        eventually(lambda: ground.fence_on(SOURCE).state is State.OPEN, "the reopening")
        ground.start_agent()
        job.join()
        assert_writes_flow(clients)

    (after,) = outcome
    assert after.status is Status.HALTED
    assert after.cut_over_began is None
    assert ground.fence_on(TARGET_INSTANCE).state is State.ABANDONED
    assert_stayed(ground, after, clients)


def test_conditions_that_no_longer_hold_keep_it_from_beginning(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A transaction that grew old between click and arming: nothing is touched, by name."""
    monkeypatch.setenv("DAYBREAK_LONGEST_TRANSACTION_SECONDS", "0.2")
    ground.compose()
    approved = ground.approve(ground.at_the_gate())
    with psycopg.connect(ground.direct_dsn) as report, ground.clients() as clients:
        report.execute("SELECT count(*) FROM pg_class")
        eventually(
            lambda: (
                ground.scalar(
                    SOURCE,
                    "SELECT count(*) FROM pg_stat_activity WHERE state = 'idle in transaction' "
                    "AND clock_timestamp() - xact_start > interval '0.3 s'",
                )
                == 1
            ),
            "an old transaction",
        )
        after = ground.cut_over(approved)
        assert_writes_flow(clients)

    assert after.status is Status.WAITING_FOR_APPROVAL
    assert "did not begin" in after.aborted
    assert "ransaction" in after.aborted
    assert after.epoch == 0
    assert ground.scalar(SOURCE, "SELECT to_regclass('daybreak.fence')") is None
    assert [client.errors for client in clients] == [[] for _ in clients]
    for client in clients:
        assert ground.numbers_on(SOURCE, client) == client.acknowledged


@pytest.mark.parametrize("kind", [TakeOver, TakeOverRollBack])
def test_a_successor_of_an_earlier_migration_is_obeyed_by_nobody(
    ground: Ground, kind: type[TakeOver] | type[TakeOverRollBack]
) -> None:
    """It stood still until the next migration had moved the source: no epoch is above its own."""
    after = ground.cut_over(ground.approve(ground.at_the_gate()))
    earlier = replace(after, id="orders-earlier")
    doors = open_doors(earlier, ground.bench.tools)
    if kind is TakeOverRollBack:
        doors = doors.turned()
    tools = ground.bench.tools
    charge = Charge(earlier, 1, tools, Unlimited(), TerminalJournal(), doors=doors)
    charge.gone_is_harmless = True
    before = (ground.fence_on(SOURCE), ground.fence_on(TARGET_INSTANCE))
    try:
        with pytest.raises(Superseded):
            kind(charge, 2.0).run()
    finally:
        charge.close()

    assert (ground.fence_on(SOURCE), ground.fence_on(TARGET_INSTANCE)) == before
