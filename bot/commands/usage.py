"""`/migrate help`, and the answer to what is no sub-command."""

from bot.commands.request import Request
from bot.edge import Edge
from bot.messages import answers


def usage(_edge: Edge, request: Request) -> None:
    """What can be typed; after something unknown, what comes nearest."""
    known = request.typed.lower() == "help"
    request.answer(answers.usage("" if known else request.typed))
