"""Makes identifiers in Slack's shapes: ids, time stamps, hashes of views, names of blocks."""

import secrets
import string
import time

ALPHABET = string.ascii_uppercase + string.digits


def new_id(kind: str) -> str:
    """An id of a kind: `V` for a view, `F` for a file, `D` for a direct message."""
    return kind + "0" + "".join(secrets.choice(ALPHABET) for _ in range(9))


def new_name() -> str:
    """What Slack calls a block or an element that was sent without a name of its own."""
    return "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(5))


class Timestamps:
    """Time stamps are the ids of messages: never the same twice, and they only grow."""

    def __init__(self) -> None:
        self._last = 0

    def new(self) -> str:
        """The current time in microseconds, or the next free one."""
        self._last = max(self._last + 1, int(time.time() * 1_000_000))
        return f"{self._last // 1_000_000}.{self._last % 1_000_000:06d}"


def new_hash() -> str:
    """A view's hash: a time and a random part, as Slack's."""
    return f"{int(time.time())}.{secrets.token_hex(4)}"
