"""What can befall the infrastructure under a cut-over: each trouble begins, lasts, and is over."""

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

import redis_trouble
from crash_ground import WORKERS, CrashGround
from cutover_ground import SOURCE, eventually
from prepared_base import TARGET_INSTANCE

Begun = Callable[[CrashGround], AbstractContextManager[None]]


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
TROUBLES: dict[str, Trouble] = {
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
    "replica cut off for 8 s": Trouble(replica_cut_off, 8.0),
    "host gone": Trouble(host_gone),
}
