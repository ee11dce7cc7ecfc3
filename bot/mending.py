"""The buttons of remedies: who may have a source mended, and once only."""

import re
from typing import Any

from slack_bolt import Ack, App, BoltContext

from bot.edge import Edge
from bot.messages import remedies
from bot.messages.buttons import LOOK_FOR_REMEDIES, Press
from bot.messages.remedies import ACTION, CALL_OFF, Mend
from bot.middleware import ASKER, answering
from bot.respond import Respond
from bot.rights import check_may_act, check_may_mend


def register(app: App, edge: Edge) -> None:
    """Listen to them."""

    def pressed(
        ack: Ack,
        body: dict[str, Any],
        action: dict[str, Any],
        context: BoltContext,
        respond: Respond,
    ) -> None:
        ack()
        mend = Mend.parse(action["value"])
        look = edge.remedying.look(mend.look)
        under_way = edge.remedying.under_way(look.source)
        check_may_mend(edge, look.source, under_way, context[ASKER], mend.remedy)
        run, first = edge.remedying.ask(look.id, mend.remedy, context[ASKER], mend.shown)
        # A question that a command asked has its answer: it is not there to be pressed again.
        ephemeral = bool(body.get("container", {}).get("is_ephemeral"))
        respond(remedies.asked(run, first=first), replace_original=ephemeral)

    def looked_for(
        ack: Ack, action: dict[str, Any], context: BoltContext, respond: Respond
    ) -> None:
        """A look whose report has buttons, for what a step refused."""
        ack()
        migration = edge.store.load(Press.parse(action["value"]).migration)
        check_may_act(edge, migration, context[ASKER], "look for remedies of")
        edge.checking.ask(
            migration.source,
            migration.target,
            context[ASKER],
            migration.channel,
            login=migration.options.login,
        )
        respond(
            f"`{migration.source}` is being looked at, and nothing is changed. The report has a "
            "button for each thing that Daybreak can mend; then press Retry."
        )

    def called_off(
        ack: Ack, action: dict[str, Any], context: BoltContext, respond: Respond
    ) -> None:
        ack()
        run = edge.remedying.load(action["value"])
        check_may_mend(edge, run.source, edge.remedying.under_way(run.source), context[ASKER])
        edge.remedying.call_off(run.id, context[ASKER])
        respond("It is called off: nothing was done.")

    app.action(LOOK_FOR_REMEDIES)(answering(looked_for))
    app.action(CALL_OFF)(answering(called_off))
    app.action(re.compile(f"^{ACTION}"))(answering(pressed))
