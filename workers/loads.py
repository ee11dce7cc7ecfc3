"""How full the account's instances are, and how much they write: read now and then."""

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass

from migration.errors import DaybreakError
from workers.aws.cloudwatch import FREE_STORAGE, WAL_RATE, CloudWatchGateway, Metric

log = logging.getLogger(__name__)

GIB = 2**30
# It is for a choice that nobody makes by the minute.
EVERY_SECONDS = 300.0
# GetMetricData takes 500 queries, and each instance has two.
AT_ONCE = 250


@dataclass(frozen=True)
class Load:
    """What CloudWatch says of one instance; None where it says nothing."""

    free_gib: float | None = None
    wal_bytes_per_second: float | None = None


class Loads:
    """The last that was read."""

    def __init__(self, metrics: CloudWatchGateway) -> None:
        """Nothing was read yet."""
        self._metrics = metrics
        self._known: dict[str, Load] = {}
        self._read = float("-inf")

    def of(self, instance: str) -> Load:
        """What is known of it."""
        return self._known.get(instance, Load())

    def read(self, instances: Sequence[str]) -> None:
        """Read it anew where it is old, or of one that is new; trouble leaves what was known."""
        old = time.monotonic() - self._read >= EVERY_SECONDS
        if not old and not set(instances) - self._known.keys():
            return
        try:
            found: dict[str, Load] = {}
            for first in range(0, len(instances), AT_ONCE):
                found |= self._some(instances[first : first + AT_ONCE])
        except DaybreakError as error:
            log.warning("How much the instances write could not be read: %s", error)
            return
        self._known, self._read = found, time.monotonic()

    def _some(self, instances: Sequence[str]) -> dict[str, Load]:
        free = {name: Metric(FREE_STORAGE, name, "Minimum") for name in instances}
        rate = {name: Metric(WAL_RATE, name, "Average") for name in instances}
        points = self._metrics.latest([*free.values(), *rate.values()])

        def value(metric: Metric, unit: float) -> float | None:
            point = points.get(metric)
            return point.value / unit if point else None

        return {name: Load(value(free[name], GIB), value(rate[name], 1.0)) for name in instances}
