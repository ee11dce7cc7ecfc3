"""`/migrate remedy <id or instance> <check>`: asks whether it is meant; the answer is a button."""

from bot.commands.named import found_by_id
from bot.commands.request import Request
from bot.edge import Edge
from bot.messages import answers, remedies
from bot.messages.draft import default_target
from bot.messages.text import quoted
from bot.places import place_for
from bot.rights import check_may_mend
from migration.identifiers import LONGEST_IDENTIFIER, is_identifier
from migration.remedying import offered


def remedy(edge: Edge, request: Request) -> None:
    """Show the question to the one who typed it, or look anew where nobody has looked."""
    named, _, check = request.argument.replace("`", "").lower().partition(" ")
    if not named or not check.strip():
        request.answer(
            answers.told(
                "Which one? `/migrate remedy &lt;id or instance&gt; &lt;check&gt;`: "
                "`/migrate check` names the checks that found something."
            )
        )
        return
    if not is_identifier(named):
        shown = quoted(named, LONGEST_IDENTIFIER)
        request.answer(answers.told(f"{shown} is no name that RDS gives an instance."))
        return
    source = _source(edge, named)
    under_way = edge.remedying.under_way(source)
    check_may_mend(edge, source, under_way, request.user)
    look = edge.remedying.latest(source)
    if look is None:
        _ask_for_a_look(edge, request, source)
        return
    _, offer = offered(look, check.strip())
    check_may_mend(edge, source, under_way, request.user, offer.remedy)
    request.answer(remedies.really(look, offer))


def _source(edge: Edge, named: str) -> str:
    """Of a migration by its id, else the instance itself."""
    found = found_by_id(edge, named)
    return found.source if found else named


def _ask_for_a_look(edge: Edge, request: Request, source: str) -> None:
    channel = place_for(edge.client, request.channel, edge.fallback_channel)
    edge.checking.ask(source, default_target(source), request.user, channel, login=True)
    request.answer(
        answers.told(
            f"Nobody has looked at `{source}` lately, so that is done now. What is found comes to "
            f"<#{channel}>, with buttons for what can be mended."
        )
    )
