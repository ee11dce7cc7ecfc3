"""Observations in memory, for tests: held to the same contract tests as Redis's."""

from collections.abc import Mapping

from migration.adapters.memory_store import MemoryLease
from migration.model import Facts
from migration.ports import Clock, Observation

_SEAT = "collector"


class MemoryObservations:
    """Implements `migration.ports.Observations`."""

    def __init__(self, clock: Clock) -> None:
        """Nothing was seen yet."""
        self._clock = clock
        self._seen: dict[str, Observation] = {}
        self._until = 0.0
        self._seats: dict[str, tuple[object, float]] = {}

    def keep(self, seen: Mapping[str, Facts | None], at: float, seconds: float) -> None:
        """See `Observations.keep`."""
        self._seen = {name: Observation(at, facts) for name, facts in seen.items()}
        self._until = self._clock.now() + seconds

    def of(self, name: str) -> Observation | None:
        """See `Observations.of`."""
        return self._seen.get(name) if self._clock.now() < self._until else None

    def seat(self, seconds: float) -> MemoryLease | None:
        """See `Observations.seat`."""
        lease = MemoryLease(self._seats, _SEAT, self._clock, seconds)
        return lease if lease.take() else None
