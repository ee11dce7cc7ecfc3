"""Socket Mode: a socket to Slack that is opened again whenever it is lost."""

import logging
import signal
import threading
import time
from types import FrameType

from slack_bolt import App
from slack_bolt.adapter.socket_mode.internals import run_bolt_app, send_response
from slack_sdk.socket_mode.client import BaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from websocket import WebSocketException

from bot import slack_clients
from bot.errors import SlackLimits
from bot.prompt_socket import PromptSocket
from bot.settings import BotSettings

log = logging.getLogger(__name__)

# As many as there are listeners: an ack never waits for another's answer.
CONCURRENCY = 32
OPEN_SECONDS = 20.0


def connect(app: App, settings: BotSettings) -> PromptSocket:
    """Open the socket, and return once it is open.

    Fails when Slack does not answer or refuses the app-level token.
    """
    client = PromptSocket(
        settings.slack_app_token.get_secret_value(),
        # Its own client: the app's would ask for the socket's address with the bot's token.
        slack_clients.opening_sockets(settings),
        concurrency=CONCURRENCY,
    )

    def take(to: BaseSocketModeClient, request: SocketModeRequest) -> None:
        began = time.time()
        answer = run_bolt_app(app, request)
        try:
            send_response(to, request, answer, began)
        except (WebSocketException, OSError) as error:
            # Slack tells the person, or sends the event again.
            log.warning("An acknowledgement did not reach Slack: %s", error)

    client.socket_mode_request_listeners.append(take)
    client.connect()
    if not client.opened.wait(OPEN_SECONDS):
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
    client = _connected(app, settings, over)
    if client is None:
        return
    log.info("Listening to Slack in Socket Mode")
    over.wait()
    client.leave()


def _connected(app: App, settings: BotSettings, over: threading.Event) -> PromptSocket | None:
    """The open socket, as soon as Slack's limits allow one; None when it is over before."""
    while not over.is_set():
        try:
            return connect(app, settings)
        except SlackLimits as limits:
            log.warning("Slack gives no socket yet: %s", limits.reason)
            over.wait(limits.seconds)
    return None
