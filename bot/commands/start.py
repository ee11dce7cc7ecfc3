"""`/migrate start [instance] [without-login | way-back | method=snapshot] [recreate-slots]`.

Opens the wizard.
"""

import re

from bot import wizard
from bot.commands.request import Request
from bot.edge import Edge
from migration.model import Method, WayBack

#: Typed behind the instance.
WITHOUT_LOGIN = frozenset({"without-login", "login=no"})
WAY_BACK = frozenset({"way-back", "way-back=yes"})
METHODS = {
    **dict.fromkeys(("by-snapshot", "method=snapshot"), Method.SNAPSHOT),
    **dict.fromkeys(("by-replica", "method=replica"), Method.READ_REPLICA),
}
# As people type it who are used to a terminal.
OPTION = re.compile(r"--method[ =]+", re.IGNORECASE)
RECREATE_SLOTS = frozenset({"recreate-slots", "recreate-slots=yes"})


def start(edge: Edge, request: Request) -> None:
    """Open the wizard, with the instance and the way filled in as far as they were typed."""
    words = OPTION.sub("method=", request.argument).split()
    known = WITHOUT_LOGIN | WAY_BACK | RECREATE_SLOTS | METHODS.keys()
    named = [word for word in words if word.lower() not in known]
    typed = {word.lower() for word in words}
    methods = [METHODS[word] for word in sorted(typed & METHODS.keys())]
    wizard.open_wizard(
        edge,
        user=request.user,
        channel=request.channel,
        trigger_id=request.trigger_id,
        source=" ".join(named).strip("`").lower(),
        login=not typed & WITHOUT_LOGIN,
        way_back=WayBack.REQUIRED if typed & WAY_BACK else WayBack.NONE,
        method=methods[0] if methods else Method.READ_REPLICA,
        recreate_slots=bool(typed & RECREATE_SLOTS),
    )
