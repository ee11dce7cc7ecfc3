"""`/migrate draft`: opens the form that was closed before it was sent."""

from bot import wizard
from bot.commands.request import Request
from bot.edge import Edge


def draft(edge: Edge, request: Request) -> None:
    """Where it stood, with everything that was entered."""
    wizard.open_kept(edge, user=request.user, trigger_id=request.trigger_id)
