"""What can be typed behind `/migrate start`, and the answer to what can't."""

from collections.abc import Sequence

from bot.messages.text import Message, escape, safe, section
from bot.start_line import FLAGS, OPTIONS, Unknown

WORD = 40
LIKE = "/migrate start orders --method replica --max-lag 5s --max-pause 300s --way-back required"


def options() -> Message:
    """Every option, one line each."""
    lines = [
        *(f"• `{name} {escape(one.takes)}` {one.tells}" for name, one in OPTIONS.items()),
        *(f"• `{name}` {tells}" for name, (_, _, tells) in FLAGS.items()),
    ]
    head = (
        "*What can be typed behind `/migrate start &lt;instance&gt;`*, in any order; the form's "
        f"last step shows the line for what is chosen there.\n`{LIKE}`"
    )
    return _told("\n".join([head, *lines]))


def not_understood(unknown: Sequence[Unknown]) -> Message:
    """Each word that means nothing, with the nearest that does."""
    said = [
        f"`{safe(one.word.replace('`', ''), WORD)}` means nothing here."
        + (f" Did you mean `{one.nearest}`?" if one.nearest else "")
        for one in unknown
    ]
    end = "Nothing was opened. `/migrate help start` shows what can be typed."
    return _told("\n".join([*said, end]))


def _told(text: str) -> Message:
    return Message(text, [section(text)])
