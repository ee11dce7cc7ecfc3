"""IAM's wildcards: `*` for any text, `?` for one character, and nothing else."""

import re
from functools import cache


def like(pattern: str, value: str) -> bool:
    """Whether the whole value is of the pattern."""
    return _compiled(pattern).fullmatch(value) is not None


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    said = {r"\*": ".*", r"\?": "."}
    parts = (re.escape(part) for part in re.split(r"([*?])", pattern))
    return re.compile("".join(said.get(part, part) for part in parts), re.DOTALL)
