"""What stands below an entry of the thread: a table, a file."""

from bot.messages.capture import made_blocks, plan_blocks
from bot.messages.extensions import extension_blocks
from bot.messages.parameters import parameter_blocks, parameter_file
from bot.messages.plan_document import plan_document
from bot.messages.readers import Readers
from bot.messages.text import Block, Upload
from migration import plan
from migration.events import Event, GateReached, StepDone
from migration.model import Migration


def beside(
    migration: Migration, event: Event, readers: Readers
) -> tuple[list[Block], Upload | None]:
    """Blocks behind its words, and the file that is put into the thread after it."""
    if isinstance(event, GateReached):
        approvers = sorted(readers.approvers)
        return [], plan_document(
            migration,
            readers.names,
            approvers,
            event.at,
            wanted=readers.wanted,
            requester_too=readers.requester_too,
        )
    return _beside_step(migration, event) if isinstance(event, StepDone) else ([], None)


def _beside_step(migration: Migration, event: StepDone) -> tuple[list[Block], Upload | None]:
    facts = event.facts
    match event.step:
        case plan.CHECK_SOURCE:
            return plan_blocks(facts, recreate=migration.options.recreate_slots), None
        case plan.COPY_PARAMETERS:
            return parameter_blocks(facts, migration.id), parameter_file(facts, migration.id)
        case plan.VALIDATE_TARGET:
            return extension_blocks(facts), None
        case plan.CUT_OVER:
            return made_blocks(facts), None
        case _:
            return [], None
