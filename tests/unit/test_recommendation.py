"""Which method is recommended for a source, and that the reason says the numbers."""

import pytest

from migration.model import Method
from migration.ports import Source
from migration.recommendation import recommend

HOUR = 3600.0
BIG = {"storage_gib": 2048, "copy_seconds": 8 * HOUR}


def a_source(**changes: object) -> Source:
    """An instance as the collector sees it."""
    return Source("orders", "postgres", "15.4", "available", "db.r6g.large", 7, **changes)


@pytest.mark.parametrize(
    ("source", "allowed", "method", "words"),
    [
        (
            {"storage_gib": 20, "copy_seconds": 1800.0},
            2 * HOUR,
            Method.SNAPSHOT,
            "fits into the 2 h",
        ),
        (BIG, 300.0, Method.READ_REPLICA, "not known yet"),
        (
            {**BIG, "wal_bytes_per_second": 1e6, "free_storage_gib": 400.0},
            300.0,
            Method.READ_REPLICA,
            "40.2 GiB",
        ),
        (
            {**BIG, "wal_bytes_per_second": 5e7, "free_storage_gib": 400.0},
            300.0,
            Method.SNAPSHOT,
            "would fill it",
        ),
        # the outage that is allowed decides before the disk does
        (
            {**BIG, "wal_bytes_per_second": 5e7, "free_storage_gib": 400.0},
            9 * HOUR,
            Method.SNAPSHOT,
            "fits into the 9 h",
        ),
    ],
)
def test_size_writes_and_the_allowed_pause_decide(
    source: dict[str, object], allowed: float, method: Method, words: str
) -> None:
    """A snapshot where its outage fits, or where a replica would fill the disk; else a replica."""
    found = recommend(a_source(**source), allowed)

    assert found is not None
    assert found.method is method
    assert words in found.why


def test_nothing_is_recommended_of_what_is_not_known() -> None:
    """A source whose size was not read."""
    assert recommend(a_source(), HOUR) is None
