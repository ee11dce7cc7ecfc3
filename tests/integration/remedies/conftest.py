"""One cloud and one Redis for the remedies' tests; the workbench is composed as workers do it."""

import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

sys.path += [str(Path(__file__).parents[1] / folder) for folder in ("steps", "workers")]

from remedy_ground import RemedyGround


@pytest.fixture(scope="module")
def standing(request: pytest.FixtureRequest) -> Iterator[RemedyGround]:
    """The sources that the module names in SOURCES."""
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="daybreak-remedies-"))
        environment = stack.enter_context(pytest.MonkeyPatch.context())
        ground = RemedyGround(Path(folder), stack, request.module.SOURCES, environment)
        yield ground
        assert ground.steps.cloud.failures == []


@pytest.fixture
def ground(standing: RemedyGround) -> RemedyGround:
    """The same with an empty store."""
    standing.forget()
    return standing
