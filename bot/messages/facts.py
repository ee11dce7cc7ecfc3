"""What a step found, in lines."""

from typing import Any

from bot.messages.text import bullets, safe, when
from bot.messages.words import named
from migration.model import Facts

NAME = 60
VALUE = 200
MOST_LINES = 8
MOST_ITEMS = 5


def fact_lines(facts: Facts) -> list[str]:
    """Each fact that fits a line; nested ones are for `python -m workers show`."""
    lines = [
        f"• {safe(named(name), NAME)}: {value}"
        for name, raw in facts.items()
        if (value := when(raw) if _is_time(name, raw) else _value(raw))
    ]
    return bullets(lines, MOST_LINES)


def _is_time(name: str, raw: Any) -> bool:
    return name.endswith("_at") and isinstance(raw, float)


def _value(raw: Any) -> str:
    """A plain value or a short list of them; empty for what has parts of its own."""
    if isinstance(raw, bool):
        return "yes" if raw else "no"
    if isinstance(raw, float):
        return f"{raw:.4g}" if abs(raw) < 10_000 else f"{raw:.0f}"
    if isinstance(raw, str | int):
        return safe(str(raw), VALUE)
    if isinstance(raw, list | tuple) and raw and all(isinstance(one, str | int) for one in raw):
        return safe(", ".join(bullets([str(one) for one in raw], MOST_ITEMS)), VALUE)
    return ""
