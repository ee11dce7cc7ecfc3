"""The sandbox's Redis keeps what it was told."""

from pathlib import Path

import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from sandbox.servers.redis import Redis
from sandbox.servers.resolve import resolve


def test_it_is_set_up_to_lose_nothing(run_directory: Path) -> None:
    """Every write is on disk before its answer: it is there after a kill -9."""
    server = Redis(resolve("redis"), run_directory / "redis", log=run_directory / "redis.log")
    server.start()
    try:
        assert server.pid_file.read_text().split()[0] == str(server.pid)
        with redis.Redis.from_url(server.url) as client:
            wanted = {
                "appendonly": "yes",
                "appendfsync": "always",
                "maxmemory-policy": "noeviction",
            }
            assert {name: client.config_get(name)[name] for name in wanted} == wanted
            client.set("kept", "yes")
        server.kill()
        assert server.pid is None
        server.start()
        with redis.Redis.from_url(server.url) as client:
            assert client.get("kept") == b"yes"
        with (
            redis.Redis(port=server.port, retry=Retry(NoBackoff(), 0)) as stranger,
            pytest.raises(redis.AuthenticationError),
        ):
            stranger.ping()
    finally:
        server.stop()
