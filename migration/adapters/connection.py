"""Opens Redis, and refuses one that could forget what it was told."""

from collections.abc import Iterator
from contextlib import contextmanager

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError, WatchError
from redis.retry import Retry

from migration.adapters.settings import RedisSettings
from migration.adapters.transaction import was_lost
from migration.errors import Conflict, StoreUnavailable, UnsafeStore

# People wait for listeners, and Slack for three seconds.
ANSWER_SECONDS = 2.0

WANTED = {"appendonly": "yes", "appendfsync": "always", "maxmemory-policy": "noeviction"}


def client(settings: RedisSettings, *, answer_seconds: float | None = ANSWER_SECONDS) -> Redis:
    """A client that has not connected yet; RQ's workers block, and want no time limit."""
    return Redis.from_url(
        settings.redis_url.get_secret_value(),
        socket_timeout=answer_seconds,
        socket_connect_timeout=ANSWER_SECONDS,
        # A command that may have been executed is never sent twice behind our back.
        retry=Retry(NoBackoff(), 0),
        health_check_interval=0,
    )


def open_redis(settings: RedisSettings) -> Redis:
    """A client of a Redis that answers, takes writes and is set up to lose nothing.

    Raises:
        StoreUnavailable: no answer, or no writes.
        UnsafeStore: the message names each setting that is wrong.
    """
    redis = client(settings)
    try:
        redis.ping()
        found = {name: _config(redis, name) for name in WANTED}
    except RedisError as error:
        raise StoreUnavailable(f"Redis (REDIS_URL) does not answer: {error}") from error
    try:
        try_to_write(redis)
    except RedisError as error:
        raise StoreUnavailable(f"Redis (REDIS_URL) takes no writes: {error}") from error
    wrong = [
        f"{name} is `{found[name]}` and must be `{wanted}`"
        for name, wanted in WANTED.items()
        if found[name] != wanted
    ]
    if wrong:
        raise UnsafeStore(
            "Redis could forget a decision: " + "; ".join(wrong) + ". Set it in redis.conf, "
            "restart Redis, and start this process again."
        )
    return redis


def _config(redis: Redis, name: str) -> str:
    answer: dict[str, str] = redis.config_get(name)  # type: ignore[assignment]  # redis-py says Awaitable | Any
    return answer.get(name, "unknown")


@contextmanager
def answered() -> Iterator[None]:
    """What redis-py raises, as errors of ours."""
    try:
        yield
    except WatchError as error:
        raise (StoreUnavailable if was_lost(error) else Conflict) from error
    except RedisError as error:
        raise StoreUnavailable from error


def try_to_write(redis: Redis) -> None:
    """Fails as a write would: away, a replica, out of memory, unable to save.

    An empty piece of a key that does not exist: Redis checks all that and then changes nothing,
    so that its file does not grow and nobody waits for its disk.
    """
    redis.setrange("daybreak:nothing", 0, "")
