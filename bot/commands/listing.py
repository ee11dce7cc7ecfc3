"""`/migrate list`: those under way, and the latest that ended."""

from bot.commands.request import Request
from bot.edge import Edge
from bot.messages import answers

LATEST = 10


def listing(edge: Edge, request: Request) -> None:
    """A line for each."""
    found = {migration.id: migration for migration in edge.store.recent(LATEST)}
    found |= {migration.id: migration for migration in edge.store.under_way()}
    request.answer(answers.listing(list(found.values())))
