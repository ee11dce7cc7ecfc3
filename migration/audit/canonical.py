"""One way to write a line, and the hash that ties it to the line before."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

#: Where nothing stands before: 64 zeros.
NOTHING = "0" * 64
HASH = "hash"

Line = Mapping[str, Any]


def canonical(value: object) -> str:
    """The one text that JSON has for this: keys sorted, no spaces, ASCII alone."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def digest(previous: str, line: Line) -> str:
    """SHA-256, in hex, over the hash before, a line feed, and the line without its own hash."""
    content = {name: value for name, value in line.items() if name != HASH}
    return hashlib.sha256(f"{previous}\n{canonical(content)}".encode()).hexdigest()
