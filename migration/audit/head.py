"""The first line: which migration it is, and what was planned when it was started."""

from collections.abc import Mapping, Sequence
from typing import Any

from migration.model import Migration
from migration.plan import hash_of

#: How these lines are made; another number is another way.
FORMAT = 1


def head(migration: Migration, events: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Only what never changes: the line is the same in every copy."""
    started = events[0] if events else {}
    return {
        "line": "head",
        "format": FORMAT,
        "migration": migration.id,
        "source": migration.source,
        "target": migration.target,
        "requester": migration.requester,
        "created_at": migration.created_at,
        "plan_hash": hash_of(started.get("planned", {})),
    }
