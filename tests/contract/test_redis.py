"""What only Redis can get wrong: settings that forget, jobs in pickle, a server that is away."""

import json
import time
import zlib
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
import redis as redis_library
from losing_answers import LosingAnswers
from pydantic import SecretStr
from redis_trouble import full, read_only, unable_to_save
from rq import Queue
from rq.job import Job
from rq.serializers import JSONSerializer
from store_ground import Clock, a_migration

from migration.adapters.connection import client, open_redis
from migration.adapters.redis_store import RedisStore
from migration.adapters.rq_engine import CUT_OVERS, STEPS, RqEngine
from migration.adapters.settings import RedisSettings, SettingsWrong, read_settings
from migration.errors import OutcomeUnknown, SourceBusy, StoreUnavailable, UnsafeStore
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


def test_an_engine_without_redis_says_the_same() -> None:
    """Whatever is queued outside of a commit: its callers know one error."""
    connection = client(settings(f"redis://127.0.0.1:{free_port()}/0"))
    engine = RqEngine(connection)
    for queue in (
        lambda: engine.submit(Work("m-1", "check_source", 3)),
        lambda: engine.observe("m-1"),
        lambda: engine.refresh("m-1"),
        lambda: engine.answer("m-1", "a modal"),
    ):
        with pytest.raises(StoreUnavailable, match="Nothing was recorded"):
            queue()


@pytest.mark.parametrize("trouble", [read_only, full, unable_to_save])
def test_a_redis_that_takes_no_writes_is_refused(
    redis_server: Redis, trouble: Callable[[Redis], AbstractContextManager[None]]
) -> None:
    """It would answer, and keep nothing; asked while all is well, the same look changes nothing."""
    with redis_library.Redis.from_url(redis_server.url) as connection:
        keys = set(connection.keys())
        with trouble(redis_server), pytest.raises(StoreUnavailable, match="REDIS_URL"):
            open_redis(settings(redis_server.url))
        open_redis(settings(redis_server.url)).close()
        assert set(connection.keys()) == keys


def test_a_commit_whose_answer_is_lost_is_not_called_unrecorded(
    redis_server: Redis, connection: redis_library.Redis
) -> None:
    """It was recorded, and nobody could know: the error says so, and a repetition conflicts."""
    migration = a_migration("m-lost")
    with (
        LosingAnswers(redis_server, after=b"EXEC") as line,
        client(settings(line.url)) as through,
        pytest.raises(OutcomeUnknown, match="may be recorded or not"),
    ):
        RedisStore(through, RqEngine(through), Clock()).create(migration, [], None)
    # somebody waits for the error, and Redis may be slow
    assert line.asked_afterwards == 0
    store = RedisStore(connection, RqEngine(connection), Clock())
    assert store.load(migration.id) == migration
    with pytest.raises(SourceBusy):
        store.create(migration, [], None)


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
