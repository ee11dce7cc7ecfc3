"""The cut-over's own ground, with its job and its reconciler in processes of their own."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[1] / "cutover"))

from cases import Case, carry_out
from crash_ground import CrashGround, crash_ground
from judge import Outcome
from kept_ground import Keeper

KEPT = Keeper(crash_ground)


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """The kept ground is there for as long as tests of this folder come."""
    KEPT.let_go(item, nextitem)


@pytest.fixture
def ground() -> CrashGround:
    """One for all cases of the folder; each case begins with everything put back."""
    return KEPT.get()


@pytest.fixture(scope="module")
def nothing_kept() -> None:
    """For a module with a ground of its own: a process has one cloud at a time."""
    KEPT.end()


@pytest.fixture
def survives(
    ground: CrashGround, record_property: Callable[[str, object], None]
) -> Iterator[Callable[[Case], Outcome]]:
    """Carries a case out, and asserts that nothing is wrong with what came of it."""

    def survive(case: Case) -> Outcome:
        outcome = carry_out(ground, case)
        record_property("outage", (str(case), outcome.flowed_after, outcome.outage))
        assert outcome.survived, outcome
        return outcome

    yield survive
    # pytest shows it for a failure
    print(ground.host.said())  # noqa: T201
