"""The page in a real browser: what people see and do there reaches the app, and comes back."""

from datetime import UTC, datetime

from browser_desk import NARROW, WIDE, Desk, Office
from page_app import ACTIONS, CARD, SURE, button, field, section
from playwright.sync_api import Page, expect


def type_line(page: Page, line: str) -> None:
    """Type a line into the channel and press Enter."""
    box = page.get_by_role("combobox", name="Message #migrations")
    box.fill(line)
    box.press("Enter")


def open_modal(page: Page, word: str, title: str) -> None:
    """Have the app open a modal."""
    type_line(page, f"/migrate {word}")
    expect(page.get_by_role("dialog", name=title)).to_be_visible()


def test_it_says_what_it_is_and_shows_what_is_said(desk: Desk, office: Office) -> None:
    """The label is there, messages come by themselves, and words stay words."""
    page = desk.go()
    expect(page.get_by_text("Local simulator, not Slack")).to_be_visible()
    ts = office.app.post()
    message = page.get_by_role("article").filter(has_text="Something is going on")
    expect(message.locator("strong", has_text="going on")).to_be_visible()
    office.person("adam").say("#migrations", "<b>not bold</b> :rocket: arn:aws:rds:eu-west-1:1:x")
    expect(page.get_by_text("<b>not bold</b> 🚀 arn:aws:rds:eu-west-1:1:x")).to_be_visible()
    office.app.client.chat_update(channel="C0MIGRATION", ts=ts, text="now something else")

    expect(page.get_by_text("now something else")).to_be_visible()
    expect(page.get_by_text("Something is going on")).to_have_count(0)


def test_the_slash_opens_the_list_of_commands(desk: Desk) -> None:
    """From the manifest, with the ways to use them; the keyboard completes."""
    page = desk.go()
    page.get_by_role("heading", name="#migrations").wait_for()
    page.keyboard.press("/")
    commands = page.get_by_role("listbox", name="Commands")
    expect(commands.get_by_role("option").first).to_contain_text("/migrate")
    expect(commands.get_by_role("option").first).to_contain_text("Move a database to Aurora")
    expect(commands.get_by_text("/migrate start [instance]")).to_be_visible()
    desk.picture("commands")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")

    expect(page.get_by_role("combobox", name="Message #migrations")).to_have_value(
        "/migrate start "
    )
    expect(commands.get_by_role("option")).to_have_count(1)
    page.keyboard.press("Escape")
    expect(commands).to_be_hidden()


def test_every_kind_of_input_gives_its_value(desk: Desk, office: Office) -> None:
    """What is filled in on the screen is what the app is handed."""
    page = desk.go("as=rita")
    open_modal(page, "form", "Everything")
    form = page.get_by_role("dialog")
    form.get_by_label("Words").fill("hello")
    form.get_by_label("Number").fill("7")
    form.get_by_label("Mail").fill("rita@example.com")
    form.get_by_label("Address").fill("https://example.com/")
    form.get_by_label("Paint", exact=True).select_option("green")
    paints = form.get_by_role("group", name="Paints")
    paints.get_by_label("red").check()
    paints.get_by_label("blue").check()
    expect(paints.get_by_label("green")).to_be_disabled()
    instance = form.get_by_role("combobox", name="Instance", exact=True)
    instance.press_sequentially("o")
    expect(form.get_by_text("Type at least 2 characters.")).to_be_visible()
    instance.press_sequentially("r")
    offered = form.get_by_role("listbox").get_by_role("option")
    expect(offered).to_have_count(2)
    desk.picture("type-ahead")
    instance.press("ArrowDown")
    instance.press("Enter")
    expect(instance).to_have_value("orders-eu")
    # looking at it changes nothing
    instance.click()
    form.get_by_label("Words").click()
    expect(instance).to_have_value("orders-eu")
    for typed in ("bil", "orders-e"):
        form.get_by_role("combobox", name="Instances").press_sequentially(typed)
        offered.click()
    form.get_by_label("Who", exact=True).select_option(label="@adam")
    form.get_by_role("group", name="Who else").get_by_label("@oscar").check()
    form.get_by_label("Talk", exact=True).select_option(label="#general")
    form.get_by_role("group", name="Talks").get_by_label("#migrations").check()
    form.get_by_label("Where", exact=True).select_option(label="#migrations")
    form.get_by_role("group", name="Where else").get_by_label("#general").check()
    form.get_by_role("radiogroup", name="One of").get_by_label("blue").check()
    form.get_by_role("group", name="Some of").get_by_label("red").check()
    form.get_by_label("Day").fill("2031-02-03")
    form.get_by_label("Time").fill("04:05")
    form.get_by_label("Moment").fill("2031-02-03T04:05")
    form.get_by_label("Story").fill("once\nupon")
    desk.picture("every-input")
    form.get_by_role("button", name="Send").click()
    expect(form).to_be_hidden()

    (values,) = office.app.submitted
    told = {name: _value(entry) for name, entry in values.items()}
    moment = told.pop("datetimepicker")
    assert datetime.fromtimestamp(moment, UTC).minute == 5
    story = told.pop("rich_text_input")
    assert [part["elements"][0]["text"] for part in story["elements"]] == ["once", "upon"]
    assert told == {
        "plain_text_input": "hello",
        "number_input": "7",
        "email_text_input": "rita@example.com",
        "url_text_input": "https://example.com/",
        "static_select": "green",
        "multi_static_select": ["red", "blue"],
        "external_select": "orders-eu",
        "multi_external_select": ["billing", "orders-eu"],
        "users_select": "U0ADAM00001",
        "multi_users_select": ["U0OSCAR0001"],
        "conversations_select": "C0GENERAL01",
        "multi_conversations_select": ["C0MIGRATION"],
        "channels_select": "C0MIGRATION",
        "multi_channels_select": ["C0GENERAL01"],
        "radio_buttons": "blue",
        "checkboxes": ["red"],
        "datepicker": "2031-02-03",
        "timepicker": "04:05",
    }


def _value(entry: dict) -> object:  # type: ignore[type-arg]
    (value,) = [held for name, held in entry.items() if name != "type"]
    if isinstance(value, list):
        return [one["value"] if isinstance(one, dict) else one for one in value]
    return value["value"] if isinstance(value, dict) and "value" in value else value


def test_errors_stand_under_their_fields(desk: Desk, office: Office) -> None:
    """The form's own complaint and the app's; the words that were typed stay."""
    page = desk.go()
    open_modal(page, "form", "Everything")
    form = page.get_by_role("dialog")
    form.get_by_label("Number").fill("12")
    form.get_by_role("button", name="Send").click()
    number = form.locator("[data-block=number_input]")
    expect(number.get_by_role("alert")).to_have_text("Must be 9 or less")
    form.get_by_label("Number").fill("3")
    form.get_by_label("Words").fill("bad")
    form.get_by_label("Words").press("Enter")
    words = form.locator("[data-block=plain_text_input]")
    expect(words.get_by_role("alert")).to_have_text("That is no good.")
    expect(form.get_by_label("Words")).to_have_attribute("aria-invalid", "true")
    expect(form.get_by_label("Words")).to_have_value("bad")
    desk.picture("field-error")
    form.get_by_label("Words").fill("good")
    form.get_by_label("Words").press("Enter")
    expect(form).to_be_hidden()

    assert [said["number_input"]["value"] for said in office.app.submitted] == ["3"]


def test_a_view_that_changes_keeps_what_is_being_typed(desk: Desk, office: Office) -> None:
    """Loading views change under people; a pushed one goes back; the cross closes all."""
    page = desk.go("as=rita")
    open_modal(page, "loading", "Loading")
    words = page.get_by_role("dialog").get_by_label("Words")
    words.press_sequentially("half a sen")
    page.get_by_role("button", name="Fill").click()
    expect(page.get_by_role("dialog", name="Loaded")).to_contain_text("It is all there now.")
    expect(words).to_have_value("half a sen")
    page.get_by_role("button", name="Push").click()
    expect(page.get_by_role("dialog", name="On top")).to_be_visible()
    desk.picture("pushed")
    page.get_by_role("button", name="Back").click()
    expect(page.get_by_role("dialog", name="Loaded")).to_be_visible()
    expect(words).to_have_value("half a sen")
    page.get_by_role("button", name="Push").click()
    expect(page.get_by_role("dialog", name="On top")).to_be_visible()
    page.get_by_role("button", name="Close", exact=True).click()

    expect(page.get_by_role("dialog")).to_be_hidden()
    assert office.person("rita").modal() is None


def test_the_keyboard_stays_in_a_modal_and_escape_closes_it(desk: Desk) -> None:
    """Tab goes round inside; afterwards one types where one was."""
    page = desk.go()
    open_modal(page, "loading", "Loading")
    form = page.get_by_role("dialog")
    expect(form.get_by_label("Words")).to_be_focused()
    for _ in range(12):
        page.keyboard.press("Tab")
        expect(form.locator(":focus")).to_have_count(1)
    page.keyboard.press("Shift+Tab")
    expect(form.locator(":focus")).to_have_count(1)
    page.keyboard.press("Escape")

    expect(form).to_be_hidden()
    expect(page.get_by_role("combobox", name="Message #migrations")).to_be_focused()


def test_buttons_and_menus_of_a_message(desk: Desk, office: Office) -> None:
    """A button, one on a card, a menu, the overflow, and a dialog that asks back."""
    office.app.post(ACTIONS, CARD, section("Beside it", accessory=button("Beside", "go")))
    page = desk.go("as=anna")
    page.get_by_role("button", name="🚀 Go").click()
    page.get_by_role("button", name="On the card").click()
    page.get_by_role("combobox", name="Pick a paint").select_option("green")
    page.get_by_role("button", name="More").click()
    page.get_by_role("menuitem", name="Log").click()
    page.get_by_role("button", name="Beside").click()
    page.get_by_role("button", name="Stop").click()
    dialog = page.get_by_role("alertdialog", name=SURE["title"]["text"])
    expect(dialog).to_contain_text("It stops.")
    desk.picture("confirm")
    dialog.get_by_role("button", name="Keep it").click()
    expect(dialog).to_be_hidden()
    page.get_by_role("button", name="Stop").click()
    dialog.get_by_role("button", name="Stop it").click()
    expect(page.get_by_role("button", name="Stop")).to_be_enabled()
    office.person("anna").wait_until(lambda: len(office.app.actions) == 6, what="six acts")

    assert {one["by"] for one in office.app.actions} == {"anna"}
    assert sorted(one["action_id"] for one in office.app.actions) == [
        "carded",
        "go",
        "go",
        "more",
        "pick",
        "stop",
    ]
    chosen = {
        one["action_id"]: one["selected_option"]["value"]
        for one in office.app.actions
        if "selected_option" in one
    }
    assert chosen == {"pick": "green", "more": "Log"}


def test_a_button_keeps_the_focus_while_its_message_changes(desk: Desk, office: Office) -> None:
    """An app edits a message every few seconds: the keyboard stays where it is."""
    ts = office.app.post({**ACTIONS, "block_id": "before"})
    page = desk.go()
    page.get_by_role("button", name="🚀 Go").focus()
    blocks = [section("It went *on*."), {**ACTIONS, "block_id": "after"}]
    client = office.app.client
    client.chat_update(channel="C0MIGRATION", ts=ts, text="on", blocks=blocks)
    expect(page.get_by_text("It went on.")).to_be_visible()

    expect(page.get_by_role("button", name="🚀 Go")).to_be_focused()
    page.keyboard.press("Enter")
    office.person("rita").wait_until(lambda: office.app.actions, what="the press")
    assert office.app.actions[0]["block_id"] == "after"


def test_a_menu_of_the_app_s_can_be_emptied(desk: Desk, office: Office) -> None:
    """By deleting what it says."""
    page = desk.go()
    open_modal(page, "form", "Everything")
    form = page.get_by_role("dialog")
    instance = form.get_by_role("combobox", name="Instance", exact=True)
    instance.press_sequentially("bil")
    form.get_by_role("listbox").get_by_role("option").click()
    expect(instance).to_have_value("billing")
    instance.fill("")
    form.get_by_label("Words").click()
    form.get_by_role("button", name="Send").click()
    expect(form).to_be_hidden()

    assert office.app.submitted[0]["external_select"]["selected_option"] is None


def test_only_one_person_sees_a_whisper(desk: Desk) -> None:
    """Acting as somebody else shows what they see; it can be dismissed."""
    page = desk.go("as=oscar")
    type_line(page, "/migrate whisper")
    whisper = page.get_by_role("article").filter(has_text="only for you")
    expect(whisper).to_contain_text("Only you can see this")
    page.get_by_role("radio", name="adam").check(force=True)
    expect(whisper).to_have_count(0)
    expect(page).to_have_title("adam — local simulator, not Slack")
    page.get_by_role("radio", name="oscar").check(force=True)
    expect(whisper).to_be_visible()
    whisper.get_by_role("button", name="Dismiss").click()

    expect(whisper).to_have_count(0)


def test_an_app_that_is_silent_is_seen_to_be(desk: Desk, office: Office) -> None:
    """After three seconds people are told, at a command and at a button."""
    slow = {"type": "actions", "block_id": "s", "elements": [button("Slowly", "slow")]}
    office.app.post(slow)
    page = desk.go()
    page.get_by_role("button", name="Slowly").click()
    expect(page.get_by_role("button", name="Slowly")).to_have_attribute("aria-busy", "true")
    type_line(page, "/migrate silent")
    expect(page.get_by_text("Waiting for the app to take /migrate silent")).to_be_visible()

    told = page.get_by_role("alert").filter(has_text="This app did not respond")
    expect(told).to_be_visible()
    expect(page.get_by_text("/migrate did not respond (operation_timeout)")).to_be_visible()
    desk.picture("no-answer")
    office.app.released.set()


def test_threads_stand_aside(desk: Desk, office: Office) -> None:
    """Replies are counted under the root and read beside it; one can answer there."""
    root = office.app.post()
    office.app.post(thread_ts=root)
    page = desk.go()
    page.get_by_role("button", name="1 reply").click()
    thread = page.get_by_role("region", name="Thread")
    expect(thread.get_by_role("article")).to_have_count(2)
    box = thread.get_by_role("combobox")
    box.fill("/migrate list")
    box.press("Enter")
    expect(thread.get_by_role("alert")).to_contain_text("do not work in threads")
    box.fill("well done")
    box.press("Enter")
    expect(thread.get_by_role("article")).to_have_count(3)

    expect(page.get_by_role("button", name="2 replies")).to_be_visible()
    thread.get_by_role("button", name="Close the thread").click()
    expect(thread).to_be_hidden()


def test_a_link_to_a_message_leads_there(desk: Desk, office: Office) -> None:
    """As the same person, in the same tab; the message is marked."""
    first = office.app.post()
    for _ in range(12):
        office.app.post()
    client = office.app.client
    link = client.chat_getPermalink(channel="C0MIGRATION", message_ts=first)["permalink"]
    client.chat_postMessage(channel="C0MIGRATION", text=f"<{link}|the first one>")
    page = desk.go("as=anna")
    page.get_by_role("link", name="the first one").click()

    expect(page.locator(f"[data-ts='{first}']")).to_be_in_viewport()
    expect(page.locator(".sought")).to_have_attribute("data-ts", first)
    expect(page).to_have_title("anna — local simulator, not Slack")


def test_the_home_tab_and_direct_messages(desk: Desk, office: Office) -> None:
    """The app publishes a home tab whose buttons work; words to it are direct messages."""
    page = desk.go("as=anna")
    page.get_by_role("button", name="daybreak home").click()
    expect(page.get_by_text("Home of @anna")).to_be_visible()
    page.get_by_role("button", name="🚀 Go").click()
    office.person("anna").wait_until(lambda: office.app.actions, what="the press")
    desk.picture("home")
    page.get_by_role("button", name="@daybreak").click()
    box = page.get_by_role("combobox", name="Message @daybreak")
    box.fill("are you there?")
    box.press("Enter")

    expect(page.get_by_role("article")).to_contain_text("are you there?")
    assert [m["text"] for m in office.person("anna").messages("@daybreak")] == ["are you there?"]


def test_what_is_new_is_counted_until_it_is_read(desk: Desk, office: Office) -> None:
    """Unread messages of a channel show beside its name."""
    page = desk.go("as=rita")
    general = page.get_by_role("button", name="#general")
    expect(general).to_be_visible()
    office.person("adam").say("#general", "one")
    office.person("adam").say("#general", "two")
    expect(general).to_contain_text("2 unread")
    general.click()

    expect(page.get_by_role("article")).to_have_count(2)
    expect(general).to_have_text("#general")


def test_the_inspector_shows_what_passes(desk: Desk, office: Office) -> None:
    """Requests with their answers and durations; a filter; trouble by itself."""
    page = desk.go()
    page.get_by_role("button", name="Inspector", exact=True).click()
    inspector = page.get_by_role("region", name="Inspector")
    type_line(page, "/migrate whisper")
    line = inspector.get_by_role("listitem").filter(has_text="slash_commands").first
    expect(line).to_contain_text("/migrate whisper")
    line.get_by_role("button").click()
    expect(inspector.get_by_label("Request")).to_contain_text('"text": "whisper"')
    expect(inspector.get_by_label("Answer")).to_contain_text("only for you")
    desk.picture("inspector")
    page.set_viewport_size(NARROW)
    expect(inspector.get_by_role("button", name="Close the inspector")).to_be_in_viewport(ratio=1)
    desk.picture("inspector-narrow")
    page.set_viewport_size(WIDE)
    office.app.post()
    inspector.get_by_label("Filter").fill("chat.postmessage")
    expect(inspector.get_by_role("listitem").first).to_contain_text("chat.postMessage")
    inspector.get_by_label("Filter").fill("")
    inspector.get_by_label("Which exchanges").select_option("trouble")
    inspector.get_by_role("button", name="Clear").click()

    expect(inspector.get_by_role("listitem")).to_have_count(0)


def test_a_field_that_announces_itself_waits_for_enter(desk: Desk, office: Office) -> None:
    """`dispatch_action`: typing says nothing, Enter does."""
    announced = field("plain_text_input", "Loud", {"dispatch_action": True, "optional": True})
    office.app.client.views_publish(
        user_id="U0RITA00001", view={"type": "home", "blocks": [announced]}
    )
    page = desk.go("as=rita&tab=home")
    expect(page.get_by_text("Home of @rita")).to_be_visible()
    office.app.client.views_publish(
        user_id="U0RITA00001", view={"type": "home", "blocks": [announced]}
    )
    box = page.get_by_label("Loud")
    rita = office.person("rita")
    for typed in ("sai", "said"):
        box.fill(typed)
        rita.wait_until(lambda now=typed: _held(rita.home()) == now, what="the words to arrive")
    box.press("Enter")

    def told() -> list[str]:
        return [action["value"] for action in office.app.actions]

    rita.wait_until(lambda: "said" in told(), what="the announcement")
    assert told() == ["said"]


def _held(home: dict | None) -> object:  # type: ignore[type-arg]
    values = (home or {}).get("state", {}).get("values", {})
    return values.get("plain_text_input", {}).get("value", {}).get("value")
