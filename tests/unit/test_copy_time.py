"""How long a copy is expected to take."""

import pytest

from workers.settings import WorkerSettings
from workers.steps.copy_time import Copy, expected_hours

SETTINGS = WorkerSettings.model_construct(copy_hours_per_tib=4.0, copy_least_hours=0.5)


@pytest.mark.parametrize(("gib", "hours"), [(1, 0.5), (1024, 4.0), (20 * 1024, 80.0)])
def test_hours_grow_with_the_size(gib: float, hours: float) -> None:
    """And are never less than AWS takes for nothing."""
    assert expected_hours(gib, SETTINGS) == hours


@pytest.mark.parametrize(
    ("lasted", "progress"), [(0, 0.0), (50, 0.5), (99.9, 0.99), (100, None), (500, None)]
)
def test_progress_is_an_expectation_and_ends_with_it(lasted: float, progress: float | None) -> None:
    """A copy that takes longer than expected is not almost done: nobody knows."""
    assert Copy(lasted, 100.0).progress == progress
