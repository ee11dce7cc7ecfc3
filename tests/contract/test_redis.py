"""What only Redis can get wrong: settings that forget, jobs in pickle, a server that is away."""

import json
import time
import zlib
from collections.abc import Callable

import pytest
import redis as redis_library
from pydantic import SecretStr
from rq import Queue
from rq.job import Job
from rq.serializers import JSONSerializer
from store_ground import Clock

from migration.adapters.connection import client, open_redis
from migration.adapters.redis_store import RedisStore
from migration.adapters.rq_engine import CUT_OVERS, STEPS, RqEngine
from migration.adapters.settings import RedisSettings, SettingsWrong, read_settings
from migration.errors import StoreUnavailable, UnsafeStore
from migration.plan import CUT_OVER
from migration.ports import Work
from sandbox.servers.redis import Redis
from sandbox.servers.server_process import free_port


def settings(url: str) -> RedisSettings:
    """Settings for one address."""
    return RedisSettings(REDIS_URL=SecretStr(url))  # type: ignore[call-arg]  # by its alias


def test_a_redis_that_keeps_everything_is_accepted(redis_server: Redis) -> None:
    """The sandbox's own is set up as production's must be."""
    open_redis(settings(redis_server.url)).close()


def until(condition: Callable[[], bool]) -> None:
    """Poll, with a generous limit."""
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.mark.parametrize(
    ("name", "bad", "good"),
    [
        ("appendfsync", "everysec", "always"),
        ("appendonly", "no", "yes"),
        ("maxmemory-policy", "allkeys-lru", "noeviction"),
    ],
)
def test_a_redis_that_could_forget_is_refused(
    redis_server: Redis, connection: redis_library.Redis, name: str, bad: str, good: str
) -> None:
    """The error names the setting and what it must be."""
    connection.config_set(name, bad)
    try:
        with pytest.raises(UnsafeStore, match=f"{name} is `{bad}` and must be `{good}`"):
            open_redis(settings(redis_server.url))
    finally:
        connection.config_set(name, good)
        # Until the file is written anew, this server could not be ended politely.
        until(lambda: not connection.info("persistence")["aof_rewrite_in_progress"])


def test_a_redis_that_is_away_is_told_and_its_password_is_not() -> None:
    """Whoever starts a process sees which setting to look at."""
    with pytest.raises(StoreUnavailable, match="REDIS_URL") as refused:
        open_redis(settings(f"redis://:geheim@127.0.0.1:{free_port()}/0"))

    assert "geheim" not in str(refused.value)


def test_a_store_without_redis_says_that_nothing_was_recorded() -> None:
    """No call hangs, and none pretends."""
    connection = client(settings(f"redis://127.0.0.1:{free_port()}/0"))
    store = RedisStore(connection, RqEngine(connection), Clock())
    with pytest.raises(StoreUnavailable, match="Nothing was recorded"):
        store.load("orders-0001")


def test_missing_settings_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """The message is a list of variables to set."""
    monkeypatch.delenv("REDIS_URL", raising=False)
    with pytest.raises(SettingsWrong, match="REDIS_URL: Field required"):
        read_settings(RedisSettings)


def test_jobs_are_json_and_only_the_cut_over_is_never_repeated(
    connection: redis_library.Redis,
) -> None:
    """Ids as JSON; retries on every job but the cut-over's, which has no time-out either."""
    engine = RqEngine(connection)
    engine.submit(Work("m-1", "check_source", 3))
    engine.submit(Work("m-1", CUT_OVER, 4))
    jobs: dict[str, Job] = {
        name: Queue(name, connection, serializer=JSONSerializer).jobs[0]
        for name in (STEPS, CUT_OVERS)
    }

    stored = connection.hget(f"rq:job:{jobs[STEPS].id}", "data")
    assert isinstance(stored, bytes)
    assert json.loads(zlib.decompress(stored))[2] == ["m-1", "check_source", 3]
    assert jobs[STEPS].retries_left == 2
    assert jobs[CUT_OVERS].retries_left is None
    assert jobs[CUT_OVERS].timeout == -1
