"""A small Bolt app for the workspace's tests: each listener does one thing that a test asks for."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from slack_bolt import App
from slack_bolt.adapter.socket_mode.websocket_client import SocketModeHandler
from slack_bolt.adapter.wsgi import SlackRequestHandler
from slack_sdk import WebClient

from sandbox.slack.tokens import Tokens

Json = dict[str, Any]


def plain(text: str) -> Json:
    """A plain text object."""
    return {"type": "plain_text", "text": text}


def section(text: str, **more: Any) -> Json:
    """A section."""
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}, **more}


def button(text: str, action_id: str = "go", **more: Any) -> Json:
    """A button."""
    return {"type": "button", "action_id": action_id, "text": plain(text), **more}


def text_input(label: str, block_id: str, **more: Any) -> Json:
    """An input for text."""
    element = {"type": "plain_text_input", "action_id": "value"}
    return {
        "type": "input",
        "block_id": block_id,
        "label": plain(label),
        "element": element,
        **more,
    }


def menu(kind: str, label: str, block_id: str, **more: Any) -> Json:
    """An input that is a menu, optional so that a test may leave it alone."""
    element = {"type": kind, "action_id": "value", **more}
    return {
        "type": "input",
        "block_id": block_id,
        "label": plain(label),
        "element": element,
        "optional": True,
    }


def option(text: str, value: str) -> Json:
    """A choice."""
    return {"text": plain(text), "value": value}


CLASSES = [option("Small one", "small"), option("Large one", "large")]


def form(title: str = "Form", **more: Any) -> Json:
    """A modal with one input of each kind."""
    return {
        "type": "modal",
        "callback_id": "form",
        "title": plain(title),
        "submit": plain("Send"),
        "notify_on_close": True,
        "private_metadata": "kept",
        "blocks": [
            text_input("What to do", "what"),
            menu("static_select", "Class", "class", options=CLASSES),
            menu("external_select", "Instance", "instance", min_query_length=2),
            menu("checkboxes", "Agreed", "agreed", options=CLASSES),
            menu("radio_buttons", "One of", "one", options=CLASSES),
            menu("number_input", "Seconds", "seconds", is_decimal_allowed=False, max_value="9"),
            menu("users_select", "Who", "who"),
            menu("multi_users_select", "Who else", "others"),
            menu("channels_select", "Where", "where"),
            menu("datepicker", "Day", "day"),
            {"type": "actions", "block_id": "inside", "elements": [button("Look again", "again")]},
        ],
        **more,
    }


def message_blocks() -> list[Json]:
    """A message with things to act on."""
    confirm = {
        "title": plain("Sure?"),
        "text": plain("It stops."),
        "confirm": plain("Stop it"),
        "deny": plain("Keep it"),
    }
    pick = {"type": "static_select", "action_id": "pick", "options": CLASSES}
    more = {
        "type": "overflow",
        "action_id": "more",
        "options": [option("Details", "d"), option("Log", "l")],
    }
    return [
        section("Something is going on."),
        {
            "type": "actions",
            "block_id": "acts",
            "elements": [
                button(":rocket: Promote", value="v1", style="primary"),
                button("Stop", "stop", confirm=confirm),
                {**pick, "placeholder": plain("Pick a class")},
                more,
            ],
        },
    ]


class TinyApp:
    """The app, and what it was told: the bodies of requests, in order."""

    def __init__(self, tokens: Tokens, api_url: str) -> None:
        self.tokens = tokens
        self.api_url = api_url
        self.client = WebClient(tokens.bot, base_url=api_url)
        self.seen: list[Json] = []
        self.retries: list[str] = []
        # so many events are not acknowledged
        self.deaf_to_events = 0
        self.bolt = App(client=self.client, signing_secret=tokens.signing_secret)
        self._listen()

    def _listen(self) -> None:
        app = self.bolt

        @app.use
        def remember(body: Json, next_: Any, request: Any) -> None:
            self.seen.append(body)
            if body.get("type") == "event_callback":
                self.retries += request.headers.get("x-slack-retry-num", [])
                if self.deaf_to_events > 0:
                    self.deaf_to_events -= 1
                    raise RuntimeError("this one is not acknowledged")
            next_()

        app.command("/migrate")(self._command)
        app.action("go")(self._go)
        for action_id in ("stop", "pick", "more", "again"):
            app.action(action_id)(self._acknowledge)
        app.options("value")(self._suggest)
        app.view("form")(self._submitted)
        app.view_closed("form")(self._acknowledge)
        app.event("app_home_opened")(self._home)

    def _acknowledge(self, ack: Any) -> None:
        ack()

    def _command(self, ack: Any, body: Json, respond: Any) -> None:
        word = body["text"]
        if word == "modal":
            ack()
            self.client.views_open(trigger_id=body["trigger_id"], view=form())
        elif word == "aloud":
            ack("for all to read", response_type="in_channel")
        elif word == "blocks":
            ack(text="fallback", blocks=[section("in blocks")])
        elif word == "broken":
            ack(text="fallback", blocks=[{"type": "sectoin"}])
        elif word == "later":
            ack()
            respond("said later")
        elif word == "nothing":
            ack()
        else:
            ack(f"you said {word}")

    def _go(self, ack: Any, body: Json, respond: Any, action: Json) -> None:
        ack()
        if action.get("value") == "replace":
            respond("replaced", replace_original=True)
        elif action.get("value") == "delete":
            respond(delete_original=True)
        elif action.get("value") == "push":
            self.client.views_push(trigger_id=body["trigger_id"], view=form("On top"))
        else:
            respond(f"pressed {action.get('value')} by {body['user']['id']}")

    def _suggest(self, ack: Any, body: Json) -> None:
        names = ["orders", "orders-eu", "billing"]
        if body["value"] == "wrong":
            ack(options=[{"text": "no object", "value": 1}])
        else:
            ack(options=[option(n, f"id-{n}") for n in names if body["value"] in n])

    def _submitted(self, ack: Any, view: Json) -> None:
        word = view["state"]["values"]["what"]["value"]["value"]
        if word in {"update", "push"}:
            ack(response_action=word, view=form("Another"))
        elif word == "clear":
            ack(response_action="clear")
        elif word == "bad":
            ack(response_action="errors", errors={"what": "That is no good."})
        elif word == "unknown block":
            ack(response_action="errors", errors={"nowhere": "Nobody sees this."})
        elif word == "broken view":
            ack(response_action="update", view=form("A title that is much too long"))
        else:
            ack()

    def _home(self, event: Json) -> None:
        view = {"type": "home", "blocks": [section(f"Home of {event['user']}")]}
        self.client.views_publish(user_id=event["user"], view=view)

    def forget(self) -> None:
        """As new."""
        self.seen.clear()
        self.retries.clear()
        self.deaf_to_events = 0

    @contextmanager
    def on_socket(self) -> Iterator["TinyApp"]:
        """Connected by Socket Mode."""
        own = WebClient(self.tokens.app, base_url=self.api_url)
        handler = SocketModeHandler(self.bolt, self.tokens.app, web_client=own, ping_interval=1)
        handler.connect()
        try:
            yield self
        finally:
            handler.close()

    @contextmanager
    def on_http(self, port: int) -> Iterator["TinyApp"]:
        """Reached by signed requests."""
        wsgi = SlackRequestHandler(self.bolt)
        with make_server("127.0.0.1", port, wsgi, ThreadingServer, QuietHandler) as server:
            thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
            thread.start()
            try:
                yield self
            finally:
                server.shutdown()
                thread.join()


class ThreadingServer(ThreadingMixIn, WSGIServer):
    """Slack sends requests side by side."""

    daemon_threads = True


class QuietHandler(WSGIRequestHandler):
    """Says nothing."""

    def log_message(self, *_args: Any) -> None:
        """Nothing."""
