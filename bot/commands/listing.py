"""`/migrate list`: those under way, the newest first, and the latest that ended."""

from bot.commands.request import Request
from bot.edge import Edge
from bot.messages import answers
from migration.overview import ended_lately

LATEST = 10


def listing(edge: Edge, request: Request) -> None:
    """A line for each."""
    going = sorted(edge.store.under_way(), key=lambda one: one.created_at, reverse=True)
    request.answer(answers.listing(going, ended_lately(edge.store, LATEST)))
