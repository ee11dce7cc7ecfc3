"""A Redis, a workspace and the bot's two processes, shared by the tests of a session."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from bot_ground import POLICY, Ground, full_cast

from sandbox.servers.redis import Redis
from sandbox.servers.resolve import resolve
from sandbox.servers.server_process import free_port
from sandbox.slack.people.person import Person
from sandbox.slack.timings import Timings
from sandbox.slack.tokens import Tokens
from sandbox.slack.workspace import Workspace


@pytest.fixture(scope="session")
def bot_directory() -> Iterator[Path]:
    """A short folder that Redis's account may enter."""
    directory = Path(tempfile.mkdtemp(prefix="daybreak-bot-"))
    directory.chmod(0o755)
    yield directory
    shutil.rmtree(directory)


@contextmanager
def _ground(directory: Path, name: str, **more: Any) -> Iterator[Ground]:
    """A Redis and a workspace."""
    own = directory / name
    own.mkdir(mode=0o755)
    server = Redis(resolve("redis"), own / "redis", log=own / "redis.log")
    server.start()
    with Workspace(Tokens.generate(), full_cast(), **more) as workspace:
        made = Ground(workspace, server, own)
        try:
            yield made
        finally:
            made.ends()
            server.stop()


@pytest.fixture(scope="session")
def socket_ground(bot_directory: Path) -> Iterator[Ground]:
    """The bot in Socket Mode, and its channel worker; both with a policy."""
    policy = bot_directory / "policy.toml"
    policy.write_text(POLICY)
    under = {"DAYBREAK_APPROVAL_POLICY": str(policy)}
    with _ground(bot_directory, "socket", timings=Timings(socket_refresh=0.5)) as made:
        bot = made.bot("Listening to Slack", **under)
        yield made.runs(bot=bot, channel=made.channel_worker(**under))


@pytest.fixture(scope="session")
def http_ground(bot_directory: Path) -> Iterator[Ground]:
    """The bot behind signed HTTP requests, and its channel worker."""
    port = free_port()
    url = f"http://127.0.0.1:{port}/slack/events"
    with _ground(bot_directory, "http", transport="http", request_url=url) as made:
        bot = made.bot(
            "Listening for Slack", DAYBREAK_SLACK_TRANSPORT="http", DAYBREAK_HTTP_PORT=str(port)
        )
        yield made.runs(bot=bot, channel=made.channel_worker())


@pytest.fixture(scope="module")
def own_ground(request: pytest.FixtureRequest, bot_directory: Path) -> Iterator[Ground]:
    """Neither process, and nothing of other modules' tests: what is listed is this one's."""
    with _ground(bot_directory, request.module.__name__.rsplit(".", 1)[-1]) as made:
        yield made


ONE_OF = pytest.mark.one_of("transports", "ground")


@pytest.fixture(params=[pytest.param(way, marks=ONE_OF) for way in ("socket", "http")])
def ground(request: pytest.FixtureRequest) -> Ground:
    """One after the other: what people do and see is the same on both transports."""
    found: Ground = request.getfixturevalue(f"{request.param}_ground")
    return found


@pytest.fixture(scope="session")
def quiet_ground(bot_directory: Path) -> Iterator[Ground]:
    """Neither: the test runs what it needs."""
    with _ground(bot_directory, "quiet") as made:
        yield made


@pytest.fixture
def rita(ground: Ground) -> Iterator[Person]:
    """She leaves no form open."""
    yield ground.rita
    if ground.rita.modal() is not None:
        ground.rita.close(everything=True)


@pytest.fixture(autouse=True)
def a_good_day(request: pytest.FixtureRequest) -> Iterator[None]:
    """Whatever a test did to Slack is over with the test."""
    names = {"ground", "socket_ground", "http_ground", "quiet_ground", "own_ground"} & set(
        request.fixturenames
    )
    used: list[Ground] = [request.getfixturevalue(name) for name in sorted(names)]
    yield
    for ground in used:
        ground.trouble.end()
