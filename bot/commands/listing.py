"""`/migrate list`: those under way, and the latest that ended."""

from bot.commands.request import Request
from bot.edge import Edge
from bot.messages import answers
from migration.model import Migration

LATEST = 10


def listing(edge: Edge, request: Request) -> None:
    """A line for each."""
    request.answer(answers.listing(shown_in_lists(edge)))


def shown_in_lists(edge: Edge) -> list[Migration]:
    """Those that people look for."""
    found = {migration.id: migration for migration in edge.store.recent(LATEST)}
    found |= {migration.id: migration for migration in edge.store.under_way()}
    return list(found.values())
