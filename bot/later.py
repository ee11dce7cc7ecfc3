"""Does something in a moment, without holding up the queue meanwhile."""

import logging
import threading
from collections.abc import Callable

log = logging.getLogger(__name__)


class Later:
    """Timers by name: asked for twice, a thing is done once.

    What dies with the process is asked for again by the reconciler: the store still has it due.
    """

    def __init__(self) -> None:
        """Nothing is asked for yet."""
        self._waiting: set[str] = set()
        self._lock = threading.Lock()

    def ask(self, name: str, seconds: float, work: Callable[[str], None]) -> None:
        """Call `work(name)` in so many seconds, unless that is asked for already."""
        with self._lock:
            if name in self._waiting:
                return
            self._waiting.add(name)
        timer = threading.Timer(seconds, self._do, (name, work))
        timer.daemon = True
        timer.start()

    def _do(self, name: str, work: Callable[[str], None]) -> None:
        with self._lock:
            self._waiting.discard(name)
        try:
            work(name)
        except Exception:
            log.exception("%s stays due", name)
