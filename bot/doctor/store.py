"""Redis: that it answers, takes writes, and loses and evicts nothing."""

from collections.abc import Iterator

from redis import Redis
from redis.exceptions import RedisError

from migration.adapters.connection import WANTED, try_to_write
from migration.examination import Finding, failure, good

ANSWERS, WRITES, PERSISTENCE, EVICTION = (
    "Redis",
    "Redis writes",
    "Redis persistence",
    "Redis eviction",
)
_SETTINGS = {PERSISTENCE: ("appendonly", "appendfsync"), EVICTION: ("maxmemory-policy",)}
_REACH = "See that Redis runs, and that REDIS_URL has its host, port and password."
_WRITE = "Point REDIS_URL at the primary, and see to its memory and its disk."


def answers(redis: Redis) -> Finding:
    """Whether there is one."""
    try:
        redis.ping()
    except RedisError as error:
        return failure(ANSWERS, f"does not answer: {error}", _REACH)
    return good(ANSWERS, "answers")


def keeps(redis: Redis) -> Iterator[Finding]:
    """How it is set up, and whether that works at the moment."""
    for name, settings in _SETTINGS.items():
        yield _set_up(redis, name, settings)
    try:
        try_to_write(redis)
    except RedisError as error:
        yield failure(WRITES, f"takes none: {error}", _WRITE)
    else:
        yield good(WRITES, "takes them")


def _set_up(redis: Redis, name: str, settings: tuple[str, ...]) -> Finding:
    try:
        found = {one: _config(redis, one) for one in settings}
    except RedisError as error:
        return failure(
            name, f"could not be looked at: {error}", "Let Daybreak's user call CONFIG GET."
        )
    said = ", ".join(f"{one} is `{value}`" for one, value in found.items())
    if all(found[one] == WANTED[one] for one in settings):
        return good(name, said)
    wanted = " and ".join(f"`{one} {WANTED[one]}`" for one in settings)
    return failure(name, said, f"Set {wanted} in redis.conf, and restart Redis.")


def _config(redis: Redis, name: str) -> str:
    answer: dict[str, str] = redis.config_get(name)  # type: ignore[assignment]  # redis-py says Awaitable | Any
    return answer.get(name, "unknown")
