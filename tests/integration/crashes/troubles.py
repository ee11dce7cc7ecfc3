"""What can befall the infrastructure under a switchover: each begins, lasts, and is over."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass

import psycopg
import redis_trouble
from crash_ground import WORKERS, CrashGround
from cutover_ground import SOURCE, TARGET, eventually
from direction import CUT_OVER, Direction
from prepared_base import TARGET_INSTANCE

from workers.cutover.take_over import ABOVE
from workers.postgres import fence
from workers.postgres.connect import CUT_OVER_APPLICATION_NAME
from workers.postgres.way_back import NAME

Begun = Callable[[CrashGround], AbstractContextManager[None]]

# A client that no list of clients has.
UNSEEN = 0
# Longer than a roll back takes that waits for nothing.
APPLIED_AFTER_SECONDS = 4.0


@contextmanager
def redis_killed(ground: CrashGround) -> Iterator[None]:
    """Nothing answers at its port."""
    with redis_trouble.killed(ground.redis):
        yield


@contextmanager
def redis_refuses(ground: CrashGround) -> Iterator[None]:
    """It answers, and takes no writes."""
    with redis_trouble.full(ground.redis):
        yield


@contextmanager
def redis_emptied(ground: CrashGround) -> Iterator[None]:
    """Nobody knows of the migration any more."""
    ground.bench.redis.flushall()
    yield


@contextmanager
def pooler_killed(ground: CrashGround) -> Iterator[None]:
    """All clients lose their connections, and the pooler forgets that it held them."""
    ground.pooler.kill()
    yield
    ground.pooler.start()


@contextmanager
def agent_killed(ground: CrashGround) -> Iterator[None]:
    """The pooler goes on as it was told last."""
    ground.kill_agent()
    yield
    ground.run_agent()


def postgres_killed(name: str) -> Begun:
    """All its sessions end at once; it recovers when it is started."""

    @contextmanager
    def killed(ground: CrashGround) -> Iterator[None]:
        server = ground.base.server(name)
        server.stop(signal.SIGQUIT)
        yield
        server.start()

    return killed


@contextmanager
def replica_cut_off(ground: CrashGround) -> Iterator[None]:
    """It has everything up to now, and hears of nothing more."""
    source, target = (ground.base.server(name) for name in (SOURCE, TARGET_INSTANCE))
    ((written,),) = source.query("SELECT pg_current_wal_flush_lsn()")
    replayed = "SELECT pg_last_wal_replay_lsn() >= %s::pg_lsn"
    eventually(lambda: target.query(replayed, (written,)) == [(True,)], "the replay")
    # how long a standby waits before it looks for its source again
    target.query("ALTER SYSTEM SET wal_retrieve_retry_interval = '100ms'")
    target.query("ALTER SYSTEM SET primary_conninfo = ''")
    target.query("SELECT pg_reload_conf()")
    eventually(
        lambda: source.query("SELECT count(*) FROM pg_stat_replication") == [(0,)], "the cut"
    )
    yield
    target.query("ALTER SYSTEM RESET primary_conninfo")
    target.query("SELECT pg_reload_conf()")


@contextmanager
def way_back_cut_off(ground: CrashGround) -> Iterator[None]:
    """The source has everything up to now, and applies nothing more."""
    target = ground.base.server(TARGET_INSTANCE)
    _subscription(ground, "DISABLE")
    eventually(
        lambda: target.query("SELECT count(*) FROM pg_stat_replication") == [(0,)], "the cut"
    )
    yield
    # Where the roll back came to its end, it was taken down.
    with suppress(psycopg.errors.UndefinedObject):
        _subscription(ground, "ENABLE")


def _subscription(ground: CrashGround, act: str) -> None:
    # it is of one database, and not of the server
    with psycopg.connect(ground.cloud.superuser_dsn(SOURCE), autocommit=True) as source:
        source.execute(f"ALTER SUBSCRIPTION {NAME} {act}".encode())


@contextmanager
def host_gone(ground: CrashGround) -> Iterator[None]:
    """Every process of ours is gone at once; another host's take over on the same Redis."""
    ground.host.die()
    yield
    ground.host.start(*WORKERS)


@dataclass(frozen=True)
class Trouble:
    """One of them, and for how long it lasts, in seconds."""

    begun: Begun
    seconds: float = 0.0
    #: whether anybody still knows of the migration afterwards
    forgets: bool = False

    @contextmanager
    def on(self, ground: CrashGround) -> Iterator[None]:
        """The block runs while it has begun; afterwards it lasts as long as it does."""
        with self.begun(ground):
            yield
            time.sleep(self.seconds)


# Shorter and longer than a lease lasts.
COMMON: dict[str, Trouble] = {
    "redis killed for 2 s": Trouble(redis_killed, 2.0),
    "redis killed for 8 s": Trouble(redis_killed, 8.0),
    "redis refuses writes for 2 s": Trouble(redis_refuses, 2.0),
    "redis refuses writes for 8 s": Trouble(redis_refuses, 8.0),
    "redis emptied": Trouble(redis_emptied, forgets=True),
    "pooler killed": Trouble(pooler_killed),
    "pooler killed for 3 s": Trouble(pooler_killed, 3.0),
    "agent killed": Trouble(agent_killed),
    "agent killed for 3 s": Trouble(agent_killed, 3.0),
    "source killed": Trouble(postgres_killed(SOURCE)),
    "target killed": Trouble(postgres_killed(TARGET_INSTANCE)),
    "host gone": Trouble(host_gone),
}
TROUBLES = COMMON | {"replica cut off for 8 s": Trouble(replica_cut_off, 8.0)}
TROUBLES_OF_ROLL_BACK = COMMON | {"way back cut off for 8 s": Trouble(way_back_cut_off, 8.0)}


def troubles_of(direction: Direction) -> dict[str, Trouble]:
    """Those that can befall it wherever it stands."""
    return TROUBLES if direction is CUT_OVER else TROUBLES_OF_ROLL_BACK


def _until_it_has_ended(ground: CrashGround) -> None:
    """Nobody is helped before it has come to an end, by whoever carries it out."""

    def over() -> bool:
        ground.host.revive()
        under_way = ground.store.under_way()
        return all(one.status is not ground.direction.under_way for one in under_way)

    eventually(over, "an outcome")


def postgres_away(name: str) -> Begun:
    """It is gone, and comes back when it is not needed any more."""

    @contextmanager
    def away(ground: CrashGround) -> Iterator[None]:
        server = ground.base.server(name)
        server.stop(signal.SIGQUIT)
        yield
        _until_it_has_ended(ground)
        server.start()

    return away


@contextmanager
def source_away_and_a_slot_in_the_way(ground: CrashGround) -> Iterator[None]:
    """The target has another slot of the consumer's name: the slot can't be made there."""
    with psycopg.connect(ground.cloud.superuser_dsn(TARGET_INSTANCE), autocommit=True) as target:
        target.execute(
            "SELECT pg_create_logical_replication_slot(name, 'pgoutput') FROM daybreak.slots"
        )
    with postgres_away(SOURCE)(ground):
        yield


@contextmanager
def source_away_on_the_way_back(ground: CrashGround) -> Iterator[None]:
    """It comes back when the job has tried to go back without it, and has given nothing up."""
    server = ground.base.server(SOURCE)
    server.stop(signal.SIGQUIT)
    yield
    eventually(lambda: "insist: could not" in ground.host.said(), "a try to go back")
    assert ground.fence_on(TARGET_INSTANCE).state is fence.State.CLAIMED
    server.start()


def sessions_hang(name: str) -> Begun:
    """Backends that neither answer nor end, as on a volume that stalls."""

    @contextmanager
    def hang(ground: CrashGround) -> Iterator[None]:
        found = ground.base.server(name).query(
            "SELECT pid FROM pg_stat_activity WHERE application_name = %s",
            (CUT_OVER_APPLICATION_NAME,),
        )
        assert found
        for (pid,) in found:
            os.kill(pid, signal.SIGSTOP)
        yield
        _until_it_has_ended(ground)
        for (pid,) in found:
            os.kill(pid, signal.SIGCONT)

    return hang


@contextmanager
def fence_committed_late(ground: CrashGround) -> Iterator[None]:
    """The predecessor's last commit arrives after its successor has looked."""
    yield
    eventually(lambda: ground.struck("successor-looked"), "the successor's look")
    (migration,) = ground.store.under_way()
    with ground.bench.tools.databases.source(SOURCE) as link:
        fence.close(link, migration.epoch - ABOVE, rehearse=False)
    ground.release("successor-looked")


def _yield_of_predecessor(ground: CrashGround) -> bool:
    """Its commit arrives now; whether it was obeyed."""
    (migration,) = ground.store.under_way()
    try:
        with ground.bench.tools.databases.target(TARGET) as link:
            fence.yield_target(link, migration.epoch - ABOVE)
    except fence.NotMine:
        return False
    return True


@contextmanager
def yield_committed_late(ground: CrashGround) -> Iterator[None]:
    """The predecessor's decision arrives after its successor has looked."""
    yield
    eventually(lambda: ground.struck("successor-looked"), "the successor's look")
    assert _yield_of_predecessor(ground)
    ground.release("successor-looked")


@contextmanager
def decided_too_late(ground: CrashGround) -> Iterator[None]:
    """It arrives when the successor is in charge; were it obeyed, the source would open next."""
    yield
    eventually(lambda: ground.struck("successor-took-charge"), "the successor in charge")
    if _yield_of_predecessor(ground):
        (migration,) = ground.store.under_way()
        with ground.bench.tools.databases.source(SOURCE) as link:
            fence.open_source(link, migration.epoch - ABOVE)
    ground.release("successor-took-charge")


@contextmanager
def last_write_comes_late(ground: CrashGround) -> Iterator[None]:
    """It is committed behind the mark by a session that nobody saw, and applied with delay."""
    with psycopg.connect(ground.cloud.superuser_dsn(SOURCE)) as held:
        held.execute("LOCK TABLE seen IN SHARE MODE")
        with psycopg.connect(ground.cloud.superuser_dsn(TARGET_INSTANCE)) as unseen:
            unseen.execute("INSERT INTO seen (client, number) VALUES (%s, 1)", [UNSEEN])
        yield
        time.sleep(APPLIED_AFTER_SECONDS)


@contextmanager
def last_write_comes_late_by_a_clock_set_back(ground: CrashGround) -> Iterator[None]:
    """The same, on a server whose clock was an hour ahead when the first mark was made."""
    with psycopg.connect(ground.cloud.superuser_dsn(TARGET_INSTANCE)) as target:
        target.execute("UPDATE daybreak.way_back SET beat = beat + interval '1 hour'")
    with last_write_comes_late(ground):
        yield


# Those that make sense at certain points only, or last until it has ended.
LASTING: dict[str, Trouble] = {
    "source away": Trouble(postgres_away(SOURCE)),
    "target away": Trouble(postgres_away(TARGET_INSTANCE)),
    "source away, a slot in the way": Trouble(source_away_and_a_slot_in_the_way),
    "source away on the way back": Trouble(source_away_on_the_way_back),
    "source away for 8 s": Trouble(postgres_killed(SOURCE), 8.0),
    "target away for 8 s": Trouble(postgres_killed(TARGET_INSTANCE), 8.0),
    "target's sessions hang": Trouble(sessions_hang(TARGET_INSTANCE)),
    "source's sessions hang": Trouble(sessions_hang(SOURCE)),
    "fence committed late": Trouble(fence_committed_late),
    "yield committed late": Trouble(yield_committed_late),
    "decided too late": Trouble(decided_too_late),
    "last write comes late": Trouble(last_write_comes_late),
    "clock set back, last write comes late": Trouble(last_write_comes_late_by_a_clock_set_back),
}
EVERY_TROUBLE = TROUBLES | TROUBLES_OF_ROLL_BACK | LASTING
