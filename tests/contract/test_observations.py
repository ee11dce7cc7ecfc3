"""What every keeper of observations promises: the fake is held to the same tests as Redis."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from redis import Redis
from store_ground import NOW, Clock

from migration.adapters.memory_observations import MemoryObservations
from migration.adapters.redis_observations import RedisObservations
from migration.ports import Observation, Observations

LONG = 60.0


@dataclass
class Place:
    """Where observations are kept, and a way to let their time pass."""

    observations: Observations
    pass_time: Callable[[], None]


@pytest.fixture(params=["memory", "redis"])
def place(request: pytest.FixtureRequest) -> Place:
    """Each keeper in turn."""
    if request.param == "memory":
        clock = Clock()

        def later() -> None:
            clock.time += LONG

        return Place(MemoryObservations(clock), later)
    connection: Redis = request.getfixturevalue("connection")

    def expire() -> None:
        for key in connection.keys("daybreak:*"):
            assert connection.pttl(key) > 0
            connection.pexpire(key, 0)

    return Place(RedisObservations(connection), expire)


def test_what_was_seen_comes_back_with_its_time(place: Place) -> None:
    """That a thing does not exist was seen, too; what nobody looked at was not."""
    seen = {"instance:orders": {"status": "available", "tags": {"a": "b"}}, "cluster:x": None}
    place.observations.keep(seen, NOW, LONG)

    found = [place.observations.of(name) for name in ("instance:orders", "cluster:x", "cluster:y")]
    assert found == [Observation(NOW, seen["instance:orders"]), Observation(NOW, None), None]


def test_what_is_not_seen_again_is_forgotten(place: Place) -> None:
    """The next look stands for all; what has not changed has the new time."""
    place.observations.keep({"a": {"n": 1}, "b": {"n": 1}, "c": {"n": 1}}, NOW, LONG)
    place.observations.keep({"a": {"n": 1}, "b": {"n": 2}}, NOW + 5, LONG)

    assert [place.observations.of(name) for name in "abc"] == [
        Observation(NOW + 5, {"n": 1}),
        Observation(NOW + 5, {"n": 2}),
        None,
    ]


def test_old_observations_are_none(place: Place) -> None:
    """Nobody takes for a fact what was seen before the collector fell silent."""
    place.observations.keep({"a": {"n": 1}}, NOW, LONG)
    place.pass_time()

    assert place.observations.of("a") is None


def test_one_collects(place: Place) -> None:
    """The seat is taken by one, and free again when it is given back or not renewed."""
    seat = place.observations.seat(LONG)
    assert seat is not None
    assert place.observations.seat(LONG) is None
    assert seat.renew()
    seat.release()
    second = place.observations.seat(LONG)
    assert second is not None
    assert not seat.renew()
    place.pass_time()

    assert place.observations.seat(LONG) is not None
    assert not second.renew()
