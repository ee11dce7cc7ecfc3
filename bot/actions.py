"""The buttons Cancel, Retry and Check again."""

from collections.abc import Callable
from typing import Any

from slack_bolt import Ack, App, BoltContext

from bot.edge import Edge
from bot.errors import NotYours
from bot.messages.buttons import CANCEL, LOOK_AGAIN, RETRY, Press
from bot.middleware import ASKER, answering
from bot.respond import Respond
from migration.errors import Conflict
from migration.model import Migration

# A step's own commit may come between reading and writing; the wish still stands.
TRIES = 3


class Actions:
    """Listens to the buttons that need no modal."""

    def __init__(self, edge: Edge) -> None:
        """Listeners over this edge."""
        self._edge = edge

    def register(self, app: App) -> None:
        """Wire them up."""
        app.action(CANCEL)(answering(self.cancel))
        app.action(RETRY)(answering(self.retry))
        app.action(LOOK_AGAIN)(answering(self.look_again))

    def cancel(
        self,
        ack: Ack,
        body: dict[str, Any],
        action: dict[str, Any],
        context: BoltContext,
        respond: Respond,
    ) -> None:
        """End a migration and take back what it made."""
        ack()
        press = Press.parse(action["value"])
        self._check_may(press, context[ASKER])
        self._insist(lambda: self._edge.service.cancel(press.migration, context[ASKER]))
        if body.get("container", {}).get("is_ephemeral"):
            respond(
                f"`{press.migration}` is being cancelled. {self._live(press)}",
                replace_original=True,
            )

    def retry(self, ack: Ack, action: dict[str, Any], context: BoltContext) -> None:
        """Have a halted migration go on where it stopped."""
        ack()
        press = Press.parse(action["value"])
        self._check_may(press, context[ASKER])
        self._edge.service.retry(press.migration, context[ASKER])

    def look_again(
        self, ack: Ack, action: dict[str, Any], context: BoltContext, respond: Respond
    ) -> None:
        """Have a gate's conditions looked at now."""
        ack()
        press = Press.parse(action["value"])
        self._edge.people.member(context[ASKER])
        self._edge.store.load(press.migration)
        self._edge.engine.observe(press.migration)
        respond("The conditions are being looked at. The message changes when they do.")

    def _check_may(self, press: Press, user: str) -> None:
        """The requester and the approvers may."""
        person = self._edge.people.member(user)
        requester = self._edge.store.load(press.migration).requester
        approver = {user, *person.groups} & self._edge.approvers
        if user != requester and not approver:
            raise NotYours

    def _insist(self, change: Callable[[], Migration]) -> None:
        for left in reversed(range(TRIES)):
            try:
                change()
            except Conflict:
                if not left:
                    raise
            else:
                return

    def _live(self, press: Press) -> str:
        link = self._edge.link(press.migration)
        return f"<{link}|The live message>" if link else ""


def register(app: App, edge: Edge) -> None:
    """Listen to these buttons."""
    Actions(edge).register(app)
