"""The seeded instances' windows never meet the run that made them."""

import datetime as dt

import pytest

from sandbox.aws.account import windows_far_from
from workers.steps import windows


@pytest.mark.parametrize("hour", range(24))
def test_no_window_is_open_when_a_run_begins(hour: int) -> None:
    """Whatever the time of day: a demo is not kept waiting by AWS's default windows."""
    now = dt.datetime(2026, 11, 22, hour, 15, tzinfo=dt.UTC)
    made = windows_far_from(now)

    assert not windows.in_daily(made["PreferredBackupWindow"], now)
    assert not windows.in_weekly(made["PreferredMaintenanceWindow"], now)
