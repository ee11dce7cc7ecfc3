"""What the thread says when a person holds a migration, and when one has it go on."""

from bot.messages.readers import Readers
from bot.messages.text import duration
from bot.messages.words import step_title
from migration.events import MigrationPaused, MigrationResumed, MigrationRetried


def going_on_words(
    event: MigrationPaused | MigrationResumed | MigrationRetried, readers: Readers
) -> str:
    """Who did it, and at which step; nobody has to do anything about it."""
    name, step = readers.name(event.by), step_title(event.step)
    if isinstance(event, MigrationPaused):
        return (
            f"*Paused* by {name}, at “{step}”: nothing new is started until somebody resumes. "
            "Nothing is undone; a replica is watched on."
        )
    if isinstance(event, MigrationResumed):
        return f"*Resumed* by {name}, after {duration(event.seconds)}: {step}."
    return f"*Tried again* by {name}: {step}."
