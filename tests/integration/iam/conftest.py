"""The cut-over's grounds, with the documents of docs/iam that a story names and no other."""

import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

sys.path += [
    str(Path(__file__).parents[1] / folder)
    for folder in ("cutover", "crashes", "snapshot_method", "without_login")
]

from cutover_ground import Ground
from given import Make


@pytest.fixture
def make(monkeypatch: pytest.MonkeyPatch) -> Iterator[Make]:
    """One a test: a process has one cloud at a time."""
    with ExitStack() as stack:

        def made(kind: type[Ground], policies: tuple[str, ...]) -> Ground:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="daybreak-iam-"))
            given: type[Ground] = type("Given", (kind,), {"policies": policies})
            ground = given(Path(folder), stack)
            for name, value in ground.environment.items():
                monkeypatch.setenv(name, value)
            ground.compose()
            stack.callback(_nothing_failed, ground)
            return ground

        yield made


def _nothing_failed(ground: Ground) -> None:
    assert ground.cloud.failures == []
