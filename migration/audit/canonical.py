"""The hash that ties a line to the line before."""

import hashlib
from collections.abc import Mapping
from typing import Any

from migration.canonical import canonical

#: Where nothing stands before: 64 zeros.
NOTHING = "0" * 64
HASH = "hash"

Line = Mapping[str, Any]


def digest(previous: str, line: Line) -> str:
    """SHA-256, in hex, over the hash before, a line feed, and the line without its own hash."""
    content = {name: value for name, value in line.items() if name != HASH}
    return hashlib.sha256(f"{previous}\n{canonical(content)}".encode()).hexdigest()
