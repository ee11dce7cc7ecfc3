"""A headless Chromium, and a workspace with the page's app in it."""

from collections.abc import Iterator

import pytest
from browser_desk import WIDE, Desk, Office
from chromium import chromium
from page_app import PageApp
from playwright.sync_api import Browser, BrowserContext, expect

from sandbox.slack.tokens import Tokens
from sandbox.slack.workspace import Workspace

# A busy machine is slow; nothing here waits for as long as this where all is well.
LIMIT_MS = 30_000


# for a module: while it is open, no other test of this process could run an event loop
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, for as long as the module's tests take."""
    expect.set_options(timeout=LIMIT_MS)
    with chromium() as browser:
        yield browser


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A browser profile that nobody has used; what goes wrong in its pages fails the test."""
    context = browser.new_context(viewport=WIDE, color_scheme="light", reduced_motion="reduce")
    context.set_default_timeout(LIMIT_MS)
    complaints: list[str] = []
    context.on("weberror", lambda error: complaints.append(str(error.error)))
    context.on(
        "console",
        lambda told: complaints.append(told.text) if "Content Security" in told.text else None,
    )
    yield context
    context.close()
    assert complaints == []


@pytest.fixture(scope="module")
def running_office() -> Iterator[Office]:
    """A workspace with the app connected."""
    with Workspace(Tokens.generate()) as workspace:
        app = PageApp(workspace.tokens, workspace.api_url)
        with app.connected():
            office = Office(workspace, app)
            office.person("rita").wait_until(office.wire.sockets, what="the app's socket")
            yield office


@pytest.fixture
def office(running_office: Office) -> Office:
    """The same, with nothing said and done in it."""
    running_office.wire.reset()
    running_office.app.actions.clear()
    running_office.app.submitted.clear()
    running_office.app.released.clear()
    return running_office


@pytest.fixture
def desk(context: BrowserContext, office: Office) -> Desk:
    """A tab of a new profile, at the workspace."""
    return Desk(context.new_page(), office.workspace.base_url)
