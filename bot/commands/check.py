"""`/migrate check <instance> [--without-login]`: a worker looks; the channel reads it."""

from bot.commands.request import Request
from bot.edge import Edge
from bot.messages import answers
from bot.messages.draft import LOGIN, default_target
from bot.messages.text import quoted
from bot.places import place_for
from bot.start_line import parse
from migration.identifiers import LONGEST_IDENTIFIER, is_identifier

USAGE = "`/migrate check &lt;instance&gt; [--without-login]`."


def check(edge: Edge, request: Request) -> None:
    """Ask for the look, and say where its answer will stand."""
    line = parse(request.argument)
    if line.unknown or line.wrong or line.values.keys() - {LOGIN}:
        request.answer(answers.told(f"{USAGE} It takes nothing else."))
        return
    source = line.source
    if not source:
        request.answer(answers.told(f"Which one? {USAGE}"))
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
        login=LOGIN not in line.values,
    )
    request.answer(
        answers.told(
            f"`{source}` is being looked at, and nothing is changed. What is found comes to "
            f"<#{channel}>."
        )
    )
