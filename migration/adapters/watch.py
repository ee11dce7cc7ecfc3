"""Says in the log when Redis goes away and when it is back: one line each, whoever notices."""

import logging
import threading
from typing import Self

from redis import Redis
from redis.exceptions import RedisError, ResponseError

from migration.adapters.connection import try_to_write

log = logging.getLogger(__name__)

EVERY_SECONDS = 1.0


class Watch:
    """Looks every second whether Redis takes writes; a process has one."""

    def __init__(self, redis: Redis) -> None:
        """A watch over this Redis that has not looked yet."""
        self._redis = redis
        self._away = False
        self._looking = threading.Lock()

    def start(self) -> Self:
        """Look for as long as the process lives, in a thread of its own."""
        threading.Thread(target=self._look_for_ever, name="redis watch", daemon=True).start()
        return self

    def look(self) -> bool:
        """Whether Redis takes writes now; a change is said."""
        with self._looking:
            try:
                try_to_write(self._redis)
            except RedisError as error:
                if not self._away:
                    log.warning("%s Everything waits until it is back.", in_words(error))
                self._away = True
            else:
                if self._away:
                    log.warning("Redis is back.")
                self._away = False
            return not self._away

    def wait(self, stop: threading.Event | None = None) -> None:
        """Until it takes writes, or until told to stop."""
        told = stop or threading.Event()
        while not self.look():
            if told.wait(EVERY_SECONDS):
                return

    def _look_for_ever(self) -> None:
        never = threading.Event()
        while not never.wait(EVERY_SECONDS):
            self.look()


def in_words(error: RedisError) -> str:
    """What is wrong with it, in a sentence."""
    if isinstance(error, ResponseError):
        return f"Redis takes no writes ({error})."
    return f"Redis does not answer ({error})."
