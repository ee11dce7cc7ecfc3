"""The steps' pure rules: versions, parameters, windows and lags."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from migration.model import Options, Reading
from workers.aws.resources import EngineVersion
from workers.steps import poolers, windows
from workers.steps.aurora_choice import Choice, check_class, choose_version
from workers.steps.findings import Blocker
from workers.steps.lag import sustained_seconds
from workers.traffic.port import Endpoint, PoolerState

OFFERED = [
    EngineVersion(version, f"aurora-postgresql{version.split('.')[0]}", status)
    for version, status in (
        ("14.99", "available"),
        ("15.4", "available"),
        ("15.10", "available"),
        ("15.9", "deprecated"),
        ("15.12", "available"),
        ("15.11-limitless", "available"),
        ("16.1", "available"),
    )
]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("15.4", "15.4"),
        # Versions are numbers: .10 comes after .9.
        ("15.5", "15.10"),
        ("15.11", "15.12"),
        ("14.2", "14.99"),
    ],
)
def test_the_lowest_version_that_can_replicate_is_chosen(source: str, expected: str) -> None:
    """Same major version, same or higher minor, plain and available; the smallest change."""
    chosen = choose_version(source, OFFERED)
    assert isinstance(chosen, Choice)
    assert chosen.version == expected


@pytest.mark.parametrize("source", ["15.13", "13.1", "17.0", "custom"])
def test_a_version_that_aurora_cannot_replicate_blocks(source: str) -> None:
    """A source that ran ahead of Aurora waits for Aurora."""
    chosen = choose_version(source, OFFERED)
    assert isinstance(chosen, Blocker)
    assert source in chosen.what


def test_a_class_is_checked_against_what_can_be_ordered() -> None:
    """A class that is not offered is answered with its likes."""
    offered = {"db.r6g.large", "db.r6g.xlarge", "db.t4g.medium"}
    assert check_class("db.r6g.large", False, "15.4", offered) is None
    refused = check_class("db.r6g.nano", True, "15.4", offered)
    assert refused is not None
    assert "`db.r6g.large`, `db.r6g.xlarge`" in refused.remedy
    assert "t4g" not in refused.remedy


@pytest.mark.parametrize(
    ("window", "at", "expected"),
    [
        ("03:00-03:30", "2026-11-22 03:00", True),
        ("03:00-03:30", "2026-11-22 03:29", True),
        ("03:00-03:30", "2026-11-22 03:30", False),
        ("23:45-00:15", "2026-11-22 23:50", True),
        ("23:45-00:15", "2026-11-22 00:14", True),
        ("23:45-00:15", "2026-11-22 12:00", False),
        ("", "2026-11-22 03:00", False),
    ],
)
def test_daily_windows_are_in_utc_and_may_pass_midnight(
    window: str, at: str, expected: bool
) -> None:
    """The end is not in it."""
    assert windows.in_daily(window, datetime.fromisoformat(at).replace(tzinfo=UTC)) is expected


@pytest.mark.parametrize(
    ("window", "at", "expected"),
    [
        # 22 November 2026 is a Sunday.
        ("sun:03:00-sun:03:30", "2026-11-22 03:10", True),
        ("sat:03:00-sat:03:30", "2026-11-22 03:10", False),
        ("Sun:23:45-Mon:00:15", "2026-11-23 00:10", True),
        ("sun:23:45-mon:00:15", "2026-11-22 23:44", False),
    ],
)
def test_weekly_windows_may_pass_the_weeks_end(window: str, at: str, expected: bool) -> None:
    """As AWS writes them."""
    assert windows.in_weekly(window, datetime.fromisoformat(at).replace(tzinfo=UTC)) is expected


@pytest.mark.parametrize(
    ("at", "seconds"),
    [
        ("2026-11-29T03:10:59", 0),
        ("2026-11-29T02:59:30", 30),
        ("2026-11-29T03:30:00", 7 * 86400 - 1800),
        ("2026-11-28T03:00:00", 86400),
    ],
)
def test_the_next_weekly_window_is_so_far_off(at: str, seconds: float) -> None:
    """29 November 2026 is a Sunday; an open window is not waited for."""
    now = datetime.fromisoformat(at).replace(tzinfo=UTC)

    assert windows.until_weekly("sun:03:00-sun:03:30", now) == seconds


def readings(*values: tuple[float, float]) -> list[Reading]:
    """Readings of the lag: seconds at a time."""
    return [Reading("lag", value, "seconds", "test", at) for at, value in values]


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        ([], 0),
        ([(70, 1), (80, 1), (90, 1), (100, 1)], 30),
        # One reading above the threshold begins the wait anew.
        ([(70, 1), (80, 9), (90, 1), (100, 1)], 10),
        ([(70, 1), (80, 1), (90, 1), (100, 9)], 0),
        # So does a gap: nobody saw the lag meanwhile.
        ([(20, 1), (30, 1), (90, 1), (100, 1)], 10),
        # And so does silence up to now.
        ([(10, 1), (20, 1)], 0),
    ],
)
def test_a_lag_is_sustained_without_a_gap(seen: list[tuple[float, float]], expected: float) -> None:
    """Every reading up to now was under the threshold, and none is missing."""
    assert sustained_seconds(readings(*seen), 5.0, 100.0, 5.0) == expected


FIT = PoolerState(
    url="https://pooler",
    epoch=0,
    paused=False,
    endpoint=Endpoint("10.0.0.1", 5432),
    pool_mode="transaction",
    query_wait_timeout=240,
    client_login_timeout=0,
    server_login_retry=1,
    resumes_at=None,
)


def test_a_pooler_that_fits_is_fit() -> None:
    """A time-out of 0 means for ever, and that is long enough."""
    assert poolers.misfits(FIT, Options("orders-aurora", max_write_pause_seconds=60)) == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"paused": True}, "holds traffic already"),
        ({"endpoint": None}, "different places"),
        ({"pool_mode": "session"}, "set it to transaction"),
        ({"server_login_retry": 15}, "server_login_retry is 15 s: set it to 1"),
        ({"query_wait_timeout": 239}, "query_wait_timeout is 239 s"),
        ({"client_login_timeout": 60}, "client_login_timeout is 60 s"),
    ],
)
def test_a_pooler_that_could_not_carry_the_pause_is_named(
    change: dict[str, Any], words: str
) -> None:
    """Each misfit with its remedy; clients wait before the promotion and as long after it."""
    state = replace(FIT, **change)
    found = poolers.misfits(state, Options("orders-aurora", max_write_pause_seconds=60))
    assert len(found) == 1
    assert words in found[0]
