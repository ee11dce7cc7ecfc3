"""`/migrate check <instance> [without-login]`: has a worker look; the channel reads what it saw."""

from bot.commands.request import Request
from bot.commands.start import WITHOUT_LOGIN
from bot.edge import Edge
from bot.messages import answers
from bot.messages.draft import default_target
from bot.messages.text import quoted
from bot.places import place_for
from migration.identifiers import LONGEST_IDENTIFIER, is_identifier


def check(edge: Edge, request: Request) -> None:
    """Ask for the look, and say where its answer will stand."""
    words = request.argument.split()
    named = [word for word in words if word.lower() not in WITHOUT_LOGIN]
    source = " ".join(named).strip("`").lower()
    if not source:
        request.answer(answers.told("Which one? `/migrate check &lt;instance&gt;`."))
        return
    if not is_identifier(source):
        shown = quoted(source, LONGEST_IDENTIFIER)
        request.answer(answers.told(f"{shown} is no name that RDS gives an instance."))
        return
    edge.people.member(request.user)
    channel = place_for(edge.client, request.channel, edge.fallback_channel)
    edge.checking.ask(
        source,
        default_target(source),
        request.user,
        channel,
        login=len(named) == len(words),
    )
    request.answer(
        answers.told(
            f"`{source}` is being looked at, and nothing is changed. What is found comes to "
            f"<#{channel}>."
        )
    )
