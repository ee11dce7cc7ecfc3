"""Does something in a moment, without holding up the queue meanwhile."""

import logging
import threading
import time
from collections.abc import Callable

from redis.exceptions import RedisError

from migration.errors import DaybreakError

log = logging.getLogger(__name__)

# When Slack is back everything is due in the same moment.
AT_ONCE = 4


class Later:
    """Timers by name: asked for twice, a thing is done once, at the earlier time.

    What dies with the process is asked for again by the reconciler: the store still has it due.
    """

    def __init__(self) -> None:
        """Nothing is asked for yet."""
        self._waiting: dict[str, float] = {}
        self._lock = threading.Lock()
        self._few = threading.BoundedSemaphore(AT_ONCE)

    def ask(self, name: str, seconds: float, work: Callable[[], None]) -> None:
        """Do the work in so many seconds, unless it will be done by then already."""
        due = time.monotonic() + seconds
        with self._lock:
            if self._waiting.get(name, due + 1) <= due:
                return
            self._waiting[name] = due
        timer = threading.Timer(seconds, self._do, (name, due, work))
        timer.daemon = True
        timer.start()

    def _do(self, name: str, due: float, work: Callable[[], None]) -> None:
        with self._few:
            with self._lock:
                if self._waiting.get(name) != due:
                    # An earlier one has come in between.
                    return
                del self._waiting[name]
            try:
                work()
            except (DaybreakError, RedisError) as error:
                log.warning("%s stays due: %s", name, error)
            except Exception:
                log.exception("%s stays due", name)
