"""What stands below an entry of the thread: a table, a file."""

from bot.messages.extensions import extension_blocks
from bot.messages.parameters import parameter_blocks, parameter_file
from bot.messages.text import Block, Upload
from migration.events import Event, StepDone
from migration.model import Migration
from migration.plan import COPY_PARAMETERS, VALIDATE_TARGET


def beside(migration: Migration, event: Event) -> tuple[list[Block], Upload | None]:
    """Blocks behind its words, and the file that is put into the thread after it."""
    if not isinstance(event, StepDone):
        return [], None
    if event.step == COPY_PARAMETERS:
        blocks = parameter_blocks(event.facts, migration.id)
        return blocks, parameter_file(event.facts, migration.id)
    return (extension_blocks(event.facts) if event.step == VALIDATE_TARGET else []), None
