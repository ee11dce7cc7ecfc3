"""A workspace whose people have the ids of the tests, an app that shows things, and a camera."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

from playwright.sync_api import Browser, Locator, Page
from slack_bolt import App
from slack_bolt.adapter.socket_mode.websocket_client import SocketModeHandler
from slack_sdk import WebClient

from sandbox.slack.cast import ADAM, DBA_ONCALL, OSCAR, RITA, Cast, Room, default_cast
from sandbox.slack.people import Person, Wire
from sandbox.slack.tokens import Tokens
from sandbox.slack.workspace import Workspace

Json = dict[str, Any]
CHANNEL = "CMIGRATIONS"
# The longest modal has room.
SIZE = {"width": 1280, "height": 2600}
MARGIN = 16
# Nothing here waits for as long as this where all is well.
LIMIT_MS = 30_000


def cast() -> Cast:
    """The sandbox's people, under the ids that tests/unit/bot/shown.py gives them."""
    known = default_cast()
    renamed = {RITA.id: "URITA", ADAM.id: "UADAM", OSCAR.id: "UOSCAR"}
    members = tuple(replace(one, id=renamed.get(one.id, one.id)) for one in known.members)
    group = replace(DBA_ONCALL, users=tuple(renamed.get(one, one) for one in DBA_ONCALL.users))
    room = Room(CHANNEL, "migrations", known.rooms[0].members)
    return replace(known, members=members, groups=(group,), rooms=(room, *known.rooms[1:]))


class Easel:
    """Shows one thing after the other on the page, and takes a picture of each."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._tokens = Tokens.generate()
        self._next: Json = {}

    @contextmanager
    def at_work(self) -> Iterator[Self]:
        """With a workspace, its app and a tab."""
        with Workspace(self._tokens, cast()) as workspace:
            self._base_url = workspace.base_url
            self._client = WebClient(self._tokens.bot, base_url=workspace.api_url)
            self._rita = Person(workspace.base_url, "rita")
            own = WebClient(self._tokens.app, base_url=workspace.api_url)
            handler = SocketModeHandler(self._app(), self._tokens.app, web_client=own)
            handler.connect()
            context = self._browser.new_context(
                viewport=SIZE,
                color_scheme="light",
                reduced_motion="reduce",
                # the style that unfolds modals is ours
                bypass_csp=True,
            )
            context.set_default_timeout(LIMIT_MS)
            try:
                self._rita.wait_until(Wire(workspace.base_url).sockets, what="the app's socket")
                self._page = context.new_page()
                yield self
            finally:
                context.close()
                handler.close()

    def draw_message(self, blocks: list[Json], text: str, path: Path) -> None:
        """As the channel shows it."""
        sent = self._client.chat_postMessage(
            channel=CHANNEL, text=text, blocks=blocks, unfurl_links=False
        )
        page = self._at(f"as=rita&at={CHANNEL}")
        self._take(page.locator(f"article[data-ts='{sent['ts']}']"), path)
        self._client.chat_delete(channel=CHANNEL, ts=str(sent["ts"]))

    def draw_modal(self, view: Json, path: Path) -> None:
        """As whoever opened it sees it, all of it."""
        self._next = view
        self._rita.type("#migrations", "/migrate gallery")
        self._rita.wait_for_modal()
        page = self._at(f"as=rita&at={CHANNEL}")
        dialog = page.get_by_role("dialog")
        dialog.wait_for()
        # a modal scrolls inside: a picture has room for all of it
        page.add_style_tag(content="dialog, dialog * { max-height: none !important; }")
        self._take(dialog, path)
        self._rita.close(everything=True)

    def draw_home(self, view: Json, path: Path) -> None:
        """As its person sees it."""
        self._client.views_publish(user_id="URITA", view=view)
        page = self._at("as=rita&at=@daybreak&tab=home")
        tab = page.get_by_role("region", name="Home of")
        last = tab.locator(".timeline > *").last
        last.wait_for()
        whole, end = tab.bounding_box(), last.bounding_box()
        assert whole is not None
        assert end is not None
        # the tab is as high as the window, whatever is in it
        height = end["y"] + end["height"] + MARGIN - whole["y"]
        clip = {key: whole[key] for key in ("x", "y", "width")}
        page.screenshot(path=path, animations="disabled", clip={**clip, "height": height})

    def _app(self) -> App:
        app = App(client=self._client, signing_secret=self._tokens.signing_secret)

        def command(ack: Any, body: Json) -> None:
            ack()
            self._client.views_open(trigger_id=body["trigger_id"], view=self._next)

        app.command("/migrate")(command)
        # it is published before anybody opens it
        app.event("app_home_opened")(lambda: None)
        return app

    def _at(self, place: str) -> Page:
        # one that is there already would not be read again for another fragment
        self._page.goto("about:blank")
        self._page.goto(f"{self._base_url}/#{place}")
        return self._page

    @staticmethod
    def _take(seen: Locator, path: Path) -> None:
        seen.wait_for()
        seen.screenshot(path=path, animations="disabled")
