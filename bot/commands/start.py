"""`/migrate start [instance] [without-login | way-back]`: opens the wizard."""

from bot import wizard
from bot.commands.request import Request
from bot.edge import Edge
from migration.model import WayBack

#: Typed behind the instance.
WITHOUT_LOGIN = frozenset({"without-login", "login=no"})
WAY_BACK = frozenset({"way-back", "way-back=yes"})


def start(edge: Edge, request: Request) -> None:
    """Open the wizard, with the instance and the way filled in as far as they were typed."""
    words = request.argument.split()
    named = [word for word in words if word.lower() not in WITHOUT_LOGIN | WAY_BACK]
    typed = {word.lower() for word in words}
    wizard.open_wizard(
        edge,
        user=request.user,
        channel=request.channel,
        trigger_id=request.trigger_id,
        source=" ".join(named).strip("`").lower(),
        login=not typed & WITHOUT_LOGIN,
        way_back=WayBack.REQUIRED if typed & WAY_BACK else WayBack.NONE,
    )
