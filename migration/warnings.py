"""What a source was warned of, and who has taken note of it: pure."""

from collections.abc import Iterable, Mapping, Sequence

from migration.events import WarningsAcknowledged
from migration.model import Migration
from migration.ports import Recorded


def warnings_of(migration: Migration) -> Mapping[str, Sequence[str]]:
    """By the check's name: what it found, with what to do about it."""
    found = migration.fact("check_source", "warnings")
    return found if isinstance(found, Mapping) else {}


def acknowledged(history: Iterable[Recorded]) -> frozenset[str]:
    """The checks whose warnings somebody has taken note of."""
    return frozenset(
        name
        for recorded in history
        if isinstance(recorded.event, WarningsAcknowledged)
        for name in recorded.event.checks
    )


def unacknowledged(migration: Migration, noted: frozenset[str]) -> tuple[str, ...]:
    """What nobody has taken note of yet, by name."""
    return tuple(name for name in sorted(warnings_of(migration)) if name not in noted)
