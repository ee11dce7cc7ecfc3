"""Slack's own Socket Mode client, made to notice at once, to try on for ever and to say little."""

import logging
import threading
import time

import websocket
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.socket_mode.websocket_client import SocketModeClient
from websocket import WebSocketApp

from bot.errors import SlackNotNow

log = logging.getLogger(__name__)

# How often a connection is tried, and looked at whether it is still there.
PING_SECONDS = 5
PONG_SECONDS = 2
# How long an opening socket may say nothing, and any other in the middle of a frame.
SILENCE_SECONDS = 5.0
# Between two tries for a new socket; each costs one of few calls that Slack grants a minute.
FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 8.0
CLOSED = "it was closed"


class PromptSocket(SocketModeClient):
    """Slack's client (slack_sdk 3.47), with a time limit for pongs and pauses between tries.

    Without the one, websocket-client notices for up to ten seconds neither that Slack replaced the
    socket nor that we closed it, and never that the other end is gone. Without the others, a socket
    that can't be had is asked for twice a second, and one that ended is run again with its old
    address.
    """

    def __init__(self, token: str, web_client: WebClient, concurrency: int) -> None:
        """A client that is not connected yet."""
        self.opened = threading.Event()
        self._lost = False
        self._reason = CLOSED
        self._pause = 0.0
        self._not_before = 0.0
        self._ended: WebSocketApp | None = None
        # The library has it for all sockets only; without it a handshake may hang for ever.
        websocket.setdefaulttimeout(SILENCE_SECONDS)
        super().__init__(
            token,
            web_client=web_client,
            ping_interval=PING_SECONDS,
            concurrency=concurrency,
            on_open_listeners=[self._note_open],
            on_error_listeners=[self._note_error],
        )

    def connect_to_new_endpoint(self, force: bool = False) -> None:
        """Ask Slack for another socket, unless it is too early for that or all is over."""
        now = time.monotonic()
        if self._ended is None and not self.opened.is_set():
            # The first one is on its way.
            return
        if now < self._not_before or not self.default_auto_reconnect_enabled:
            return
        if not force:
            self._note_loss(self._reason)
        self._pause = min(max(2 * self._pause, FIRST_PAUSE_SECONDS), LONGEST_PAUSE_SECONDS)
        self._not_before = now + self._pause
        try:
            super().connect_to_new_endpoint(force)
        except SlackNotNow as trouble:
            self._not_before = time.monotonic() + max(self._pause, trouble.seconds)
            self._note_loss(trouble.reason)
        except SlackApiError as error:
            self._note_loss(str(error.response.get("error")))

    def _run_current_session(self) -> None:
        session = self.current_session
        if session is None:
            return
        if session is self._ended:
            self.connect_to_new_endpoint()
            return
        try:
            session.run_forever(ping_interval=self.ping_interval, ping_timeout=PONG_SECONDS)
        except Exception as error:  # noqa: BLE001 - whatever it is, another socket is asked for
            self._note_error(session, error)
            session.close()
        self._ended = session

    def _note_error(self, _session: WebSocketApp, error: Exception) -> None:
        # The rest of a refused handshake's words are headers.
        self._reason = str(error).split(" -+-+-")[0] or type(error).__name__

    def _note_loss(self, reason: str) -> None:
        if not self._lost:
            log.warning(
                "The socket to Slack is lost (%s). Trying for another until there is", reason
            )
        self._lost = True

    def _note_open(self, _session: WebSocketApp) -> None:
        if self._lost:
            log.warning("There is a socket to Slack again")
        self._lost, self._reason, self._pause, self._not_before = False, CLOSED, 0.0, 0.0
        self.opened.set()

    def leave(self) -> None:
        """Answer what has come in, then close."""
        self.default_auto_reconnect_enabled = self.auto_reconnect_enabled = False
        self.message_workers.shutdown()
        self.close()
