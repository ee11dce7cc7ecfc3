"""The grounds of the cut-over's tests: one that is put back for each, or a fresh one a test."""

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from cutover_ground import Ground
from gate_ground import gate_ground
from kept_ground import Keeper
from named_ground import POOLERS, Zone

KEPT = Keeper(gate_ground)


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """The kept ground is there for as long as tests of this folder come."""
    KEPT.let_go(item, nextitem)


@pytest.fixture
def ground(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ground]:
    """Servers, agent and workbench; the product reads its settings from the environment.

    A module that says FRESH changes what the base rests on, or wants the source's parameter group
    to say more (PARAMETERS).
    """
    parameters = getattr(request.module, "PARAMETERS", None)
    if parameters or getattr(request.module, "FRESH", False):
        KEPT.end()
        with ExitStack() as stack:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="daybreak-cutover-"))
            fresh = Ground(Path(folder), stack, parameters)
            for name, value in fresh.environment.items():
                monkeypatch.setenv(name, value)
            fresh.compose()
            yield fresh
        return
    kept = KEPT.get()
    for name, value in kept.environment.items():
        monkeypatch.setenv(name, value)
    with kept.once_more():
        yield kept
    if not kept.base.can_be_restored:
        KEPT.end()


@pytest.fixture
def zone(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> Zone:
    """The source's name, known to the workbench in the poolers' place."""
    zone = Zone(ground)
    for name in POOLERS:
        monkeypatch.delenv(name)
    for name, value in zone.environment.items():
        monkeypatch.setenv(name, value)
    ground.compose()
    return zone
