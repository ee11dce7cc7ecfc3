"""App Home: a way to begin, what is under way, the latest that ended, and what can be typed."""

from typing import Any

from slack_bolt import Ack, App, BoltContext

from bot.commands.listing import shown_in_lists
from bot.edge import Edge
from bot.messages import home
from bot.middleware import ASKER, answering
from bot.wizard import open_wizard


def register(app: App, edge: Edge) -> None:
    """Publish the tab whenever somebody opens it, and listen to its button."""

    def opened(context: BoltContext) -> None:
        view = home.home(shown_in_lists(edge))
        edge.client.views_publish(user_id=context[ASKER], view=view)

    def start(ack: Ack, body: dict[str, Any], context: BoltContext) -> None:
        ack()
        trigger = str(body["trigger_id"])
        # No channel: it is shown in the one that stands in.
        open_wizard(edge, user=context[ASKER], channel="", trigger_id=trigger, source="")

    app.event("app_home_opened")(answering(opened))
    app.action(home.START)(answering(start))
