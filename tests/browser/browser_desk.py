"""What the browser's tests have before them: a tab with a camera, and an office with an app."""

from dataclasses import dataclass
from pathlib import Path

from page_app import PageApp
from playwright.sync_api import Page

from sandbox.slack.people import Person, Wire
from sandbox.slack.workspace import Workspace

PICTURES = Path(__file__).parents[2] / "build" / "browser"
WIDE = {"width": 1280, "height": 800}
NARROW = {"width": 390, "height": 844}


@dataclass(frozen=True)
class Desk:
    """A tab: the page, and a camera."""

    page: Page
    base_url: str

    def go(self, place: str = "") -> Page:
        """Open the page at a place: `as=adam&thread=...`."""
        # one that is there already would not be read again for another fragment
        self.page.goto("about:blank")
        self.page.goto(f"{self.base_url}/#{place}")
        return self.page

    def picture(self, name: str) -> None:
        """Leave a screenshot in build/browser."""
        PICTURES.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=PICTURES / f"{name}.png", animations="disabled")


@dataclass(frozen=True)
class Office:
    """The workspace and its app."""

    workspace: Workspace
    app: PageApp

    @property
    def wire(self) -> Wire:
        """What networks do."""
        return Wire(self.workspace.base_url)

    def person(self, handle: str) -> Person:
        """Somebody in the cast."""
        return Person(self.workspace.base_url, handle)
