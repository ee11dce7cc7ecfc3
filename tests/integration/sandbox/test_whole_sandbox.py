"""A whole sandbox: every part real and reachable, the Procfile's lines kept running."""

import os
import shlex
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import boto3
import httpx
import psycopg
import pytest
import redis
from slack_sdk import WebClient

from sandbox import leftovers
from sandbox.places import places
from sandbox.readiness import answers
from sandbox.settings import Options, UsageError
from sandbox.slack.people import Wire
from sandbox.supervisor import Sandbox
from sandbox.workload.ledger import account
from sandbox.workload.records import read

LIMIT_SECONDS = 60.0
CONTRACT = {
    "SLACK_API_URL",
    "SLACK_BOT_TOKEN",
    "SLACK_APP_TOKEN",
    "SLACK_SIGNING_SECRET",
    "AWS_ENDPOINT_URL",
    "AWS_REGION",
    "REDIS_URL",
    "DAYBREAK_APP_DSN",
    "DAYBREAK_SOURCE_DSN",
    "DAYBREAK_PGBOUNCER_ADMIN_DSN",
}


def eventually(claim: Callable[[], bool]) -> None:
    """Wait until the claim holds."""
    deadline = time.monotonic() + LIMIT_SECONDS
    while not claim():
        assert time.monotonic() < deadline, "it did not become true"
        time.sleep(0.05)


def quiet(_line: str) -> None:
    """Nobody reads what these sandboxes tell."""


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    """A folder of its own for `.sandbox`."""
    with tempfile.TemporaryDirectory() as directory:
        yield Path(directory)


@pytest.fixture(scope="module")
def sandbox(home: Path) -> Iterator[Sandbox]:
    """A small one with a single source; after it nothing is left."""
    options = Options(
        home=home,
        data_mb=10,
        rows=2000,
        writers=2,
        think_ms=5,
        instances=("orders",),
        environment=dict(os.environ),
    )
    with Sandbox(options, quiet) as sandbox:
        yield sandbox
    assert leftovers.belonging_to(options.run_directory) == []
    assert not options.run_directory.exists()
    assert not (options.visible / "env").exists()


def sourced(sandbox: Sandbox) -> dict[str, str]:
    """What a shell has after sourcing the file."""
    text = (sandbox.options.visible / "env").read_text()
    pairs = [word.split("=", 1) for word in shlex.split(text) if "=" in word]
    return dict(pairs)


def test_the_file_names_what_others_measure_with(sandbox: Sandbox) -> None:
    """Exactly the variables of the contract, and boto3's credentials."""
    assert set(sourced(sandbox)) == CONTRACT | {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"}


def test_the_databases_are_where_the_file_says(sandbox: Sandbox) -> None:
    """Through the pooler with a certificate, straight with a password, and the console."""
    values = sourced(sandbox)
    seen = []
    for name in ("DAYBREAK_APP_DSN", "DAYBREAK_SOURCE_DSN"):
        with psycopg.connect(values[name], autocommit=True, prepare_threshold=None) as connection:
            seen.append(
                connection.execute("SELECT current_user, count(*) > 0 FROM accounts").fetchone()
            )
    with psycopg.connect(
        values["DAYBREAK_PGBOUNCER_ADMIN_DSN"], autocommit=True, prepare_threshold=None
    ) as console:
        version = console.pgconn.exec_(b"SHOW VERSION").get_value(0, 0)

    assert seen == [("app", True), ("app", True)]
    assert version is not None
    assert version.startswith(b"PgBouncer")


def test_the_services_are_where_the_file_says(sandbox: Sandbox) -> None:
    """Redis, AWS and Slack answer a client of anybody's."""
    values = sourced(sandbox)
    with redis.Redis.from_url(values["REDIS_URL"]) as connection:
        assert connection.ping()
    rds = boto3.client(
        "rds",
        endpoint_url=values["AWS_ENDPOINT_URL"],
        region_name=values["AWS_REGION"],
        aws_access_key_id=values["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=values["AWS_SECRET_ACCESS_KEY"],
    )
    names = [found["DBInstanceIdentifier"] for found in rds.describe_db_instances()["DBInstances"]]
    rds.close()
    slack = WebClient(values["SLACK_BOT_TOKEN"], base_url=values["SLACK_API_URL"])

    assert names == ["orders"]
    assert slack.auth_test()["ok"]


def test_people_are_told_where_to_go_and_what_to_type(sandbox: Sandbox) -> None:
    """The page's address is there to be opened."""
    assert sandbox.workspace is not None
    told = places(sandbox)
    front = httpx.get(sandbox.workspace.base_url, trust_env=False)

    assert f"Open    {sandbox.workspace.base_url}\n" in told
    assert "/migrate start orders" in told
    assert "not Slack" in front.text


def test_every_line_of_the_procfile_runs(sandbox: Sandbox) -> None:
    """The very lines that a platform would start."""
    assert set(sandbox.processes) == {"bot", "channel", "worker", "reconciler", "pooler"}
    eventually(lambda: all(process.running for process in sandbox.processes.values()))


def test_each_process_signs_with_a_key_of_its_own(sandbox: Sandbox) -> None:
    """What calls nothing of AWS has none; nobody was denied anything so far."""
    assert sandbox.cloud is not None
    permissions = sandbox.cloud.permissions
    eventually(lambda: all(process.running for process in sandbox.processes.values()))
    signs = {}
    for name, process in sandbox.processes.items():
        environ = Path(f"/proc/{process.pid}/environ").read_text()
        values = dict(pair.split("=", 1) for pair in environ.split("\0") if "=" in pair)
        signs[name] = values.get("AWS_ACCESS_KEY_ID")

    assert signs == {
        "bot": None,
        "channel": None,
        "worker": "worker",
        "reconciler": "reconciler",
        "pooler": "pooler",
    }
    eventually(lambda: {"reconciler", "pooler"} <= {one.role for one in permissions.asked})
    assert permissions.denied == ()


def test_a_killed_process_comes_back_to_work(sandbox: Sandbox) -> None:
    """The bot dies, and listens again."""
    assert sandbox.workspace is not None
    wire, bot = Wire(sandbox.workspace.base_url), sandbox.processes["bot"]
    before = (bot.pid, wire.sockets())
    bot.kill()
    eventually(lambda: bot.pid not in {None, before[0]})
    eventually(lambda: bool(set(wire.sockets()) - set(before[1])))


def test_a_process_can_be_stopped_and_started(sandbox: Sandbox) -> None:
    """Scenarios take one away for a while."""
    worker = sandbox.processes["worker"]
    worker.stop()
    stopped = worker.running
    worker.start()

    assert not stopped
    assert worker.running


def test_the_writers_write_through_the_pooler(sandbox: Sandbox) -> None:
    """They have acknowledgements, and the source has the rows."""
    assert sandbox.writers is not None
    assert sandbox.cloud is not None
    eventually(sandbox.records.exists)
    eventually(lambda: len(list(read([sandbox.records]))) > 20)
    sandbox.writers.stop()
    found = account([sandbox.records], sandbox.cloud.superuser_dsn("orders"))
    before = len(list(read([sandbox.records])))
    sandbox.writers.start()
    eventually(lambda: len(list(read([sandbox.records]))) > before)

    assert found.clean, found
    assert found.acknowledged > 20


def test_a_second_sandbox_of_the_same_home_is_refused(sandbox: Sandbox) -> None:
    """And the first one is left in peace."""
    with pytest.raises(UsageError, match=f"running already .process {os.getpid()}"):
        Sandbox(sandbox.options, quiet).start()

    assert answers(sandbox.environment["DAYBREAK_APP_DSN"])
    assert (sandbox.options.visible / "env").exists()


def test_parts_can_be_somebody_else_s(sandbox: Sandbox, tmp_path: Path) -> None:
    """Another sandbox lives on the first one's cloud, pooler, Redis and Slack."""
    names = ("DAYBREAK_POOLERS", "DAYBREAK_CERT_FILE", "DAYBREAK_KEY_FILE", "DAYBREAK_CA_FILE")
    lent = {name: sandbox.environment[name] for name in names}
    options = replace(
        sandbox.options,
        home=tmp_path,
        without=frozenset({"aws", "pgbouncer", "redis", "slack", "workload"}),
        environment={**os.environ, **sourced(sandbox), **lent},
    )
    assert sandbox.workspace is not None
    wire = Wire(sandbox.workspace.base_url)
    sockets = set(wire.sockets())
    with Sandbox(options, quiet) as other:
        own = (other.cloud, other.pgbouncer, other.redis, other.workspace, other.writers)
        eventually(lambda: bool(set(wire.sockets()) - sockets))
        shown = sourced(other)
        running = set(other.processes)

    assert own == (None,) * 5
    assert running == {"bot", "channel", "worker", "reconciler"}
    assert shown == sourced(sandbox)
