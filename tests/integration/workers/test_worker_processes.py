"""The processes: clear about what they miss, and gone when told to go."""

import json
import signal
from pathlib import Path

import pytest
from workers_ground import a_migration, eventually, run

from migration.schedule import work_of
from sandbox.servers.server_process import free_port
from workers.app import Workbench


@pytest.mark.parametrize("command", ["worker", "reconciler"])
def test_a_missing_setting_is_named(
    command: str, environment: dict[str, str], tmp_path: Path
) -> None:
    """Every one that is missing, in one message, and exit status 1."""
    log = tmp_path / "log"
    missing = ("DAYBREAK_POOLERS", "DAYBREAK_RDS_CA_FILE")
    process = run(command, {k: v for k, v in environment.items() if k not in missing}, log)

    assert process.wait(60) == 1
    assert all(name in log.read_text() for name in missing)
    assert "Traceback" not in log.read_text()


@pytest.mark.parametrize("command", ["worker", "reconciler", "list", "show orders-0001"])
def test_an_unreachable_redis_is_named(
    command: str, environment: dict[str, str], tmp_path: Path
) -> None:
    """The message says which setting to look at, and shows no password."""
    log = tmp_path / "log"
    away = {**environment, "REDIS_URL": f"redis://:geheim@127.0.0.1:{free_port()}/0"}

    assert run(command, away, log).wait(60) == 1
    assert "Redis" in log.read_text()
    assert "geheim" not in log.read_text()
    assert "Traceback" not in log.read_text()


@pytest.mark.parametrize(
    ("command", "ready"), [("worker", "ready for work"), ("reconciler", "watching")]
)
def test_a_process_ends_when_told_to(
    command: str, ready: str, environment: dict[str, str], tmp_path: Path
) -> None:
    """SIGTERM: exit status 0, nothing half-done."""
    log = tmp_path / "log"
    process = run(command, environment, log)
    eventually(lambda: ready in log.read_text(), "a process that is ready")
    process.send_signal(signal.SIGTERM)

    assert process.wait(60) == 0


def test_a_worker_carries_out_what_is_queued_and_a_killed_one_is_replaced(
    bench: Workbench, environment: dict[str, str], tmp_path: Path
) -> None:
    """Kill -9 of the worker loses nothing: the next one finds the job."""
    log = tmp_path / "log"
    first = run("worker", environment, log)
    eventually(lambda: "ready for work" in log.read_text(), "the first worker")
    first.kill()
    first.wait()
    migration = a_migration(bench.clock.now())
    bench.store.create(migration, [], work_of(migration))
    second = run("worker", environment, log)
    try:
        eventually(lambda: bench.store.load(migration.id).attempts == 1, "an attempt")
    finally:
        second.terminate()
        second.wait(60)


def test_show_and_list_speak_json(
    bench: Workbench, environment: dict[str, str], tmp_path: Path
) -> None:
    """Programs read what people read, and an unknown id is an error."""
    migration = a_migration(bench.clock.now())
    bench.store.create(migration, [], None)
    shown, listed = tmp_path / "show", tmp_path / "list"

    assert run(f"show --json {migration.id}", environment, shown).wait(60) == 0
    assert run("list --json", environment, listed).wait(60) == 0
    assert run("show nothing", environment, tmp_path / "unknown").wait(60) == 1
    found = json.loads(shown.read_text())
    assert (found["id"], found["target"], found["cutover"]) == (
        "orders-0001",
        "orders-aurora",
        None,
    )
    assert [one["id"] for one in json.loads(listed.read_text())] == ["orders-0001"]
    assert "no migration `nothing`" in (tmp_path / "unknown").read_text()
