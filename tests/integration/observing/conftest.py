"""One account of hollow instances for a module, and an empty store for each test."""

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from fleet_ground import Desk, Fleet, a_desk


@pytest.fixture(scope="module")
def fleet(request: pytest.FixtureRequest) -> Iterator[Fleet]:
    """As many as the module says in SIZE, and a Redis."""
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="daybreak-fleet-"))
        fleet = Fleet(Path(folder), stack, request.module.SIZE)
        yield fleet
        assert fleet.cloud.failures == []


@pytest.fixture
def desk(fleet: Fleet, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """A workbench over an empty store."""
    for name, value in fleet.environment.items():
        monkeypatch.setenv(name, value)
    desk = a_desk()
    desk.bench.redis.flushall()
    yield desk
    desk.bench.close()
