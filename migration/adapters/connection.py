"""Opens Redis, and refuses one that could forget what it was told."""

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from migration.adapters.settings import RedisSettings
from migration.errors import StoreUnavailable, UnsafeStore

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
    """A client of a Redis that answers and is set up to lose nothing.

    Raises:
        StoreUnavailable: no answer.
        UnsafeStore: the message names each setting that is wrong.
    """
    redis = client(settings)
    try:
        redis.ping()
        found = {name: _config(redis, name) for name in WANTED}
    except RedisError as error:
        raise StoreUnavailable(f"Redis (REDIS_URL) does not answer: {error}") from error
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
