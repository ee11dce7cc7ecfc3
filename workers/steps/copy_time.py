"""How long AWS needs for a copy: it tells nothing of how far it is, so this is an expectation."""

from dataclasses import dataclass

from workers.settings import WorkerSettings

GIB = 2**30
GIB_IN_TIB = 1024
HOUR_SECONDS = 3600.0
# What takes as long as was expected is not done because of that.
MOST_PROGRESS = 0.99


def expected_hours(size_gib: float, settings: WorkerSettings) -> float:
    """For a database of this size, as the settings say of AWS."""
    return max(settings.copy_least_hours, size_gib / GIB_IN_TIB * settings.copy_hours_per_tib)


@dataclass(frozen=True)
class Copy:
    """A copy under way: seconds since it began, and how many were expected."""

    lasted: float
    expected: float

    @property
    def progress(self) -> float | None:
        """Between 0 and 1; None when it takes longer than expected."""
        if self.lasted >= self.expected:
            return None
        return round(min(MOST_PROGRESS, self.lasted / self.expected), 2)
