"""The cut-over's own ground, with its job and its reconciler in processes of their own."""

import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[1] / "cutover"))

from crash_ground import CrashGround


@pytest.fixture
def ground(monkeypatch: pytest.MonkeyPatch) -> Iterator[CrashGround]:
    """Servers and agent; worker and reconciler run until the test ends."""
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="daybreak-crash-"))
        ground = CrashGround(Path(folder), stack)
        for name, value in ground.environment.items():
            monkeypatch.setenv(name, value)
        ground.compose()
        yield ground
