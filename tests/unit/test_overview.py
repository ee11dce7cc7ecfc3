"""Everything at one glance costs the store the same for one and for hundreds."""

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from builders import House, a_migration, good_evidence

from migration.model import Migration, Reading, Status
from migration.overview import overview
from migration.sync import Sync


class Counting:
    """A store that counts what it is asked."""

    def __init__(self, store: Any) -> None:
        self._store = store
        self.calls: Counter[str] = Counter()

    def __getattr__(self, name: str) -> Any:
        asked = getattr(self._store, name)

        def counted(*arguments: Any) -> Any:
            self.calls[name] += 1
            return asked(*arguments)

        return counted


def many(house: House, count: int) -> list[Migration]:
    """So many under way, each changed a second after the one before."""
    return [
        house.with_migration(
            a_migration(
                id=f"m-{number:04}", source=f"s-{number:04}", updated_at=1_800_000_000.0 + number
            )
        )
        for number in range(count)
    ]


@pytest.mark.parametrize("count", [1, 200])
def test_it_takes_as_many_calls_for_hundreds_as_for_one(count: int) -> None:
    """One for each kind of thing."""
    house = House()
    many(house, count)
    store = Counting(house.store)
    found = overview(store, house.clock.now(), 10)  # type: ignore[arg-type]  # it has all of them

    assert len(found.under_way) == count
    assert store.calls == {"recent": 1, "ended": 1, "under_way": 1, "glances": 1}


def test_each_comes_with_what_was_seen_of_it() -> None:
    """The last reading of the lag, the evidence and the watch's last look; the newest first."""
    house = House()
    first, second = many(house, 2)
    for value in (3.0, 0.5):
        house.store.add_reading(first.id, Reading("lag", value, "seconds", "here", 1.0))
    house.store.save_evidence(second.id, good_evidence())
    house.store.save_sync(second.id, Sync(5.0, None))
    late, early = overview(house.store, 7.0, 10).under_way

    assert (late.migration, late.lag, late.evidence, late.sync, late.now) == (
        second,
        (),
        good_evidence(),
        Sync(5.0, None),
        7.0,
    )
    assert (early.migration, [reading.value for reading in early.lag]) == (first, [0.5])


def test_what_ended_comes_by_its_end_and_no_more_than_wanted() -> None:
    """Not by when it began; what is under way is not among it."""
    house = House()
    for number, migration in enumerate(many(house, 12)):
        if number:
            over = replace(migration, status=Status.COMPLETED, version=2, updated_at=2e9 - number)
            house.store.commit(migration, over, [])
    found = overview(house.store, 0.0, 10)

    assert [one.migration.id for one in found.ended] == [f"m-{n:04}" for n in range(1, 11)]
    assert [one.migration.id for one in found.under_way] == ["m-0000"]
