"""Renews a pause while it lasts: poolers that hear nothing let their traffic go by themselves."""

import logging
import threading
from collections.abc import Callable

from migration.errors import DaybreakError

log = logging.getLogger(__name__)


class Keeper:
    """A thread that calls `renew` every so often, from `start` to `stop`."""

    def __init__(self, renew: Callable[[], None], every_seconds: float) -> None:
        """Nothing runs yet."""
        self._renew = renew
        self._every = every_seconds
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="keeper", daemon=True)

    def _run(self) -> None:
        while not self._ended.wait(self._every):
            try:
                self._renew()
            except DaybreakError as error:
                # The cut-over's own calls meet the same pooler, and decide what follows from it.
                log.warning("the pause could not be renewed: %s", error)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End. A renewal under way is not waited for: where traffic flows it changes nothing."""
        self._ended.set()
