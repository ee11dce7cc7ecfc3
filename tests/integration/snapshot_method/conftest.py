"""The snapshot method's own ground: the cut-over's, with real processes where a test wants them."""

import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

sys.path += [str(Path(__file__).parents[1] / folder) for folder in ("cutover", "crashes")]

from crash_ground import crash_ground
from freeze_ground import FreezeGround
from kept_ground import Keeper

KEPT = Keeper(partial(crash_ground, FreezeGround))


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """The kept ground is there for as long as tests of this folder come."""
    KEPT.let_go(item, nextitem)


@pytest.fixture
def ground() -> Iterator[FreezeGround]:
    """One for all tests of the folder; each begins before its approval, with everything put back.

    What was cancelled took its parameter groups along: the next test has a new one.
    """
    ground = KEPT.get()
    ground.put_back()
    yield ground
    print(ground.host.said())  # noqa: T201  # pytest shows it for a failure
    failures = list(ground.cloud.failures)
    if failures or not ground.base.can_be_restored:
        KEPT.end()
    assert failures == []
