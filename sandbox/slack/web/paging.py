"""Pages of long lists: Slack's cursors."""

import base64
import binascii
from collections.abc import Sequence
from typing import Any, TypeVar

from sandbox.slack.errors import SlackError
from sandbox.slack.web.call import Call

T = TypeVar("T")


def page(call: Call, entries: Sequence[T], default: int, maximum: int) -> tuple[list[T], str]:
    """The entries of the page asked for, and the cursor of the next or an empty string."""
    start = _position(call.text("cursor"))
    limit = call.number("limit", default, maximum)
    end = start + limit
    following = base64.b64encode(f"offset:{end}".encode()).decode() if end < len(entries) else ""
    return list(entries[start:end]), following


def metadata(cursor: str) -> dict[str, Any]:
    """Where an answer carries its cursor."""
    return {"response_metadata": {"next_cursor": cursor}}


def _position(cursor: str | None) -> int:
    if cursor is None:
        return 0
    try:
        kind, _, offset = base64.b64decode(cursor, validate=True).decode().partition(":")
        return int(offset) if kind == "offset" else _refuse()
    except (binascii.Error, ValueError):
        return _refuse()


def _refuse() -> int:
    raise SlackError("invalid_cursor")
