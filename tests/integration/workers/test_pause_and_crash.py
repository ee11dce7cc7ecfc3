"""A pause while a step is at work, and a worker that dies meanwhile: nothing is lost or begun."""

import signal
import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from workers_ground import PATIENCE, a_migration, eventually, run

from migration.approvals import Policy
from migration.events import MigrationPaused, MigrationResumed, StepFailed
from migration.model import Migration
from migration.schedule import work_of
from migration.service import Service
from workers.app import Workbench

KINDS = ("worker", "reconciler")


class SilentAws:
    """Takes calls and answers none, until it goes away."""

    def __init__(self, url: str) -> None:
        place = urlsplit(url)
        self._listening = socket.create_server((str(place.hostname), int(place.port or 0)))
        self._listening.settimeout(PATIENCE)
        self._calls: list[socket.socket] = []

    def called(self) -> None:
        """Wait for a call."""
        self._calls.append(self._listening.accept()[0])

    def goes_away(self) -> None:
        """Whoever waits for an answer gets an error, and whoever calls later, too."""
        self._listening.close()
        for call in self._calls:
            call.close()


@pytest.fixture
def aws(environment: dict[str, str]) -> Iterator[SilentAws]:
    """Where the workers look for AWS."""
    silent = SilentAws(environment["AWS_ENDPOINT_URL"])
    yield silent
    silent.goes_away()


def failures(bench: Workbench, migration: Migration) -> int:
    """How often its step was tried in vain."""
    history = bench.store.events(migration.id)
    return sum(isinstance(entry.event, StepFailed) for entry in history)


@pytest.mark.table("pauses")
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM], ids=["killed", "told to end"])
def test_a_paused_migration_survives_its_workers_and_goes_on_where_it_was(
    bench: Workbench,
    environment: dict[str, str],
    aws: SilentAws,
    tmp_path: Path,
    how: signal.Signals,
) -> None:
    """Its step is in the middle of a call when it is paused, and its worker ends."""
    service = Service(bench.store, bench.clock, Policy(frozenset()))
    migration = a_migration(bench.clock.now())
    bench.store.create(migration, [], work_of(migration))
    processes = [run("worker", environment, tmp_path / "first.log")]
    try:
        aws.called()
        paused = service.pause(migration.id, "U0ADAM")
        processes[0].send_signal(how)
        # The process that it had forked for the step ends what it is at: in vain, as it happens.
        aws.goes_away()
        processes[0].wait(PATIENCE)
        eventually(lambda: not bench.store.leased(migration.id), "the step to end")
        processes += [run(name, environment, tmp_path / f"{name}.log") for name in KINDS]
        other = replace(migration, id="billing-0001", source="billing")
        bench.store.create(other, [], work_of(other))
        # Both processes are at work, a wait that the reconciler ends included.
        eventually(lambda: failures(bench, other) >= 2, "another migration to be driven")

        assert bench.store.load(migration.id) == paused
        assert [type(one.event) for one in bench.store.events(migration.id)] == [MigrationPaused]

        service.resume(migration.id, "U0RITA")
        eventually(lambda: failures(bench, migration) >= 1, "the step to look again")
        history = [type(entry.event) for entry in bench.store.events(migration.id)]
        assert history[:3] == [MigrationPaused, MigrationResumed, StepFailed]
        assert bench.store.load(migration.id).position == paused.position
    finally:
        for process in processes:
            process.terminate()
            process.wait(PATIENCE)
