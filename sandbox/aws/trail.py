"""What was asked of RDS and carried out, as CloudTrail would tell it."""

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

StartResponse = Callable[..., Any]
READING = ("Describe", "List")
SECRET = "Password"
HIDDEN = "***"


@dataclass(frozen=True)
class Act:
    """One mutating call that was answered with success: its action and its parameters."""

    action: str
    parameters: tuple[tuple[str, str], ...]


class Trail:
    """Every mutating call in the order of their answers; threads may add to it."""

    def __init__(self) -> None:
        """Nothing was asked yet."""
        self._acts: list[Act] = []
        self._lock = threading.Lock()

    @property
    def acts(self) -> list[Act]:
        """All of them so far."""
        with self._lock:
            return list(self._acts)

    def noting(self, body: bytes, start_response: StartResponse) -> StartResponse:
        """The same `start_response`, after a note if the answer says that it was done."""
        asked = {
            name: HIDDEN if SECRET in name else values[0]
            for name, values in parse_qs(body.decode()).items()
        }
        action = asked.pop("Action", "")
        if action.startswith(READING):
            return start_response

        def answered(status: str, headers: Iterable[tuple[str, str]], *more: Any) -> Any:
            if status.startswith("2"):
                with self._lock:
                    self._acts.append(Act(action, tuple(sorted(asked.items()))))
            return start_response(status, headers, *more)

        return answered
