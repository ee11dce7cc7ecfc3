"""Asks for a look at every synchronization in turn: from the reconciler, which never rests."""

import logging
import time

from migration.errors import StoreUnavailable
from migration.model import Migration
from migration.sync import is_synchronizing
from workers.app import Workbench

log = logging.getLogger(__name__)

# A job that was lost is asked for again; one that only waits comes to its turn.
PATIENCE_SECONDS = 30.0


class Rounds:
    """One look a migration every `DAYBREAK_SYNC_SECONDS`, by whichever worker is free."""

    def __init__(self, bench: Workbench) -> None:
        """Nothing was asked for yet."""
        self._bench = bench
        self._last = float("-inf")
        #: the time of the look that was there when the next was asked for, and when that was
        self._asked: dict[str, tuple[float | None, float]] = {}

    def begin(self) -> None:
        """Ask for the looks that are due."""
        now = time.monotonic()
        if now - self._last < self._bench.settings.sync_seconds:
            return
        self._last = now
        watched = [one for one in self._under_way() if is_synchronizing(one)]
        self._asked = {one.id: self._asked[one.id] for one in watched if one.id in self._asked}
        for migration in watched:
            self._ask(migration.id, now)

    def _under_way(self) -> list[Migration]:
        """A record that this version can't read keeps nobody else from being driven."""
        try:
            return self._bench.store.under_way()
        except StoreUnavailable:
            raise
        except Exception:
            log.exception("nobody is watched: a migration could not be read")
            return []

    def _ask(self, migration_id: str, now: float) -> None:
        """Unless nobody has come to the last one: more of the same would only stand in the way."""
        sync = self._bench.store.sync(migration_id)
        seen = sync.at if sync else None
        before, asked = self._asked.get(migration_id, (None, float("-inf")))
        if seen == before and now - asked < PATIENCE_SECONDS:
            return
        self._asked[migration_id] = (seen, now)
        self._bench.engine.watch(migration_id)
