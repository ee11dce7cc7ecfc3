"""One Redis for the workers' tests, emptied before each."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from workers_ground import settings

from sandbox.servers.redis import Redis
from sandbox.servers.resolve import resolve
from workers.app import Workbench, compose


@pytest.fixture(scope="module")
def redis_server() -> Iterator[Redis]:
    """A server of this module's own."""
    with tempfile.TemporaryDirectory(prefix="daybreak-workers-") as folder:
        Path(folder).chmod(0o755)
        server = Redis(resolve("redis"), Path(folder) / "redis", log=Path(folder) / "redis.log")
        server.start()
        yield server
        server.stop()


@pytest.fixture
def environment(tmp_path: Path, redis_server: Redis) -> dict[str, str]:
    """Complete settings."""
    return settings(tmp_path, redis_server)


@pytest.fixture
def bench(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Workbench]:
    """The workbench over an empty store."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    bench = compose()
    bench.redis.flushall()
    yield bench
    bench.close()
