"""App Home: the tab that each person opens, and its button."""

from typing import Any

from slack_bolt import Ack, App, BoltContext

from bot.edge import Edge
from bot.homes import Homes
from bot.messages import home
from bot.middleware import ASKER, answering
from bot.wizard import open_wizard


def register(app: App, edge: Edge) -> None:
    """Publish the tab whenever somebody opens it, and listen to its button."""
    homes = Homes(
        edge.client,
        edge.store,
        edge.people,
        edge.service,
        edge.cursors,
        edge.viewers,
        edge.clock,
        edge.later,
    )

    def opened(event: dict[str, Any], context: BoltContext) -> None:
        # The tab of messages belongs to the app's home as well, and shows none of this.
        if event.get("tab") != "messages":
            homes.opened(context[ASKER])

    def start(ack: Ack, body: dict[str, Any], context: BoltContext) -> None:
        ack()
        trigger = str(body["trigger_id"])
        # No channel: it is shown in the one that stands in.
        open_wizard(edge, user=context[ASKER], channel="", trigger_id=trigger, source="")

    app.event("app_home_opened")(answering(opened))
    app.action(home.START)(answering(start))
