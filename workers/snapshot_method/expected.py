"""How long a source will be closed: an estimate, from what AWS needs to copy a TiB."""

from workers.settings import WorkerSettings

HOUR = 3600.0
GIB_IN_TIB = 1024


def expected_seconds(storage_gib: float, settings: WorkerSettings) -> float:
    """Snapshot, restore and instance together; AWS promises nothing of it."""
    hours = storage_gib / GIB_IN_TIB * settings.copy_hours_per_tib
    return max(settings.copy_least_hours, hours) * HOUR
