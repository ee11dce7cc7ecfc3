"""A Redis that keeps what it is told: append-only, synced at every write, nothing evicted."""

import secrets
import time
from pathlib import Path

import redis

from sandbox.servers.account import give
from sandbox.servers.resolve import Program
from sandbox.servers.server_process import ServerProcess, free_port, make_directory

LOADING_SECONDS = 30.0
POLL_SECONDS = 0.01


class Redis:
    """One server on the loopback interface; its data survives a restart."""

    def __init__(
        self,
        program: Program,
        directory: Path,
        *,
        log: Path,
        port: int | None = None,
        password: str | None = None,
    ) -> None:
        """Lay out its folder; `start` runs it."""
        self.host = "127.0.0.1"
        self.port = port or free_port()
        self._password = password or secrets.token_urlsafe(24)
        make_directory(directory)
        configuration = directory / "redis.conf"
        configuration.touch(mode=0o600)
        configuration.write_text(self._configuration(directory))
        give(configuration)
        self._process = ServerProcess(
            [program.path("redis-server"), str(configuration)],
            environment=program.environment,
            pid_file=directory / "redis.pid",
            log=log,
        )

    @property
    def url(self) -> str:
        """For REDIS_URL, password included."""
        return f"redis://:{self._password}@{self.host}:{self.port}/0"

    @property
    def pid(self) -> int | None:
        """The server's process id while it runs."""
        return self._process.pid

    @property
    def pid_file(self) -> Path:
        """Where that id is on disk while it runs."""
        return self._process.pid_file

    def start(self) -> None:
        """Run it; on return it answers, what it kept read in."""
        self._process.start(self.host, self.port)
        deadline = time.monotonic() + LOADING_SECONDS
        with redis.Redis.from_url(self.url) as connection:
            while True:
                try:
                    connection.ping()
                except redis.exceptions.BusyLoadingError:
                    if time.monotonic() > deadline:
                        raise
                    time.sleep(POLL_SECONDS)
                else:
                    return

    def stop(self) -> None:
        """End it politely."""
        self._process.stop()

    def kill(self) -> None:
        """End it as a crash would."""
        self._process.kill()

    def _configuration(self, directory: Path) -> str:
        return "\n".join(
            [
                f"bind {self.host}",
                f"port {self.port}",
                f"dir {directory}",
                f"requirepass {self._password}",
                "protected-mode yes",
                "appendonly yes",
                "appendfsync always",
                "maxmemory-policy noeviction",
                'save ""',
                "daemonize no",
                "",
            ]
        )
