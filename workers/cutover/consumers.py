"""Consumers of logical slots may read to the end before the fence ends their sessions.

Only where the plan makes their slots anew on the target. Nothing of the fence is weaker for it:
they are ended like everybody else before the end of the log is marked, only a moment later.
"""

from collections.abc import Iterable

from workers.cutover.budget import Budget
from workers.postgres import slots
from workers.postgres.connect import Connection
from workers.postgres.sessions import Straggler

# A consumer that confirms what it is sent does so within milliseconds; many confirm every ten
# seconds, and writers wait meanwhile.
READING_SECONDS = 1.0


class Consumers:
    """Those of the noted slots, while a source is being closed."""

    def __init__(self, source: Connection, epoch: int, *, wanted: bool) -> None:
        """Where they are not `wanted` nobody is waited for."""
        self._source = source
        self._epoch = epoch
        self._wanted = wanted
        self._patience = Budget(READING_SECONDS)
        self._end = ""

    def may_go_on(self, left: Iterable[Straggler]) -> frozenset[int]:
        """Processes of those who are still there that need not be ended yet."""
        if not self._wanted or self._patience.left <= 0:
            return frozenset()
        sending = slots.senders(self._source)
        if any(one.pid not in sending for one in left):
            # Somebody may still write: where the log ends is not known.
            self._end = ""
            return sending
        self._end = self._end or slots.end_of_log(self._source)
        return slots.reading(self._source, self._end)

    def note(self) -> None:
        """Write down how far each has read, now that nobody is left."""
        if self._wanted:
            end = self._end or slots.end_of_log(self._source)
            slots.note_positions(self._source, self._epoch, end)
