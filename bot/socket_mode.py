"""Socket Mode: a socket to Slack that is opened again whenever it is lost."""

import logging
import signal
import threading
import time
from types import FrameType

from slack_bolt import App
from slack_bolt.adapter.socket_mode.internals import run_bolt_app, send_response
from slack_sdk import WebClient
from slack_sdk.socket_mode.client import BaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.websocket_client import SocketModeClient

from bot.settings import BotSettings

log = logging.getLogger(__name__)

# How often a connection is tried, and looked at whether it is still there.
PING_SECONDS = 5
PONG_SECONDS = 2
# As many as there are listeners: an ack never waits for another's answer.
CONCURRENCY = 32
OPEN_SECONDS = 20.0


class PromptClient(SocketModeClient):
    """Slack's own client, with a time limit for pongs.

    Without one (slack_sdk 3.47) websocket-client notices for up to ten seconds neither that Slack
    replaced the socket nor that we closed it, and never that the other end is gone.
    """

    def _run_current_session(self) -> None:
        session = self.current_session
        if session is None:
            return
        try:
            session.run_forever(ping_interval=self.ping_interval, ping_timeout=PONG_SECONDS)
        except Exception:
            log.exception("The socket to Slack broke")
            session.close()

    def leave(self) -> None:
        """Answer what has come in, then close."""
        self.default_auto_reconnect_enabled = self.auto_reconnect_enabled = False
        self.message_workers.shutdown()
        self.close()


def connect(app: App, settings: BotSettings) -> PromptClient:
    """Open the socket, and return once it is open.

    Fails when Slack does not answer or refuses the app-level token.
    """
    opened = threading.Event()
    token = settings.slack_app_token.get_secret_value()
    client = PromptClient(
        token,
        # Its own client: the app's would ask for the socket's address with the bot's token.
        web_client=WebClient(token=token, base_url=settings.slack_api_url),
        ping_interval=PING_SECONDS,
        concurrency=CONCURRENCY,
        on_open_listeners=[lambda _socket: opened.set()],
    )

    def take(to: BaseSocketModeClient, request: SocketModeRequest) -> None:
        began = time.time()
        send_response(to, request, run_bolt_app(app, request), began)

    client.socket_mode_request_listeners.append(take)
    client.connect()
    if not opened.wait(OPEN_SECONDS):
        client.leave()
        raise ConnectionError("its socket does not open")
    return client


def serve(app: App, settings: BotSettings) -> None:
    """Listen until SIGTERM or SIGINT."""
    over = threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        over.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    client = connect(app, settings)
    log.info("Listening to Slack in Socket Mode")
    over.wait()
    client.leave()
