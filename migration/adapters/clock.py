"""The system's clock."""

import time


class SystemClock:
    """Tells the time of this machine."""

    def now(self) -> float:
        """Unix seconds."""
        return time.time()
