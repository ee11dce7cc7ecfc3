"""How often roots may be edited: all migrations of a workspace share some fifty edits a minute."""

import threading

# What can be pressed is edited at once, other words after a second, mere numbers after ten, and
# later where many migrations show numbers: these get thirty of the edits, whoever's they are.
SECONDS_BETWEEN_WORDS = 1.0
SECONDS_BETWEEN_NUMBERS = 10.0
NUMBERS_A_MINUTE = 30
MINUTE = 60.0


class Pace:
    """Knows which roots were edited in the last minute."""

    def __init__(self) -> None:
        """None was."""
        self._edited: dict[str, float] = {}
        self._lock = threading.Lock()

    def edited(self, migration_id: str, now: float) -> None:
        """A root was posted or edited; `now` in unix s."""
        with self._lock:
            self._edited[migration_id] = now

    def between_numbers(self, now: float) -> float:
        """Seconds between two edits of a root that change mere numbers."""
        with self._lock:
            self._edited = {name: at for name, at in self._edited.items() if at > now - MINUTE}
            shared = len(self._edited) * MINUTE / NUMBERS_A_MINUTE
        return max(SECONDS_BETWEEN_NUMBERS, shared)
