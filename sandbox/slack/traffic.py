"""The log of everything that passed between the workspace and the app, counted for the report."""

import itertools
import time
from collections import Counter, deque
from dataclasses import asdict, dataclass, field
from typing import Any

from sandbox.slack.changes import Changes

# what shows in the channel or to one person: the counters of the report
COUNTED = ("posted", "updated", "ephemeral")
# a sandbox may stay up for days
REMEMBERED = 20_000


@dataclass(frozen=True)
class Entry:
    """One exchange: `in` from the app, `out` to it."""

    number: int
    at: float
    direction: str
    kind: str
    request: Any
    answer: Any
    milliseconds: int
    details: dict[str, Any] = field(default_factory=dict)


class Traffic:
    """Exchanges in order, and how many messages they made."""

    def __init__(self) -> None:
        self._entries: deque[Entry] = deque(maxlen=REMEMBERED)
        self._numbers = itertools.count(1)
        self._counts: Counter[str] = Counter()
        self.changes = Changes()

    def record(
        self,
        direction: str,
        kind: str,
        request: Any,
        answer: Any,
        started: float,
        **details: Any,
    ) -> None:
        """Keep an exchange that began at `started` (of `time.monotonic`)."""
        took = round((time.monotonic() - started) * 1000)
        self._entries.append(
            Entry(next(self._numbers), time.time(), direction, kind, request, answer, took, details)
        )
        self.changes.mark()

    def count(self, what: str) -> None:
        """One message more that was posted, updated or shown to one person."""
        if what not in COUNTED:
            raise ValueError(what)
        self._counts[what] += 1

    def counts(self) -> dict[str, int]:
        """How many were posted, updated and ephemeral; safe to call from any thread."""
        return {name: self._counts[name] for name in COUNTED}

    def entries(self, after: int = 0) -> list[dict[str, Any]]:
        """The exchanges with a number above `after`."""
        return [asdict(entry) for entry in list(self._entries) if entry.number > after]
