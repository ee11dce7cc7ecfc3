"""A Redis, a workspace and the bot's two processes, shared by the tests of a session."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from bot_ground import Ground, Process, full_cast

from sandbox.servers.redis import Redis
from sandbox.servers.resolve import resolve
from sandbox.servers.server_process import free_port
from sandbox.slack.tokens import Tokens
from sandbox.slack.workspace import Workspace


@pytest.fixture(scope="session")
def bot_directory() -> Iterator[Path]:
    """A short folder that Redis's account may enter."""
    directory = Path(tempfile.mkdtemp(prefix="daybreak-bot-"))
    directory.chmod(0o755)
    yield directory
    shutil.rmtree(directory)


def _redis(directory: Path, name: str) -> Redis:
    server = Redis(resolve("redis"), directory / name, log=directory / f"{name}.log")
    server.start()
    return server


def _stop(ground: Ground) -> None:
    codes = {name: process.stop() for name, process in ground.processes.items()}
    ground.redis.close()
    assert set(codes.values()) == {0}, codes


@pytest.fixture(scope="session")
def ground(bot_directory: Path) -> Iterator[Ground]:
    """The bot in Socket Mode."""
    server = _redis(bot_directory, "redis")
    with Workspace(Tokens.generate(), full_cast()) as workspace:
        made = Ground(workspace, server.url)
        environment = made.environment(workspace, server.url)
        for name, arguments, ready in (
            ("bot", [], "Listening to Slack"),
            ("channel", ["channel"], "Showing migrations"),
        ):
            log = bot_directory / f"{name}.log"
            made.processes[name] = Process(arguments, environment, log, ready)
            made.processes[name].start()
        yield made
        _stop(made)
    server.stop()


@pytest.fixture(scope="session")
def http_ground(bot_directory: Path) -> Iterator[Ground]:
    """The bot behind signed HTTP requests, with a workspace and a Redis of its own."""
    server = _redis(bot_directory, "http-redis")
    port = free_port()
    url = f"http://127.0.0.1:{port}/slack/events"
    with Workspace(
        Tokens.generate(), full_cast(), transport="http", request_url=url
    ) as workspace:
        made = Ground(workspace, server.url)
        environment = made.environment(
            workspace, server.url, DAYBREAK_SLACK_TRANSPORT="http", DAYBREAK_HTTP_PORT=str(port)
        )
        for name, arguments, ready in (
            ("bot", [], "Listening for Slack"),
            ("channel", ["channel"], "Showing migrations"),
        ):
            log = bot_directory / f"http-{name}.log"
            made.processes[name] = Process(arguments, environment, log, ready)
            made.processes[name].start()
        yield made
        _stop(made)
    server.stop()
