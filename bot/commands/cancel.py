"""`/migrate cancel <id>`: asks whether it is meant; the answer is a button (`actions.py`)."""

from bot.commands.request import Request
from bot.edge import Edge
from bot.messages import answers


def cancel(edge: Edge, request: Request) -> None:
    """Show the question and its button to the one who typed it."""
    named = request.argument.strip("`")
    if not named:
        request.answer(answers.told("Which one? `/migrate cancel <id>`; `/migrate list` has ids."))
        return
    request.answer(answers.really_cancel(edge.store.load(named)))
