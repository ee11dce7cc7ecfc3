"""App Home's tab, made of what the commands answer."""

from collections.abc import Sequence

from bot.messages import answers
from bot.messages.buttons import button
from bot.messages.modals import View
from migration.model import Migration

START = "open_wizard"


def home(migrations: Sequence[Migration]) -> View:
    """A button that begins one, those that there are, and what can be typed."""
    start = button(START, "Move a database to Aurora", "start", "primary")
    return {
        "type": "home",
        "blocks": [
            {"type": "actions", "block_id": "start", "elements": [start]},
            *answers.listing(migrations).blocks,
            {"type": "divider"},
            *answers.usage().blocks,
        ],
    }
