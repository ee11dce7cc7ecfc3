"""Modals without an app's listeners: triggers, stacks, hashes, and views that are refused."""

from dataclasses import replace

from slack_office import HURRIED, Office, open_office, refused
from tiny_app import form, plain, section, text_input

from sandbox.slack.people import visible_text


def test_a_trigger_opens_one_modal_for_who_acted(office: Office) -> None:
    """The modal is in front of the person who acted, and a trigger works once."""
    trigger = office.trigger("rita")
    view = office.client.views_open(trigger_id=trigger, view=form())["view"]

    assert view["id"].startswith("V")
    assert (view["callback_id"], view["private_metadata"]) == ("form", "kept")
    assert view["root_view_id"] == view["id"]
    assert view["previous_view_id"] is None
    modal = office.person("rita").modal()
    assert modal is not None
    assert modal["id"] == view["id"]
    assert office.person("adam").modal() is None
    refused("exchanged_trigger_id", office.client.views_open, trigger_id=trigger, view=form())


def test_a_refused_view_does_not_spend_the_trigger(office: Office) -> None:
    """After a mistake in the view the same trigger still opens one."""
    trigger = office.trigger()
    broken = form("A title of more than 24 letters")
    refused("invalid_arguments", office.client.views_open, trigger_id=trigger, view=broken)

    assert office.client.views_open(trigger_id=trigger, view=form())["ok"]


def test_a_trigger_expires() -> None:
    """After its time a trigger opens nothing."""
    office = open_office(timings=replace(HURRIED, trigger=0.0))
    try:
        trigger = office.trigger()
        refused("expired_trigger_id", office.client.views_open, trigger_id=trigger, view=form())
    finally:
        office.workspace.stop()


def test_a_made_up_trigger_is_an_invalid_argument(office: Office) -> None:
    """Slack points to the argument."""
    body = refused("invalid_arguments", office.client.views_open, trigger_id="1.2.3", view=form())

    messages = body["response_metadata"]["messages"]
    assert messages == ["[ERROR] invalid `trigger_id` [json-pointer:/trigger_id]"]


def test_an_update_with_an_old_hash_is_refused(office: Office) -> None:
    """Who updates what has changed meanwhile is told so; without a hash the last one wins."""
    client = office.client
    view = client.views_open(trigger_id=office.trigger(), view=form())["view"]
    newer = client.views_update(view_id=view["id"], hash=view["hash"], view=form("Newer"))["view"]
    refused(
        "hash_conflict",
        client.views_update,
        view_id=view["id"],
        hash=view["hash"],
        view=form("Older"),
    )
    assert newer["hash"] != view["hash"]
    client.views_update(view_id=view["id"], view=form("Newest"))
    assert "Newest" in visible_text(office.person("rita").wait_for_modal())


def test_an_update_keeps_what_was_filled_in(office: Office) -> None:
    """Inputs that keep their names keep their values; others begin anew."""
    client, rita = office.client, office.person("rita")
    view = client.views_open(trigger_id=office.trigger(), view=form())["view"]
    rita.fill({"What to do": "half a sentence", "Class": "Large one"})
    other = form(blocks=[text_input("What to do", "what"), text_input("Why", "why")])
    updated = client.views_update(view_id=view["id"], view=other)["view"]

    values = updated["state"]["values"]
    assert values["what"]["value"]["value"] == "half a sentence"
    assert values["why"]["value"]["value"] is None
    assert "class" not in values


def test_a_view_is_found_by_the_apps_own_name(office: Office) -> None:
    """An external id names a view as long as it is open, and no two."""
    client = office.client
    client.views_open(trigger_id=office.trigger(), view=form(external_id="start-1"))
    client.views_update(external_id="start-1", view=form("Found", external_id="start-1"))
    assert "Found" in visible_text(office.person("rita").wait_for_modal())
    refused(
        "duplicate_external_id",
        client.views_open,
        trigger_id=office.trigger("adam"),
        view=form(external_id="start-1"),
    )
    office.person("rita").close()
    refused("not_found", client.views_update, external_id="start-1", view=form())


def test_names_that_an_app_leaves_out_are_given(office: Office) -> None:
    """Blocks and elements without names get some, and keep them."""
    bare = {**text_input("What", "x"), "element": {"type": "plain_text_input"}}
    del bare["block_id"]
    view = form(blocks=[bare, section("words")])
    opened = office.client.views_open(trigger_id=office.trigger(), view=view)["view"]

    block = opened["blocks"][0]
    assert block["block_id"]
    assert block["element"]["action_id"]
    assert list(opened["state"]["values"]) == [block["block_id"]]


def test_views_that_are_too_large_or_wrong_are_refused(office: Office) -> None:
    """Limits of views are named, with pointers."""
    client, trigger = office.client, office.trigger()

    def problem(**changed: object) -> str:
        view = form(**changed)
        body = refused("invalid_arguments", client.views_open, trigger_id=trigger, view=view)
        messages: list[str] = body["response_metadata"]["messages"]
        return messages[0]

    assert problem(private_metadata="x" * 3001) == (
        "[ERROR] must be less than 3001 characters [json-pointer:/view/private_metadata]"
    )
    assert problem(title=plain("x" * 25)).endswith("[json-pointer:/view/title/text]")
    assert problem(submit=None).startswith("[ERROR] missing required field: submit")
    assert problem(colour="red") == (
        "[ERROR] invalid additional property: colour [json-pointer:/view]"
    )
    assert problem(type="window") == "[ERROR] unsupported type: window [json-pointer:/view/type]"
    assert problem(blocks=[section("x")] * 101) == (
        "[ERROR] no more than 100 items allowed [json-pointer:/view/blocks]"
    )
    huge = form(blocks=[section("x" * 3000)] * 84)
    refused("view_too_large", client.views_open, trigger_id=trigger, view=huge)
    refused("not_found", client.views_update, view_id="V0NOWHERE", view=form())


def test_a_push_needs_a_modal_to_stand_on(office: Office) -> None:
    """A trigger from outside of a modal pushes nothing."""
    refused("not_found", office.client.views_push, trigger_id=office.trigger(), view=form())


def test_a_home_tab_is_published_for_one(office: Office) -> None:
    """Each person has a home tab of their own, with a hash of its own."""
    home = {"type": "home", "blocks": [section("for rita")]}
    view = office.client.views_publish(user_id="U0RITA00001", view=home)["view"]
    shown = office.person("rita").home()
    assert shown is not None
    assert visible_text(shown) == "for rita"
    assert office.person("adam").home() is None
    office.client.views_publish(user_id="U0RITA00001", hash=view["hash"], view=home)
    refused(
        "hash_conflict",
        office.client.views_publish,
        user_id="U0RITA00001",
        hash=view["hash"],
        view=home,
    )
    refused("invalid_arguments", office.client.views_publish, user_id="U0RITA00001", view=form())
