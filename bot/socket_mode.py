"""Socket Mode: a socket to Slack that is opened again whenever it is lost."""

import logging
import signal
import threading
from types import FrameType

from slack_bolt import App
from slack_bolt.adapter.socket_mode.websocket_client import SocketModeHandler
from slack_sdk import WebClient

from bot.settings import BotSettings

log = logging.getLogger(__name__)

# How often the connection is tried, and looked at: a lost one is back within seconds.
PING_SECONDS = 3
# One more than Bolt's listeners need: an ack never waits for another's answer.
CONCURRENCY = 32


def connect(app: App, settings: BotSettings) -> SocketModeHandler:
    """Open the socket; fails when Slack does not answer or refuses the app-level token."""
    token = settings.slack_app_token.get_secret_value()
    handler = SocketModeHandler(
        app,
        token,
        # Its own client: the app's would ask for the socket's address with the bot's token.
        web_client=WebClient(token=token, base_url=settings.slack_api_url),
        ping_interval=PING_SECONDS,
        concurrency=CONCURRENCY,
    )
    handler.client.connect()
    return handler


def serve(app: App, settings: BotSettings) -> None:
    """Listen until SIGTERM or SIGINT."""
    over = threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        over.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    handler = connect(app, settings)
    log.info("Listening to Slack in Socket Mode")
    over.wait()
    handler.client.close()
