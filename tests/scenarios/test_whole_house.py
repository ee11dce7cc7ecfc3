"""The whole house, as people meet it: what is refused, what they read, and that nothing changed."""

import os
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from sandbox.settings import Options
from sandbox.slack.cast import RITA
from sandbox.slack.people import Person, visible_text
from sandbox.supervisor import Sandbox

ROOM = "#migrations"
PATIENCE = 120.0


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    """The processes of the Procfile, and the sources that a careful DBA would not move."""
    with tempfile.TemporaryDirectory(prefix="daybreak-house-") as home:
        options = Options(
            home=Path(home),
            data_mb=10,
            rows=2000,
            without=frozenset({"workload"}),
            environment=dict(os.environ),
        )
        with Sandbox(options, tell=lambda _line: None) as sandbox:
            yield sandbox


@pytest.fixture
def rita(sandbox: Sandbox) -> Person:
    """She asks for migrations."""
    assert sandbox.workspace is not None
    return Person(sandbox.workspace.base_url, RITA.id)


def eventually(condition: Callable[[], Any], what: str) -> Any:
    """Wait until it holds, generously; gives what it found."""
    deadline = time.monotonic() + PATIENCE
    while not (found := condition()):
        assert time.monotonic() < deadline, f"{what} never came true"
        time.sleep(0.1)
    return found


def in_the_cloud(sandbox: Sandbox) -> dict[str, Any]:
    """Everything that a migration would make or change, as AWS tells it."""
    rds = boto3.client(
        "rds",
        endpoint_url=sandbox.environment["AWS_ENDPOINT_URL"],
        region_name=sandbox.environment["AWS_REGION"],
        aws_access_key_id=sandbox.environment["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=sandbox.environment["AWS_SECRET_ACCESS_KEY"],
    )
    return {
        "instances": [
            (one["DBInstanceIdentifier"], one["DBInstanceStatus"], one["BackupRetentionPeriod"])
            for one in rds.describe_db_instances()["DBInstances"]
        ],
        "clusters": rds.describe_db_clusters()["DBClusters"],
        "snapshots": rds.describe_db_snapshots(SnapshotType="manual")["DBSnapshots"],
        "groups": [
            one["DBParameterGroupName"]
            for one in rds.describe_db_parameter_groups()["DBParameterGroups"]
        ],
    }


def open_form(rita: Person, source: str) -> None:
    """Type the command; right after a start the list of instances may not have been read."""
    reply = rita.type(ROOM, f"/migrate start {source}")
    assert not reply.error
    # a loading view comes first, and has nothing to submit
    rita.wait_for_modal(PATIENCE, saying="Step ")


def test_a_source_that_the_first_checks_refuse(sandbox: Sandbox, rita: Person) -> None:
    """Rita reads every blocker with its remedy in the thread; nothing was made or changed."""
    before = in_the_cloud(sandbox)
    open_form(rita, "legacy")
    eventually(lambda: rita.submit().closed, "a form that is taken")
    root = eventually(
        lambda: next((one for one in rita.messages(ROOM) if "Stopped" in visible_text(one)), None),
        "a root message that says it stopped",
    )
    # the root message is drawn first, the thread's entry comes a moment later
    said = eventually(
        lambda: next(
            (
                words
                for words in map(visible_text, rita.thread(ROOM, root["ts"]))
                if "session_cache" in words
            ),
            None,
        ),
        "an entry that says why",
    )

    for blocker in ("session_cache", "warehouse_2019", "settlement-4711", "system-update"):
        assert blocker in said, blocker
    assert f"<@{RITA.id}>" in str(root)
    assert in_the_cloud(sandbox) == before


def looked_at(rita: Person, source: str) -> dict[str, Any]:
    """What the channel says of a source that she has asked to be looked at."""

    def asked() -> bool:
        # right after a start the list of instances may not have been read
        rita.type(ROOM, f"/migrate check {source}")
        return any(f"`{source}` is being looked at" in visible_text(one) for one in said())

    def said() -> list[dict[str, Any]]:
        return rita.ephemerals(ROOM)

    eventually(asked, "a look that is taken")
    return rita.wait_for_message(ROOM, f"Preflight of `{source}`", PATIENCE)


def rows_of(message: dict[str, Any]) -> list[list[str]]:
    """The table's rows: check, level, found, what to do."""
    (table,) = [block for block in message["blocks"] if block["type"] == "table"]
    return [[cell["text"] for cell in row] for row in table["rows"]][1:]


def test_a_look_at_a_source_is_read_in_the_channel(sandbox: Sandbox, rita: Person) -> None:
    """Blockers first, each with its remedy; nothing was made or changed."""
    before = in_the_cloud(sandbox)
    rows = rows_of(looked_at(rita, "legacy"))

    levels = [level for _, level, _, _ in rows]
    assert levels == sorted(levels, key=["blocker", "warning", "information"].index)
    for check, found, remedy in (
        ("unlogged-tables", "session_cache", "SET LOGGED"),
        ("unread-logical-slots", "warehouse_2019", "pg_drop_replication_slot"),
        ("prepared-transactions", "settlement-4711", "ROLLBACK PREPARED"),
        ("pending-maintenance", "system-update", "apply-pending-maintenance-action"),
    ):
        row = next(row for row in rows if row[0] == check)
        assert row[1] == "blocker"
        assert found in row[2]
        assert remedy in row[3]
    assert in_the_cloud(sandbox) == before


def test_a_look_at_a_clean_source_finds_nothing_against_it(rita: Person) -> None:
    """What it does find is information."""
    message = looked_at(rita, "orders")

    assert "Nothing that was looked at stands against" in visible_text(message)
    assert {level for _, level, _, _ in rows_of(message)} <= {"information"}


def test_backups_that_are_off_are_accepted_by_name_or_not_at_all(
    sandbox: Sandbox, rita: Person
) -> None:
    """Turning them on interrupts the database: without the name typed, an error at the field."""
    before = in_the_cloud(sandbox)
    open_form(rita, "billing")
    label = "Accept that enabling backups interrupts the database"

    def refused() -> str:
        errors: dict[str, str] = rita.submit().errors
        return errors.get(label, "")

    words = eventually(refused, "an error at the field")
    rita.close()

    assert "billing" in words
    assert not [one for one in rita.messages(ROOM) if "billing" in visible_text(one)]
    assert in_the_cloud(sandbox) == before
