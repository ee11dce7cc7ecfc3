"""Both stores, with an engine that can be asked what it was given."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis as redis_library
from rq import Queue
from rq.serializers import JSONSerializer
from store_ground import Clock, Ground, ListEngine

from migration.adapters.memory_store import MemoryStore
from migration.adapters.redis_store import RedisStore
from migration.adapters.rq_engine import CUT_OVERS, STEPS, RqEngine
from sandbox.servers.redis import Redis
from sandbox.servers.resolve import resolve


@pytest.fixture(scope="session")
def redis_server() -> Iterator[Redis]:
    """One real Redis for all contract tests."""
    with tempfile.TemporaryDirectory(prefix="daybreak-contract-") as folder:
        Path(folder).chmod(0o755)
        server = Redis(resolve("redis"), Path(folder) / "redis", log=Path(folder) / "redis.log")
        server.start()
        yield server
        server.stop()


@pytest.fixture
def connection(redis_server: Redis) -> Iterator[redis_library.Redis]:
    """An empty database."""
    with redis_library.Redis.from_url(redis_server.url) as connection:
        connection.flushall()
        yield connection


@pytest.fixture(params=["memory", "redis"])
def ground(request: pytest.FixtureRequest) -> Ground:
    """Each store in turn."""
    clock = Clock()
    if request.param == "memory":
        engine = ListEngine()
        return Ground(
            MemoryStore(engine, clock),
            clock,
            lambda: [(work.migration_id, work.step, work.version) for work in engine.work],
        )
    connection = request.getfixturevalue("connection")
    queues = [Queue(name, connection, serializer=JSONSerializer) for name in (STEPS, CUT_OVERS)]
    return Ground(
        RedisStore(connection, RqEngine(connection), clock),
        clock,
        lambda: [tuple(job.args) for queue in queues for job in queue.jobs],
    )
