"""A whole migration in the browser, as the people in the channel live through it."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from browser_desk import NARROW, PICTURES, WIDE, Desk
from playwright.sync_api import BrowserContext, Locator, Page, expect

from sandbox.settings import SOURCE, Options
from sandbox.slack.cast import RITA
from sandbox.slack.people import Person, visible_text
from sandbox.supervisor import Sandbox

ROOM = "#migrations"
DOCS = Path(__file__).parents[2] / "docs" / "pictures"
# Copying, watching the lag, cutting over: generous, because machines are busy.
PREPARATION_MS = 240_000
CUT_OVER_MS = 180_000
# Conditions come and go while somebody reads, and a cut-over may go back on a busy machine.
TRIES = 5
# the README shows this one
READY = "story-ready"
SOURCE_FIELD = "Source instance"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    """A small one, whose bot knows the instances already."""
    with tempfile.TemporaryDirectory(prefix="daybreak-browser-") as home:
        options = Options(
            home=Path(home),
            data_mb=10,
            rows=2000,
            writers=2,
            think_ms=20,
            instances=(SOURCE,),
            environment=dict(os.environ),
        )
        with Sandbox(options, tell=lambda _line: None) as sandbox:
            assert sandbox.workspace is not None
            rita = Person(sandbox.workspace.base_url, RITA.id)
            rita.type(ROOM, "/migrate start")
            rita.wait_for_modal(120, saying=SOURCE_FIELD)
            # a part of the name: a whole one is offered as it was typed before the list is there
            known = lambda: SOURCE in rita.suggestions(SOURCE_FIELD, SOURCE[:3])  # noqa: E731
            rita.wait_until(known, 120, "the bot to know the instances")
            rita.close(everything=True)
            yield sandbox


@pytest.fixture
def desk(context: BrowserContext, sandbox: Sandbox) -> Desk:
    """A tab at the sandbox's workspace."""
    assert sandbox.workspace is not None
    return Desk(context.new_page(), sandbox.workspace.base_url)


def act_as(page: Page, handle: str) -> None:
    """Become somebody else with the switch."""
    page.get_by_role("radio", name=handle).check(force=True)
    expect(page).to_have_title(f"{handle} — local simulator, not Slack")


def ask(desk: Desk, page: Page) -> None:
    """Rita goes through the form, back and on, leaves it, takes it up again, and starts."""
    line = page.get_by_role("combobox", name=f"Message {ROOM}")
    form = page.get_by_role("dialog")
    line.fill(f"/migrate start {SOURCE}")
    line.press("Enter")
    expect(form.get_by_text("Step 2 of 5")).to_be_visible()
    page.set_viewport_size(NARROW)
    desk.picture("story-wizard-narrow")
    page.set_viewport_size(WIDE)
    form.get_by_role("button", name="Cancel").click()
    expect(form).to_be_hidden()
    line.fill("/migrate")
    line.press("Enter")
    source = form.get_by_role("combobox", name=SOURCE_FIELD)
    source.click()
    source.press_sequentially(SOURCE[:3])
    form.get_by_role("listbox").get_by_role("option", name=SOURCE).first.click()
    expect(form.get_by_text("backups kept for")).to_be_visible()
    desk.picture("story-wizard")
    go_on(form, 2)
    expect(form.get_by_label("Target cluster name")).to_have_value(f"{SOURCE}-aurora")
    desk.picture("story-wizard-method")
    go_on(form, 3)
    expect(form.get_by_text("Passed:")).to_be_visible()
    desk.picture("story-wizard-checks")
    form.get_by_role("button", name="Back").click()
    expect(form.get_by_label("Target cluster name")).to_have_value(f"{SOURCE}-aurora")
    go_on(form, 3)
    go_on(form, 4)
    leave_and_take_up_again(desk, form, line)
    go_on(form, 5)
    expect(form.get_by_text(f"/migrate start {SOURCE} --target")).to_be_visible()
    desk.picture("story-wizard-plan")
    form.get_by_role("button", name="Start").click()
    expect(form).to_be_hidden()


def go_on(form: Locator, step: int) -> None:
    """Next, to the step of that number."""
    form.get_by_role("button", name="Next").click()
    expect(form.get_by_text(f"Step {step} of 5")).to_be_visible()


def leave_and_take_up_again(desk: Desk, form: Locator, line: Locator) -> None:
    """A mistake at a field, mended; the form closed, and offered as it was."""
    lag = form.get_by_label("Lag threshold (seconds)")
    lag.fill("soon")
    form.get_by_role("button", name="Next").click()
    expect(form.locator(".field.wrong")).to_contain_text("A number of seconds")
    expect(lag).to_have_value("soon")
    desk.picture("story-error")
    lag.fill("4.5")
    form.get_by_role("button", name="Back").click()
    expect(form.get_by_text("Step 3 of 5")).to_be_visible()
    form.get_by_role("button", name="Cancel").click()
    expect(form).to_be_hidden()
    line.fill("/migrate start")
    line.press("Enter")
    form.get_by_role("button", name="Go on with it").click()
    expect(form.get_by_text("Step 3 of 5")).to_be_visible()
    go_on(form, 4)
    expect(lag).to_have_value("4.5")
    lag.fill("5")


def be_refused(desk: Desk, page: Page, root: Locator) -> None:
    """Oscar may not promote; he alone reads that."""
    act_as(page, "oscar")
    root.get_by_role("button", name="Promote").click()
    whisper = page.locator(".message.ephemeral").filter(has_text="approve")
    expect(whisper).to_be_visible()
    desk.picture("story-refused")
    act_as(page, "rita")
    expect(whisper).to_have_count(0)


def promote(desk: Desk, page: Page, root: Locator) -> None:
    """Adam reads the evidence, mistypes the name once, and promotes."""
    form = page.get_by_role("dialog")
    name = form.get_by_label("Type the source instance's name")
    done = root.locator("strong", has_text="Done")
    for _ in range(TRIES):
        button = root.get_by_role("button", name="Promote")
        expect(button.or_(done)).to_be_visible(timeout=PREPARATION_MS)
        if done.is_visible():
            return
        button.click()
        expect(name.or_(form.get_by_text("Nothing has been decided."))).to_be_visible()
        expect(form.get_by_text("Looking at")).to_have_count(0)
        if not name.is_visible():
            form.get_by_role("button", name="Close").first.click()
            continue
        name.fill("something-else")
        form.get_by_role("button", name="Promote").click()
        expect(form.locator(".field.wrong")).to_be_visible()
        desk.picture("story-promote")
        name.fill(SOURCE)
        form.get_by_role("button", name="Promote").click()
        expect(form).to_be_hidden()
        over = done.or_(root.get_by_text("The last cut-over went back"))
        expect(over).to_be_visible(timeout=CUT_OVER_MS)


def photograph(desk: Desk, page: Page, root: Locator) -> None:
    """The result with its thread, in light, in dark and on a phone."""
    root.get_by_role("button", name="replies").click()
    thread = page.get_by_role("region", name="Thread")
    expect(thread.get_by_role("article").nth(2)).to_be_visible()
    # the root's head beside the end of its thread
    root.get_by_role("heading").scroll_into_view_if_needed()
    desk.picture("story-done")
    page.get_by_role("button", name="Use dark colours").click()
    desk.picture("story-done-dark")
    page.set_viewport_size(NARROW)
    desk.picture("story-thread-narrow-dark")
    page.get_by_role("button", name="Use light colours").click()
    thread.get_by_role("button", name="Close the thread").click()
    desk.picture("story-done-narrow")
    page.set_viewport_size(WIDE)


def test_a_migration_from_the_first_slash_to_the_result(desk: Desk, sandbox: Sandbox) -> None:
    """Asked for, refused to an outsider, promoted by an approver, and done."""
    page = desk.go("as=rita")
    ask(desk, page)
    root = page.get_by_role("article").filter(has_text=f"{SOURCE} → {SOURCE}-aurora").first
    expect(root).to_be_visible()
    expect(root.get_by_role("button", name="Promote")).to_be_visible(timeout=PREPARATION_MS)
    root.get_by_role("button", name="replies").click()
    thread = page.get_by_role("region", name="Thread")
    expect(thread.get_by_role("article").nth(5)).to_be_visible()
    desk.picture(READY)
    thread.get_by_role("button", name="Close the thread").click()
    be_refused(desk, page, root)
    act_as(page, "adam")
    promote(desk, page, root)
    expect(root.locator("strong", has_text="Done")).to_be_visible()
    photograph(desk, page, root)

    assert sandbox.workspace is not None
    rita = Person(sandbox.workspace.base_url, RITA.id)
    assert "*Done* on" in visible_text(rita.messages(ROOM)[0])
    if os.environ.get("DAYBREAK_PICTURES"):
        DOCS.mkdir(exist_ok=True)
        shutil.copy(PICTURES / f"{READY}.png", DOCS / "page.png")
