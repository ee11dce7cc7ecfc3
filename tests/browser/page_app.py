"""A Bolt app for the page's tests: a modal with every kind of input, and messages to act on."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event
from typing import Any

from slack_bolt import App
from slack_bolt.adapter.socket_mode.websocket_client import SocketModeHandler
from slack_sdk import WebClient

from sandbox.slack.tokens import Tokens

Json = dict[str, Any]

PAINTS = ("red", "green", "blue")
# what the app takes before it answers, when it is told to be slow
PATIENCE_SECONDS = 30.0


def plain(text: str) -> Json:
    """A plain text object."""
    return {"type": "plain_text", "text": text}


def section(text: str, **more: Any) -> Json:
    """A section."""
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}, **more}


def button(text: str, action_id: str, **more: Any) -> Json:
    """A button."""
    return {"type": "button", "action_id": action_id, "text": plain(text), **more}


def option(text: str) -> Json:
    """A choice whose value is its text."""
    return {"text": plain(text), "value": text}


def field(kind: str, label: str, block: Json | None = None, **element: Any) -> Json:
    """An optional input; its block is named for its kind."""
    return {
        "type": "input",
        "block_id": kind,
        "label": plain(label),
        "optional": True,
        "element": {"type": kind, "action_id": "value", **element},
        **(block or {}),
    }


def modal(title: str, callback: str, blocks: list[Json], **more: Any) -> Json:
    """A modal with a submit button."""
    shown = {"title": plain(title), "submit": plain("Send"), "close": plain("Leave")}
    return {"type": "modal", "callback_id": callback, **shown, "blocks": blocks, **more}


OPTIONS = [option(paint) for paint in PAINTS]
EVERYTHING = [
    field("plain_text_input", "Words", max_length=10),
    field("number_input", "Number", is_decimal_allowed=False, max_value="9"),
    field("email_text_input", "Mail"),
    field("url_text_input", "Address"),
    field("static_select", "Paint", options=OPTIONS),
    field("multi_static_select", "Paints", options=OPTIONS, max_selected_items=2),
    field("external_select", "Instance", min_query_length=2),
    field("multi_external_select", "Instances", min_query_length=1),
    field("users_select", "Who"),
    field("multi_users_select", "Who else"),
    field("conversations_select", "Talk"),
    field("multi_conversations_select", "Talks"),
    field("channels_select", "Where"),
    field("multi_channels_select", "Where else"),
    field("radio_buttons", "One of", options=OPTIONS),
    field("checkboxes", "Some of", options=OPTIONS),
    field("datepicker", "Day"),
    field("timepicker", "Time"),
    field("datetimepicker", "Moment"),
    field("rich_text_input", "Story"),
]
SURE = {
    "title": plain("Sure?"),
    "text": plain("It stops."),
    "confirm": plain("Stop it"),
    "deny": plain("Keep it"),
}
MORE = {"type": "overflow", "action_id": "more", "options": [option("Details"), option("Log")]}
MENU = {"type": "static_select", "action_id": "pick", "options": OPTIONS}
CARD = {
    "type": "card",
    "block_id": "card",
    "title": {"type": "mrkdwn", "text": "A card"},
    "actions": [button("On the card", "carded", value="c1")],
}
ACTIONS: Json = {
    "type": "actions",
    "block_id": "acts",
    "elements": [
        button(":rocket: Go", "go", value="v1", style="primary"),
        button("Stop", "stop", style="danger", confirm=SURE),
        {**MENU, "placeholder": plain("Pick a paint")},
        MORE,
    ],
}


class PageApp:
    """The app; `actions` and `submitted` are what it was told, in order."""

    def __init__(self, tokens: Tokens, api_url: str) -> None:
        self.tokens = tokens
        self.api_url = api_url
        self.client = WebClient(tokens.bot, base_url=api_url)
        self.actions: list[Json] = []
        self.submitted: list[Json] = []
        self.released = Event()
        self.bolt = App(client=self.client, signing_secret=tokens.signing_secret)
        app = self.bolt
        app.command("/migrate")(self._command)
        app.options("value")(self._suggest)
        for action_id in ("go", "stop", "pick", "more", "carded", "push", "fill", "slow", "value"):
            app.action(action_id)(self._acted)
        app.view("everything")(self._everything)
        app.view("pushed")(self._close)
        app.event("app_home_opened")(self._home)

    def _command(self, ack: Any, body: Json) -> None:
        word = body["text"]
        if word == "silent":
            self.released.wait(PATIENCE_SECONDS)
            return
        if word == "whisper":
            ack("only for you")
            return
        ack()
        if word == "form":
            view = modal("Everything", "everything", EVERYTHING)
            self.client.views_open(trigger_id=body["trigger_id"], view=view)
        elif word == "loading":
            self._open_loading(body["trigger_id"])

    def _open_loading(self, trigger_id: str) -> None:
        words = field("plain_text_input", "Words")
        inside = [button("Push", "push"), button("Fill", "fill")]
        actions = {"type": "actions", "block_id": "inside", "elements": inside}
        view = modal("Loading", "everything", [words, section("Reading …"), actions])
        self.client.views_open(trigger_id=trigger_id, view=view)

    def _acted(self, ack: Any, body: Json, action: Json) -> None:
        self.actions.append({**action, "by": body["user"]["username"]})
        if action["action_id"] == "slow":
            self.released.wait(PATIENCE_SECONDS)
            return
        ack()
        if action["action_id"] == "push":
            view = modal("On top", "pushed", [section("A second one.")])
            self.client.views_push(trigger_id=body["trigger_id"], view=view)
        elif action["action_id"] == "fill":
            blocks = [
                {**block, "text": {"type": "mrkdwn", "text": "It is all there now."}}
                if block["type"] == "section"
                else block
                for block in body["view"]["blocks"]
            ]
            view = modal("Loaded", "everything", blocks)
            self.client.views_update(view_id=body["view"]["id"], view=view)

    def _suggest(self, ack: Any, body: Json) -> None:
        names = ("orders", "orders-eu", "billing")
        ack(options=[option(name) for name in names if body["value"] in name])

    def _everything(self, ack: Any, view: Json) -> None:
        values = {name: held["value"] for name, held in view["state"]["values"].items()}
        if values["plain_text_input"]["value"] == "bad":
            ack(response_action="errors", errors={"plain_text_input": "That is no good."})
            return
        self.submitted.append(values)
        ack()

    def _close(self, ack: Any) -> None:
        ack(response_action="clear")

    def _home(self, event: Json) -> None:
        blocks = [section(f"Home of <@{event['user']}>"), ACTIONS]
        self.client.views_publish(user_id=event["user"], view={"type": "home", "blocks": blocks})

    def post(self, *more: Json, **arguments: Any) -> str:
        """A message with things to act on, in #migrations; its time stamp."""
        blocks = [section("Something is *going on*."), *more]
        message = {"text": "Something is going on.", "blocks": blocks, **arguments}
        return str(self.client.chat_postMessage(channel="C0MIGRATION", **message)["ts"])

    @contextmanager
    def connected(self) -> Iterator["PageApp"]:
        """Connected by Socket Mode."""
        own = WebClient(self.tokens.app, base_url=self.api_url)
        handler = SocketModeHandler(self.bolt, self.tokens.app, web_client=own, ping_interval=1)
        handler.connect()
        try:
            yield self
        finally:
            self.released.set()
            handler.close()
