"""People acting on messages, with an app on either transport: payloads, dialogs, stale screens."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from slack_office import Office
from tiny_app import button, message_blocks, section

from sandbox.slack.people import ConfirmationNeeded, NotOnTheScreen, Refused, buttons, visible_text

HERE = "C0MIGRATION"


def posted(office: Office, **more: Any) -> dict[str, Any]:
    """A message with buttons, as a person sees it."""
    sent = office.client.chat_postMessage(
        channel=HERE, text="fallback", blocks=message_blocks(), **more
    )
    return office.person("rita").message(HERE, sent["ts"])


def test_a_click_carries_slacks_payload(staffed: Office) -> None:
    """Who, where, on what, with which value, and how to answer."""
    message = posted(staffed)
    reply = staffed.person("adam").click(message, "Promote")
    assert (reply.error, reply.request_id is not None) == (None, True)

    body = staffed.seen[0]
    assert body["type"] == "block_actions"
    assert (body["user"]["id"], body["user"]["username"]) == ("U0ADAM00001", "adam")
    assert body["user"]["team_id"] == body["team"]["id"] == "T0LOCAL0001"
    assert body["channel"] == {"id": HERE, "name": "migrations"}
    assert body["container"] == {
        "type": "message",
        "message_ts": message["ts"],
        "channel_id": HERE,
        "is_ephemeral": False,
    }
    assert body["message"]["ts"] == message["ts"]
    assert body["message"]["blocks"] == message["blocks"]
    assert body["trigger_id"]
    action = body["actions"][0]
    assert action["action_ts"]
    assert {name: action[name] for name in ("type", "action_id", "block_id", "value", "style")} == {
        "type": "button",
        "action_id": "go",
        "block_id": "acts",
        "value": "v1",
        "style": "primary",
    }
    staffed.person("adam").wait_for_ephemeral("#migrations", "pressed v1 by U0ADAM00001")
    assert staffed.person("rita").ephemerals("#migrations") == []


def test_captions_are_read_without_their_emoji(staffed: Office) -> None:
    """A button is found by what it says; what it does not say finds nothing."""
    message = posted(staffed)

    assert buttons(message) == [":rocket: Promote", "Stop", "Details", "Log"]
    with pytest.raises(NotOnTheScreen, match=r"Roll back.*Promote"):
        staffed.person("rita").click(message, "Roll back")


def test_a_dialog_must_be_answered(staffed: Office) -> None:
    """A button that asks back sends nothing until it is confirmed by the dialog's own words."""
    message, rita = posted(staffed), staffed.person("rita")
    with pytest.raises(ConfirmationNeeded, match="It stops") as caught:
        rita.click(message, "Stop")
    assert caught.value.words["confirm"] == "Stop it"
    assert rita.click(message, "Stop", confirm="Keep it").note == "not confirmed"
    with pytest.raises(NotOnTheScreen):
        rita.click(message, "Stop", confirm="OK")
    with pytest.raises(NotOnTheScreen, match="no dialog"):
        rita.click(message, "Promote", confirm="Stop it")
    assert staffed.seen == []

    rita.click(message, "Stop", confirm="Stop it")
    assert staffed.seen[0]["actions"][0]["action_id"] == "stop"


def test_menus_on_messages_tell_what_was_chosen(staffed: Office) -> None:
    """A select and an overflow name the choice; the message's state remembers the select."""
    message, rita = posted(staffed), staffed.person("rita")
    rita.choose(message, "Pick a class", "Large one")
    rita.click(message, "Log")

    select, overflow = staffed.seen
    assert select["actions"][0]["selected_option"]["value"] == "large"
    assert overflow["actions"][0]["selected_option"]["value"] == "l"
    state = overflow["state"]["values"]["acts"]["pick"]
    assert state["selected_option"]["value"] == "large"
    with pytest.raises(NotOnTheScreen, match="Small one"):
        rita.choose(message, "Pick a class", "Huge one")


def test_an_old_screen_sends_the_old_value(staffed: Office) -> None:
    """A stale button reaches the app with the value it had; a click as of now does not find it."""
    old = posted(staffed)
    newer = [section("Done."), {"type": "actions", "elements": [button("Report", value="v2")]}]
    staffed.client.chat_update(channel=HERE, ts=old["ts"], text="done", blocks=newer)
    rita = staffed.person("rita")
    with pytest.raises(NotOnTheScreen):
        rita.click(old, "Promote")
    rita.click_stale(old, "Promote")

    body = staffed.seen[0]
    assert (body["actions"][0]["block_id"], body["actions"][0]["value"]) == ("acts", "v1")
    assert visible_text(body["message"]).startswith("Done.")


def test_what_is_gone_cannot_be_clicked(staffed: Office) -> None:
    """A deleted message takes its buttons with it."""
    old = posted(staffed)
    staffed.client.chat_delete(channel=HERE, ts=old["ts"])

    with pytest.raises(Refused, match="message_not_found"):
        staffed.person("rita").click_stale(old, "Promote")


def test_clicks_at_the_same_time_all_arrive(staffed: Office) -> None:
    """A double click is two requests, each with a trigger of its own."""
    message = posted(staffed)
    people = [staffed.person(name) for name in ("rita", "rita", "adam", "anna")]
    with ThreadPoolExecutor(len(people)) as pool:
        replies = list(pool.map(lambda person: person.click(message, "Promote"), people))

    assert [reply.error for reply in replies] == [None] * 4
    assert len({body["trigger_id"] for body in staffed.seen}) == 4
    assert sorted(b["user"]["username"] for b in staffed.seen) == ["adam", "anna", "rita", "rita"]


def test_a_click_in_a_thread_is_answered_there(staffed: Office) -> None:
    """Where a message stands in a thread, its payload and the answer do too."""
    root = staffed.client.chat_postMessage(channel=HERE, text="root")["ts"]
    message = posted(staffed, thread_ts=root)
    staffed.person("rita").click(message, "Promote")

    assert staffed.seen[0]["container"]["thread_ts"] == root
    found = staffed.person("rita").wait_for_ephemeral("#migrations", "pressed v1")
    assert found["thread_ts"] == root


def test_ephemerals_can_be_clicked_replaced_and_removed(staffed: Office) -> None:
    """Only a response URL changes what one person sees; the payload has no message."""
    rita = staffed.person("rita")
    row = [button("Swap", value="replace"), button("Away", value="delete")]
    for number, element in enumerate(row):
        element["action_id"] = "go"
        blocks = [section("only you"), {"type": "actions", "elements": [element]}]
        staffed.client.chat_postEphemeral(
            channel=HERE, user="U0RITA00001", text=f"psst {number}", blocks=blocks
        )
    swap, away = rita.ephemerals("#migrations")
    rita.click(swap, "Swap")
    rita.click(away, "Away")

    assert staffed.seen[0]["container"]["is_ephemeral"]
    assert "message" not in staffed.seen[0]
    rita.wait_until(
        lambda: [m["text"] for m in rita.ephemerals("#migrations")] == ["replaced"],
        what="one replaced and one removed",
    )
    with pytest.raises(NotOnTheScreen):
        staffed.person("adam").click(swap, "Swap")


def test_a_modal_can_be_pushed_from_a_button_inside(staffed: Office) -> None:
    """The trigger of an act in a modal pushes onto that modal."""
    rita = staffed.person("rita")
    rita.type("#migrations", "/migrate modal")
    form = rita.wait_for_modal(saying="Form")
    blocks = [{"type": "actions", "elements": [button("More", value="push")]}]
    view = {"type": "modal", "title": {"type": "plain_text", "text": "Inside"}, "blocks": blocks}
    staffed.client.views_update(view_id=form["id"], view=view)
    rita.press_in_modal("More")

    assert rita.wait_for_modal(saying="On top")["previous_view_id"] == form["id"]
