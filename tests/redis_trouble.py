"""What can befall a Redis, for tests of who depends on it: each trouble begins, and is over."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import redis

from sandbox.servers.redis import Redis

PATIENCE = 60.0
SAID = (("Everything waits until it is back.", "away"), ("Redis is back.", "back"))


def _until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@contextmanager
def stopped(server: Redis) -> Iterator[None]:
    """Ended politely, then started again on the same port and data."""
    server.stop()
    try:
        yield
    finally:
        server.start()


@contextmanager
def killed(server: Redis) -> Iterator[None]:
    """The same as by a crash."""
    server.kill()
    try:
        yield
    finally:
        server.start()


@contextmanager
def hanging(server: Redis) -> Iterator[None]:
    """Takes connections and requests, and answers none until it goes on."""
    pid = server.pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


@contextmanager
def read_only(server: Redis) -> Iterator[None]:
    """A replica, as after a fail-over: READONLY."""
    with redis.Redis.from_url(server.url) as connection:
        connection.replicaof("127.0.0.1", 9)
        try:
            yield
        finally:
            connection.replicaof("NO", "ONE")


@contextmanager
def full(server: Redis) -> Iterator[None]:
    """Its memory is used up, and nothing may be evicted: OOM."""
    with redis.Redis.from_url(server.url) as connection:
        connection.config_set("maxmemory", "1")
        try:
            yield
        finally:
            connection.config_set("maxmemory", "0")


@contextmanager
def unable_to_save(server: Redis) -> Iterator[None]:
    """Its last snapshot failed: MISCONF."""
    with redis.Redis.from_url(server.url) as connection:
        in_the_way = Path(connection.config_get("dir")["dir"]) / "dump.rdb"
        in_the_way.unlink(missing_ok=True)
        in_the_way.mkdir()
        connection.config_set("save", "3600 100000")
        _save(connection, "err")
        try:
            yield
        finally:
            in_the_way.rmdir()
            _save(connection, "ok")
            connection.config_set("save", "")


def _save(connection: Any, comes_out: str) -> None:
    connection.bgsave()

    def saved() -> bool:
        found = connection.info("persistence")
        over = not found["rdb_bgsave_in_progress"]
        return bool(over and found["rdb_last_bgsave_status"] == comes_out)

    _until(saved)


TROUBLES: tuple[Callable[[Redis], AbstractContextManager[None]], ...] = (
    stopped,
    killed,
    hanging,
    read_only,
    full,
    unable_to_save,
)


class Lines:
    """What a process says of Redis in its log, from now on."""

    def __init__(self, log: Path) -> None:
        self._log, self._before = log, 0
        # another test's trouble may be over, and not noticed yet
        _until(lambda: self.changes()[-1:] != ["away"])
        self._before = len(log.read_text())

    def said(self) -> str:
        """Everything since."""
        return self._log.read_text()[self._before :]

    def changes(self) -> list[str]:
        """What it said, in order: `away`, `back`."""
        return [word for line in self.said().splitlines() for end, word in SAID if end in line]

    def assert_told_in_turn(self) -> None:
        """Nothing twice in a row, the last word that it is back, and no trace of an error."""
        changes = self.changes()
        assert changes == ["away", "back"] * (len(changes) // 2), self.said()
        assert "Traceback" not in self.said(), self.said()
