"""The lines of a story: what it is about, each event as it was stored, and the seal at its end."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from migration.audit.canonical import HASH, NOTHING, digest
from migration.audit.head import head
from migration.canonical import canonical
from migration.model import Migration

#: By the event after which nothing happens any more: how the migration ended.
ENDINGS = {
    "migration_completed": "completed",
    "migration_cancelled": "cancelled",
    "migration_rolled_back": "rolled back",
}


@dataclass(frozen=True)
class Chain:
    """Lines of JSON without their line feeds, and the last one's hash."""

    lines: tuple[str, ...]
    last: str
    #: How the migration ended; empty without a seal.
    ended: str
    #: Of what was planned at the start; empty where that is not on record.
    plan_hash: str

    @property
    def text(self) -> str:
        """The file: JSON Lines."""
        return "".join(f"{line}\n" for line in self.lines)


def chained(migration: Migration, stored: Sequence[str]) -> Chain:
    """The chain over a history, oldest first.

    `stored` are the events as the store keeps them, and not as the code of today reads them: a
    field that it would add, or leave out, changes no hash.
    """
    events = [json.loads(text) for text in stored]
    lines: list[str] = []
    previous, ended = NOTHING, ""

    def add(line: dict[str, Any]) -> None:
        nonlocal previous
        previous = digest(previous, line)
        lines.append(canonical({**line, HASH: previous}))

    first = head(migration, events)
    add(first)
    for number, event in enumerate(events, start=1):
        add({"line": "event", "number": number, "event": event})
        if not ended and event["kind"] in ENDINGS:
            ended = ENDINGS[event["kind"]]
            add({"line": "seal", "events": number, "head": previous, "ended": ended})
    return Chain(tuple(lines), previous, ended, first["plan_hash"])


def events_to_seal(stored: Sequence[str]) -> int:
    """How many events come before the seal; 0 while the migration is under way."""
    found = enumerate((json.loads(text)["kind"] for text in stored), start=1)
    return next((number for number, kind in found if kind in ENDINGS), 0)
