"""The snapshot method's own ground: the cut-over's, with real processes where a test wants them."""

import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

sys.path += [str(Path(__file__).parents[1] / folder) for folder in ("cutover", "crashes")]

from freeze_ground import FreezeGround


@pytest.fixture
def ground(monkeypatch: pytest.MonkeyPatch) -> Iterator[FreezeGround]:
    """Servers, agent and workbench; nothing is begun."""
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="daybreak-freeze-"))
        ground = FreezeGround(Path(folder), stack)
        for name, value in ground.environment.items():
            monkeypatch.setenv(name, value)
        ground.compose()
        yield ground
        print(ground.host.said())  # noqa: T201  # pytest shows it for a failure
        assert ground.cloud.failures == []
