"""One fresh ground a test: a cut-over uses up its source."""

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from cutover_ground import Ground


@pytest.fixture
def ground(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ground]:
    """Servers, agent and workbench; the product reads its settings from the environment."""
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="daybreak-cutover-"))
        # A module may want the source's parameter group to say more.
        parameters = getattr(request.module, "PARAMETERS", None)
        ground = Ground(Path(folder), stack, parameters)
        for name, value in ground.environment.items():
            monkeypatch.setenv(name, value)
        ground.compose()
        yield ground
