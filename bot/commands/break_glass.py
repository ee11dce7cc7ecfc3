"""`/migrate break-glass <id>`: the question of the gate, for an emergency; its conditions count."""

from dataclasses import replace

from bot.commands.named import migration_named, named_in
from bot.commands.request import Request
from bot.decide import Decide
from bot.edge import Edge
from bot.messages import answers
from bot.messages.buttons import Press
from migration.terms import gate_of


def break_glass(edge: Edge, request: Request) -> None:
    """Ask whoever typed it, or say to them alone why there is nothing to ask."""
    named = named_in(request)
    if not named:
        request.answer(answers.which_one("break-glass"))
        return
    migration = migration_named(edge, named, "break-glass")
    press = replace(Press.of(migration), gate=gate_of(migration), break_glass=True)
    Decide(edge).ask(press, request.user, request.trigger_id, request.respond)
