"""App Home: what is under way, the latest that ended, and what can be typed."""

from slack_bolt import App, BoltContext

from bot.commands.listing import LATEST
from bot.edge import Edge
from bot.messages import answers
from bot.middleware import ASKER, answering


def register(app: App, edge: Edge) -> None:
    """Publish the tab whenever somebody opens it."""

    def opened(context: BoltContext) -> None:
        blocks = [
            *answers.listing(edge.store.recent(LATEST)).blocks,
            {"type": "divider"},
            *answers.usage().blocks,
        ]
        edge.client.views_publish(user_id=context[ASKER], view={"type": "home", "blocks": blocks})

    app.event("app_home_opened")(answering(opened))
