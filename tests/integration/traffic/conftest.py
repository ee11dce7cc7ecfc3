"""Two real servers, a real pooler with its agent, and a Secrets Manager."""

import itertools
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from moto.server import ThreadedMotoServer
from traffic_ground import PASSWORD, SOURCE, Cloud, Ground

from sandbox.servers.certificates import Authority
from sandbox.servers.postgres import PostgresServer
from sandbox.servers.resolve import resolve
from sandbox.servers.server_process import free_port

ADDRESS = "127.0.0.1"
NUMBERS = itertools.count(1)
# No test pulls the plug: nothing has to reach the disk.
SETTINGS = {"max_connections": "100", "fsync": "off"}


@pytest.fixture(scope="session")
def run_directory() -> Iterator[Path]:
    """A short folder that the servers' account may enter."""
    directory = Path(tempfile.mkdtemp(prefix="daybreak-traffic-"))
    directory.chmod(0o755)
    yield directory
    shutil.rmtree(directory)


@pytest.fixture(scope="session")
def authority(run_directory: Path) -> Authority:
    """Signs every certificate that is right."""
    return Authority(run_directory / "authority", "ca")


@pytest.fixture(scope="session")
def servers(
    run_directory: Path, authority: Authority
) -> Iterator[tuple[PostgresServer, PostgresServer]]:
    """The source and the target: two servers of the same make-up."""
    made: list[PostgresServer] = []
    for name in ("source", "target"):
        server = PostgresServer(
            run_directory / name,
            address=ADDRESS,
            port=free_port(ADDRESS),
            program=resolve("postgres"),
            pid_file=run_directory / f"{name}.pid",
        )
        server.create()
        server.secure(authority)
        server.configure(SETTINGS, [f"hostssl app app {ADDRESS}/32 scram-sha-256"])
        server.start()
        quoted = PASSWORD.replace("'", "''")
        server.query(f"CREATE ROLE app LOGIN PASSWORD '{quoted}'")
        server.query("CREATE DATABASE app OWNER app")
        with server.connect("app") as connection:
            connection.execute("CREATE TABLE written (client int, n int)")
            connection.execute("ALTER TABLE written OWNER TO app")
        made.append(server)
    yield made[0], made[1]
    for server in made:
        server.stop()


@pytest.fixture
def source(servers: tuple[PostgresServer, PostgresServer]) -> PostgresServer:
    """The server that the entry leads to at first, its table empty."""
    return _emptied(servers[0])


@pytest.fixture
def target(servers: tuple[PostgresServer, PostgresServer]) -> PostgresServer:
    """The server to move to, its table empty."""
    return _emptied(servers[1])


def _emptied(server: PostgresServer) -> PostgresServer:
    with server.connect("app") as connection:
        connection.execute("TRUNCATE written")
    return server


# moto's state is the process's: another module's cloud begins by emptying it.
@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    """A Secrets Manager with the application's password."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    cloud = Cloud(f"http://{host}:{port}")
    cloud.put("app/orders", {"username": "app", "password": PASSWORD, "dbname": "app"})
    yield cloud
    server.stop()


@contextmanager
def _grounds(
    run_directory: Path, authority: Authority, cloud: Cloud, source: PostgresServer
) -> Iterator[Callable[..., Ground]]:
    made: list[Ground] = []

    def make(entries: list[dict[str, Any]] | None = None) -> Ground:
        place = run_directory / f"ground-{next(NUMBERS)}"
        place.mkdir()
        entry = {
            "name": SOURCE,
            "source": SOURCE,
            "secret": "app/orders",
            "host": source.address,
            "port": source.port,
            "validation": "orders_validation",
        }
        ground = Ground(place, authority, cloud, entries or [entry])
        made.append(ground)
        ground.pooler.start()
        ground.start_agent()
        return ground

    try:
        yield make
    finally:
        for ground in made:
            ground.close()


@pytest.fixture
def make_ground(
    run_directory: Path, authority: Authority, cloud: Cloud, source: PostgresServer
) -> Iterator[Callable[..., Ground]]:
    """Makes poolers with agents, up; each has a folder of its own."""
    with _grounds(run_directory, authority, cloud, source) as make:
        yield make


@pytest.fixture(scope="module")
def shared_ground(
    run_directory: Path,
    authority: Authority,
    cloud: Cloud,
    servers: tuple[PostgresServer, PostgresServer],
) -> Iterator[Ground]:
    """One for the tests that change nothing."""
    with _grounds(run_directory, authority, cloud, servers[0]) as make:
        yield make()


@pytest.fixture(scope="session")
def source_port(servers: tuple[PostgresServer, PostgresServer]) -> int:
    """Where the source listens."""
    return servers[0].port


@pytest.fixture
def ground(make_ground: Callable[..., Ground]) -> Ground:
    """A pooler and its agent, both up."""
    return make_ground()
