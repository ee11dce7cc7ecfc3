"""Tells those who wait that something in the workspace changed."""

import asyncio
from contextlib import suppress


class Changes:
    """A number that grows with every change."""

    def __init__(self) -> None:
        self.number = 0
        self._event = asyncio.Event()

    def mark(self) -> None:
        """Something that somebody sees has changed."""
        self.number += 1
        self._event.set()
        self._event = asyncio.Event()

    async def after(self, number: int, seconds: float) -> int:
        """The number as soon as it is above `number`, or after that many seconds."""
        if self.number <= number:
            event = self._event
            with suppress(TimeoutError):
                await asyncio.wait_for(event.wait(), seconds)
        return self.number
