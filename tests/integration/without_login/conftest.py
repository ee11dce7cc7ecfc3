"""The cut-over's own ground, on which Daybreak has no login."""

import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

sys.path += [str(Path(__file__).parents[1] / folder) for folder in ("cutover", "crashes")]

from outside_ground import OutsideGround


@pytest.fixture
def ground(monkeypatch: pytest.MonkeyPatch) -> Iterator[OutsideGround]:
    """Servers, agent and workbench; no secret of Daybreak's, and no role of its own."""
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="daybreak-outside-"))
        ground = OutsideGround(Path(folder), stack)
        for name, value in ground.environment.items():
            monkeypatch.setenv(name, value)
        ground.compose()
        ground.take_login_away()
        yield ground
        assert ground.cloud.failures == []
