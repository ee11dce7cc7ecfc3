"""How often AWS lets itself be asked, and how often it was."""

import threading
import time
from collections import Counter
from collections.abc import Callable


class Calls:
    """Counts every request by service and action; threads may add to it."""

    def __init__(self) -> None:
        """Nothing was asked yet."""
        self._counted: Counter[tuple[str, str]] = Counter()
        self._lock = threading.Lock()

    def count(self, service: str, action: str) -> None:
        """One more."""
        with self._lock:
            self._counted[service, action] += 1

    @property
    def counted(self) -> Counter[tuple[str, str]]:
        """All of them so far."""
        with self._lock:
            return Counter(self._counted)


class Bucket:
    """Tokens that come back at a rate, as many as one second brings at most."""

    def __init__(self, rate: Callable[[], float]) -> None:
        """`rate` says how many a second, at each moment; 0: there is no limit."""
        self._rate = rate
        self._left = 0.0
        self._filled = float("-inf")
        self._lock = threading.Lock()

    def take(self) -> bool:
        """Whether there was one."""
        with self._lock:
            rate, now = self._rate(), time.monotonic()
            if rate <= 0:
                return True
            most = max(rate, 1.0)
            self._left = min(most, self._left + (now - self._filled) * rate)
            self._filled = now
            if self._left < 1:
                return False
            self._left -= 1
            return True
