"""One way to write a value as JSON, so that equal values have equal hashes."""

import json


def canonical(value: object) -> str:
    """The one text that JSON has for this: keys sorted, no spaces, ASCII alone."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
