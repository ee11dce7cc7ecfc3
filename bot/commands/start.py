"""`/migrate start [instance] [options]`: opens the form, filled in as far as it was typed."""

from bot import wizard
from bot.commands.request import Request
from bot.edge import Edge
from bot.messages import start_options
from bot.start_line import parse

HELP = frozenset({"--help", "-h", "help"})


def start(edge: Edge, request: Request) -> None:
    """Open it; or say what was not understood, and open nothing."""
    if request.argument.strip().lower() in HELP:
        request.answer(start_options.options())
        return
    line = parse(request.argument)
    if line.unknown:
        request.answer(start_options.not_understood(line.unknown))
        return
    wizard.open_wizard(
        edge,
        user=request.user,
        channel=request.channel,
        trigger_id=request.trigger_id,
        line=line,
    )
