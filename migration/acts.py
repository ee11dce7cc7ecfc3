"""What a migration's history says of its calls: a step asks it where the cloud shows nothing."""

from collections.abc import Iterable

from migration.events import ActDone, MigrationRetried, ReplicaDropped
from migration.ports import Recorded


def last_done(history: Iterable[Recorded], act: str) -> float | None:
    """When this call was last answered, in unix seconds; a retry or a drop begins anew."""
    at: float | None = None
    for recorded in history:
        event = recorded.event
        if isinstance(event, MigrationRetried | ReplicaDropped):
            at = None
        elif isinstance(event, ActDone) and event.act == act:
            at = event.at
    return at
