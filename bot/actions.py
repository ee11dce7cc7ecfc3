"""The buttons Cancel, Retry, Drop the replica, Check again, Acknowledge and Finish."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from slack_bolt import Ack, App, BoltContext

from bot.edge import Edge
from bot.messages.buttons import ACKNOWLEDGE, CANCEL, DROP, FINISH, LOOK_AGAIN, RETRY, Press
from bot.messages.refusals import decided, too_late
from bot.middleware import ASKER, answering
from bot.respond import Respond
from bot.rights import check_finishable, check_may_act
from migration.errors import Conflict, NotPossibleNow, TooLateToCancel
from migration.model import Migration, Status
from migration.plan import PROMOTE

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
        app.action(DROP)(answering(self.drop_replica))
        app.action(LOOK_AGAIN)(answering(self.look_again))
        app.action(ACKNOWLEDGE)(answering(self.acknowledge))
        app.action(FINISH)(answering(self.finish))

    def cancel(
        self,
        ack: Ack,
        body: dict[str, Any],
        action: dict[str, Any],
        context: BoltContext,
        respond: Respond,
    ) -> None:
        """End a migration and take back what it made; a cut-over goes back first."""
        ack()
        press = Press.parse(action["value"])
        self._check_may(press, context[ASKER], "cancel")
        with self._linked(press):
            self._insist(lambda: self._edge.service.cancel(press.migration, context[ASKER]))
        self._settle(body, respond, f"`{press.migration}` is being cancelled.{self._live(press)}")

    def finish(
        self,
        ack: Ack,
        body: dict[str, Any],
        action: dict[str, Any],
        context: BoltContext,
        respond: Respond,
    ) -> None:
        """End the cool-off: the way back is taken down, and the source retired."""
        ack()
        press = Press.parse(action["value"])
        self._check_may(press, context[ASKER], "finish")
        with self._linked(press):
            self._insist(lambda: self._end_cool_off(press, context[ASKER]))
        self._settle(body, respond, f"`{press.migration}` is being finished.{self._live(press)}")

    def _end_cool_off(self, press: Press, user: str) -> Migration:
        check_finishable(self._edge.store.load(press.migration))
        return self._edge.service.finish(press.migration, user)

    @staticmethod
    def _settle(body: dict[str, Any], respond: Respond, words: str) -> None:
        """A question that a command asked has its answer: it is not there to be pressed again."""
        if body.get("container", {}).get("is_ephemeral"):
            respond(words, replace_original=True)

    def drop_replica(
        self,
        ack: Ack,
        body: dict[str, Any],
        action: dict[str, Any],
        context: BoltContext,
        respond: Respond,
    ) -> None:
        """Take the replica down and nothing else; the source is left as it is."""
        ack()
        press = Press.parse(action["value"])
        self._check_may(press, context[ASKER], "drop the replica of")
        with self._linked(press):
            self._insist(lambda: self._edge.service.drop_replica(press.migration, context[ASKER]))
        words = f"The replica of `{press.migration}` is being dropped.{self._live(press)}"
        self._settle(body, respond, words)

    def retry(self, ack: Ack, action: dict[str, Any], context: BoltContext) -> None:
        """Have a halted migration go on where it stopped."""
        ack()
        press = Press.parse(action["value"])
        self._check_may(press, context[ASKER], "retry")
        with self._linked(press):
            self._edge.service.retry(press.migration, context[ASKER])

    def acknowledge(self, ack: Ack, action: dict[str, Any], context: BoltContext) -> None:
        """Take note of what the source was warned of."""
        ack()
        press = Press.parse(action["value"])
        self._check_may(press, context[ASKER], "acknowledge the warnings of")
        with self._linked(press):
            self._edge.service.acknowledge(press.migration, context[ASKER])

    def look_again(
        self, ack: Ack, action: dict[str, Any], context: BoltContext, respond: Respond
    ) -> None:
        """Have a gate's conditions looked at now."""
        ack()
        press = Press.parse(action["value"])
        self._edge.people.member(context[ASKER])
        migration = self._edge.store.load(press.migration)
        with self._linked(press):
            if migration.status is not Status.WAITING_FOR_APPROVAL:
                raise NotPossibleNow(f"There is nothing to check. {decided(migration, PROMOTE)}")
        self._edge.engine.observe(press.migration)
        respond("The conditions are being looked at. The message changes when they do.")

    def _check_may(self, press: Press, user: str, act: str) -> None:
        check_may_act(self._edge, self._edge.store.load(press.migration), user, act)

    @contextmanager
    def _linked(self, press: Press) -> Iterator[None]:
        """A button that does not fit to what is so now leads to the message that tells."""
        try:
            yield
        except TooLateToCancel as error:
            raise NotPossibleNow(f"{too_late(error)}{self._live(press)}") from error
        except (NotPossibleNow, Conflict) as error:
            words = f"{error} Nothing was changed.{self._live(press)}"
            raise type(error)(words) from error

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
        return f" <{link}|The live message>" if link else ""


def register(app: App, edge: Edge) -> None:
    """Listen to these buttons."""
    Actions(edge).register(app)
