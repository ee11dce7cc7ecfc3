"""Promote or cancel: one conditional commit in the store decides, and whoever is second is told."""

import logging
import threading
from types import TracebackType
from typing import Self

from migration.errors import Conflict, DaybreakError
from migration.model import Migration
from migration.ports import Store
from migration.recorder import Recorder
from workers.cutover.errors import Cancelled, Superseded

log = logging.getLogger(__name__)

# While a replica takes its time, a cancel is seen within this. The commit decides, not the look.
LOOK_SECONDS = 0.25


class Decision:
    """A cut-over's side of it; a person's is `Service.cancel`."""

    def __init__(self, store: Store, recorder: Recorder, begun: Migration, act: str) -> None:
        """Over a cut-over that has begun; `act` is what the promotion is journalled as."""
        self._store = store
        self._recorder = recorder
        self._begun = begun
        self._act = act
        self._over = threading.Event()
        self._cancelled = threading.Event()
        self._thread = threading.Thread(target=self._look, name="decision", daemon=True)

    def __enter__(self) -> Self:
        """Begin to look for a cancel."""
        self._thread.start()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _where: TracebackType | None,
    ) -> None:
        # Not waited for: it may be waiting for a Redis that hangs, and writers wait for us.
        self._over.set()

    def _look(self) -> None:
        while not self._over.wait(LOOK_SECONDS):
            try:
                found = self._store.load(self._begun.id)
            except DaybreakError as error:
                log.warning("no look for a cancel: %s", error)
                continue
            if found.promoting_since is not None:
                return
            if found.cancelled_by:
                self._cancelled.set()
                return

    def check(self) -> None:
        """Raises Cancelled once a cancel was seen; costs nothing."""
        if self._cancelled.is_set():
            raise Cancelled

    def promote(self) -> None:
        """Commit the intent to promote: from here on a cancel comes too late.

        Raises:
            Cancelled: a cancel was committed before.
            Superseded: a successor is in charge.
            StoreUnavailable: it may or may not have been committed; nothing may be promoted.
        """
        try:
            self._recorder.decide_promotion(self._begun, self._act)
        except Conflict as error:
            found = self._store.load(self._begun.id)
            if found.epoch == self._begun.epoch and found.cancelled_by:
                raise Cancelled from error
            raise Superseded from error
