"""One cloud for all tests of a module: moto's state is the process's, so never two at once."""

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from steps_ground import Ground

from sandbox.aws import seed


@pytest.fixture(scope="module")
def ground(request: pytest.FixtureRequest) -> Iterator[Ground]:
    """The sources that the module names in SOURCES, with a pooler before them."""
    sources = request.module.SOURCES
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="daybreak-steps-"))
        ground = Ground(Path(folder), stack, seed.load().only(*sources), *sources)
        yield ground
        assert ground.cloud.failures == []
