"""A real server with the application's tables, and a ledger that real writers have written."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest
from workload_ground import PASSWORD, Written, acknowledged, app_dsn, eventually

from sandbox.servers.certificates import Authority
from sandbox.servers.postgres import REPLICATION_ROLE, PostgresServer
from sandbox.servers.resolve import resolve
from sandbox.servers.server_process import free_port
from sandbox.workload.data import load
from sandbox.workload.writers import Writers

ADDRESS = "127.0.0.1"
# No test pulls the plug: nothing has to reach the disk.
SETTINGS = {"max_connections": "100", "wal_keep_size": "64MB", "fsync": "off"}
HBA = (
    f"hostssl all app {ADDRESS}/32 scram-sha-256",
    f"hostssl all app_owner {ADDRESS}/32 reject",
)


@pytest.fixture(scope="session")
def run_directory() -> Iterator[Path]:
    """A short folder that the servers' account may enter."""
    directory = Path(tempfile.mkdtemp(prefix="daybreak-test-"))
    directory.chmod(0o755)
    yield directory
    shutil.rmtree(directory)


@pytest.fixture(scope="session")
def authority(run_directory: Path) -> Authority:
    """Signs the certificates of the servers, the pooler and its clients."""
    return Authority(run_directory / "certificates", "ca")


@pytest.fixture(scope="session")
def server(run_directory: Path, authority: Authority) -> Iterator[PostgresServer]:
    """A server with the application's roles and a small `template` of its database."""
    server = PostgresServer(
        run_directory / "source",
        address=ADDRESS,
        port=free_port(),
        program=resolve("postgres"),
        pid_file=run_directory / "source.pid",
    )
    server.create()
    server.secure(authority)
    server.configure(SETTINGS, HBA)
    server.start()
    server.query(f"CREATE ROLE {REPLICATION_ROLE} LOGIN REPLICATION")
    server.query("CREATE ROLE app_owner NOLOGIN")
    server.query(f"CREATE ROLE app LOGIN PASSWORD '{PASSWORD}' IN ROLE app_owner")
    server.query("CREATE DATABASE template OWNER app_owner")
    load(server.dsn("template"), 10, 5000)
    yield server
    server.stop()


@pytest.fixture(scope="session")
def make_database(server: PostgresServer) -> Callable[[str], str]:
    """Makes a database from a template, and gives its name."""
    numbers = count(1)

    def make(template: str) -> str:
        name = f"app{next(numbers)}"
        server.query(f"CREATE DATABASE {name} TEMPLATE {template} OWNER app_owner")
        return name

    return make


@pytest.fixture
def database(
    server: PostgresServer, make_database: Callable[[str], str]
) -> Iterator[Callable[..., str]]:
    """Makes databases for one test."""
    made: list[str] = []

    def make(template: str = "template") -> str:
        made.append(make_database(template))
        return made[-1]

    yield make
    for name in made:
        server.query(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def written(
    server: PostgresServer,
    make_database: Callable[[str], str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Written:
    """A few hundred transactions of four writers; take a copy before you damage it."""
    name = make_database("template")
    records = tmp_path_factory.mktemp("records") / "writers.tsv"
    writers = Writers(app_dsn(server, name), records, writers=4)
    eventually(lambda: acknowledged(records) > 200)
    writers.stop()
    return Written(name, records)


@pytest.fixture
def standby(
    run_directory: Path, server: PostgresServer, authority: Authority
) -> Iterator[PostgresServer]:
    """A streaming replica of the server, with certificate and rules of its own."""
    replica = PostgresServer(
        run_directory / "target",
        address=ADDRESS,
        port=free_port(),
        program=server.program,
        pid_file=run_directory / "target.pid",
    )
    replica.base_backup_from(server, slot="target")
    replica.secure(authority)
    replica.configure({**SETTINGS, **replica.follow(server, "target")}, HBA)
    replica.start()
    yield replica
    replica.stop()
    server.query("SELECT pg_drop_replication_slot('target')")
    shutil.rmtree(replica.directory)
