"""The buttons that need no modal: the controls, Check again, Acknowledge and Call off."""

from typing import Any

from slack_bolt import Ack, App, BoltContext

from bot.controlling import USE_CASES, carry_out, linked
from bot.edge import Edge
from bot.messages.buttons import ACKNOWLEDGE, CALL_OFF, LOOK_AGAIN, Press, action_of, control_of
from bot.messages.refusals import decided
from bot.middleware import ASKER, answering
from bot.respond import Respond
from bot.rights import check_may_act
from migration.errors import NotPossibleNow
from migration.model import Status
from migration.plan import PROMOTE


class Actions:
    """Listens to the buttons that need no modal."""

    def __init__(self, edge: Edge) -> None:
        """Listeners over this edge."""
        self._edge = edge

    def register(self, app: App) -> None:
        """Wire them up."""
        for control in USE_CASES:
            app.action(action_of(control))(answering(self.control))
        app.action(LOOK_AGAIN)(answering(self.look_again))
        app.action(ACKNOWLEDGE)(answering(self.acknowledge))
        app.action(CALL_OFF)(answering(self.call_off))

    def control(
        self,
        ack: Ack,
        body: dict[str, Any],
        action: dict[str, Any],
        context: BoltContext,
        respond: Respond,
    ) -> None:
        """Carry out what the button stands for."""
        ack()
        press = Press.parse(action["value"])
        control = control_of(action["action_id"])
        words = carry_out(self._edge, control, press.migration, context[ASKER])
        if body.get("container", {}).get("is_ephemeral"):
            # A command's question has its answer: it is not there to be pressed again.
            respond(words, replace_original=True)

    def acknowledge(self, ack: Ack, action: dict[str, Any], context: BoltContext) -> None:
        """Take note of what the source was warned of."""
        ack()
        press = Press.parse(action["value"])
        migration = self._edge.store.load(press.migration)
        check_may_act(self._edge, migration, context[ASKER], "acknowledge the warnings of")
        with linked(self._edge, press.migration):
            self._edge.service.acknowledge(press.migration, context[ASKER])

    def call_off(self, ack: Ack, action: dict[str, Any], context: BoltContext) -> None:
        """Take back what was approved for later."""
        ack()
        press = Press.parse(action["value"])
        migration = self._edge.store.load(press.migration)
        check_may_act(self._edge, migration, context[ASKER], "call off the promotion of")
        with linked(self._edge, press.migration):
            self._edge.service.call_off(press.migration, context[ASKER])

    def look_again(
        self, ack: Ack, action: dict[str, Any], context: BoltContext, respond: Respond
    ) -> None:
        """Have a gate's conditions looked at now."""
        ack()
        press = Press.parse(action["value"])
        self._edge.people.member(context[ASKER])
        migration = self._edge.store.load(press.migration)
        with linked(self._edge, press.migration):
            if migration.status is not Status.WAITING_FOR_APPROVAL:
                raise NotPossibleNow(f"There is nothing to check. {decided(migration, PROMOTE)}")
        self._edge.engine.observe(press.migration)
        respond("The conditions are being looked at. The message changes when they do.")


def register(app: App, edge: Edge) -> None:
    """Listen to these buttons."""
    Actions(edge).register(app)
