"""`/migrate roll-back <id>`: opens the same question as the button."""

from dataclasses import replace

from bot.commands.named import migration_named, named_in
from bot.commands.request import Request
from bot.decide import Decide
from bot.edge import Edge
from bot.messages import answers
from bot.messages.buttons import Press
from migration.plan import ROLL_BACK


def roll_back(edge: Edge, request: Request) -> None:
    """Ask whoever typed it, or say to them alone why there is nothing to ask."""
    named = named_in(request)
    if not named:
        request.answer(answers.which_one("roll-back"))
        return
    migration = migration_named(edge, named, "roll-back")
    press = replace(Press.of(migration), gate=ROLL_BACK)
    Decide(edge).ask(press, request.user, request.trigger_id, request.respond)
