"""`/migrate start [instance]`: opens the wizard."""

from bot import wizard
from bot.commands.request import Request
from bot.edge import Edge


def start(edge: Edge, request: Request) -> None:
    """Open the wizard, with the instance filled in if one was typed."""
    wizard.open_wizard(
        edge,
        user=request.user,
        channel=request.channel,
        trigger_id=request.trigger_id,
        source=request.argument.strip("`").lower(),
    )
