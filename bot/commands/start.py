"""`/migrate start [instance] [without-login]`: opens the wizard."""

from bot import wizard
from bot.commands.request import Request
from bot.edge import Edge

#: Typed behind the instance.
WITHOUT_LOGIN = frozenset({"without-login", "login=no"})


def start(edge: Edge, request: Request) -> None:
    """Open the wizard, with the instance and the way filled in as far as they were typed."""
    named = [word for word in request.argument.split() if word.lower() not in WITHOUT_LOGIN]
    wizard.open_wizard(
        edge,
        user=request.user,
        channel=request.channel,
        trigger_id=request.trigger_id,
        source=" ".join(named).strip("`").lower(),
        login=len(named) == len(request.argument.split()),
    )
