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
OPEN_SECONDS = 20.0


def connect(app: App, settings: BotSettings) -> SocketModeHandler:
    """Open the socket, and return once it is open.

    Fails when Slack does not answer or refuses the app-level token.
    """
    opened = threading.Event()
    token = settings.slack_app_token.get_secret_value()
    handler = SocketModeHandler(
        app,
        token,
        # Its own client: the app's would ask for the socket's address with the bot's token.
        web_client=WebClient(token=token, base_url=settings.slack_api_url),
        ping_interval=PING_SECONDS,
        concurrency=CONCURRENCY,
    )
    handler.client.on_open_listeners.append(lambda _socket: opened.set())
    handler.client.connect()
    if not opened.wait(OPEN_SECONDS):
        _close(handler)
        raise ConnectionError("its socket does not open")
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
    _close(handler)


def _close(handler: SocketModeHandler) -> None:
    """Answer what has come in, then leave.

    Not by the client's own `close`: it waits up to ten seconds for a thread that listens to a
    socket which is closed already, and platforms kill after ten.
    """
    client = handler.client
    client.default_auto_reconnect_enabled = client.auto_reconnect_enabled = False
    client.message_workers.shutdown()
    client.closed = True
    client.disconnect()
