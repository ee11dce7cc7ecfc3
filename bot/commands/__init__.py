"""`/migrate`: takes what was typed apart and hands it to the sub-command's own file."""

from collections.abc import Callable, Mapping

from slack_bolt import Ack, App, BoltContext

from bot.commands.audit import audit
from bot.commands.break_glass import break_glass
from bot.commands.check import check
from bot.commands.controls import CONTROL_COMMANDS
from bot.commands.draft import draft
from bot.commands.listing import listing
from bot.commands.remedy import remedy
from bot.commands.request import Request
from bot.commands.roll_back import roll_back
from bot.commands.start import start
from bot.commands.status import status
from bot.commands.usage import usage
from bot.edge import Edge
from bot.middleware import ASKER, answering
from bot.respond import Respond

SUBCOMMANDS: Mapping[str, Callable[[Edge, Request], None]] = {
    # Nothing typed: the wizard, which asks for the rest.
    "": start,
    "start": start,
    "draft": draft,
    "check": check,
    "status": status,
    "list": listing,
    "audit": audit,
    **CONTROL_COMMANDS,
    "roll-back": roll_back,
    "rollback": roll_back,
    "break-glass": break_glass,
    "remedy": remedy,
}


def register(app: App, edge: Edge) -> None:
    """Listen to `/migrate`."""

    def migrate(ack: Ack, command: dict[str, str], context: BoltContext, respond: Respond) -> None:
        ack()
        words = (command.get("text") or "").split()
        request = Request(
            typed=words[0] if words else "",
            argument=" ".join(words[1:]),
            user=context[ASKER],
            channel=command["channel_id"],
            trigger_id=command["trigger_id"],
            respond=respond,
        )
        SUBCOMMANDS.get(request.typed.lower(), usage)(edge, request)

    app.command("/migrate")(answering(migrate))
