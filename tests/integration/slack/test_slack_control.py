"""The control API: whom one can act as, what passed over the wire, and beginning anew."""

import json
from contextlib import closing
from typing import Any

import pytest
import websocket
from slack_office import Office, refused
from tiny_app import form, section

from sandbox.slack.cast import RITA
from sandbox.slack.people import Refused

HERE = "C0MIGRATION"


def test_it_says_whom_one_can_act_as(office: Office) -> None:
    """Each person with their part; whoever is not in the cast does nothing."""
    cast = office.wire.get("cast")
    parts = {person["handle"]: person["part"] for person in cast["people"]}

    assert parts["rita"] == "requester"
    assert parts["adam"] == "approver"
    assert parts["oscar"] == "outsider"
    assert [command["name"] for command in cast["commands"]] == ["/migrate"]
    with pytest.raises(Refused, match="user_not_found"):
        office.person("nobody").type("#migrations", "/migrate help")


def test_payloads_can_be_inspected_both_ways(office: Office) -> None:
    """What the app called with which arguments and answer, and what it was sent."""
    before = office.wire.traffic()[-1:]
    seen = before[0]["number"] if before else 0
    office.client.chat_postMessage(channel=HERE, text="hello")
    office.person("rita").type("#migrations", "/migrate help")
    called, sent = (entry for entry in office.wire.traffic(seen) if entry["kind"] != "users.info")

    assert (called["direction"], called["kind"]) == ("in", "chat.postMessage")
    assert called["request"]["text"] == "hello"
    assert called["answer"]["ok"]
    assert (sent["direction"], sent["kind"]) == ("out", "slash_commands")
    assert sent["request"]["text"] == "help"
    assert sent["answer"]["error"] == "dispatch_failed"


def test_a_reset_empties_everything_but_the_log(office: Office) -> None:
    """Messages, modals and triggers are gone; faults are off; people and tokens stay."""
    rita, trigger = office.person("rita"), office.trigger()
    office.client.chat_postMessage(channel=HERE, text="hello")
    office.client.views_open(trigger_id=office.trigger(), view=form())
    logged = len(office.wire.traffic())
    office.trouble.fault("error", calls=None)
    office.wire.reset()

    assert rita.messages("#migrations") == []
    assert rita.ephemerals("#migrations") == []
    assert rita.modal() is None
    assert len(office.wire.traffic()) == logged
    assert office.client.auth_test()["ok"]
    refused("invalid_arguments", office.client.views_open, trigger_id=trigger, view=form())


def screen(office: Office, handle: str, **query: str) -> dict[str, Any]:
    """All that a person has before them."""
    return office.wire.get(f"people/{handle}/screen", **query)


def test_a_screen_is_all_that_one_person_sees(office: Office) -> None:
    """Where they can go, the channel, the whole stack of modals, the home tab."""
    office.client.chat_postMessage(channel=HERE, text="hello")
    office.client.views_open(trigger_id=office.trigger(), view=form("First"))
    office.person("rita").press_in_modal("Look again")
    inside = office.wire.requests("rita")[-1]["payload"]["trigger_id"]
    office.client.views_push(trigger_id=inside, view=form("Second"))
    home = {"type": "home", "blocks": [section("At home")]}
    office.client.views_publish(user_id=RITA.id, view=home)
    seen = screen(office, "rita", channel="#migrations")

    assert [one["place"] for one in seen["conversations"]] == [HERE, "C0GENERAL01", "@daybreak"]
    assert [message["text"] for message in seen["channel"]["messages"]] == ["hello"]
    assert [view["title"]["text"] for view in seen["modals"]] == ["First", "Second"]
    assert seen["home"]["blocks"][0]["text"]["text"] == "At home"
    assert screen(office, "adam")["modals"] == []
    assert screen(office, "adam")["channel"] is None


def test_a_screen_without_its_channel_says_why(office: Office) -> None:
    """Whoever is led to one that is not there can go elsewhere."""
    seen = screen(office, "rita", channel="#nowhere")

    assert (seen["channel"], seen["refused"]) == (None, "channel_not_found")
    assert [one["place"] for one in seen["conversations"]] == [HERE, "C0GENERAL01", "@daybreak"]


def test_direct_messages_are_listed_by_who_is_at_the_other_end(office: Office) -> None:
    """For both of them."""
    office.person("rita").say("@adam", "a word")

    assert screen(office, "adam")["conversations"][-2]["place"] == "@rita"
    assert screen(office, "rita")["conversations"][-2]["place"] == "@adam"


def test_what_others_said_is_unread_until_it_is_read(office: Office) -> None:
    """Counted for each person; one's own words are not, and whispers to others are not."""
    rita, adam = office.person("rita"), office.person("adam")
    adam.say("#general", "one")
    adam.say("#general", "two")
    rita.type("#migrations", "/nonsense")

    def unread(handle: str) -> dict[str, int]:
        listed = screen(office, handle)["conversations"]
        return {one["name"]: one["unread"] for one in listed if one["kind"] == "public"}

    assert unread("rita") == {"general": 2, "migrations": 1}
    assert unread("adam") == {"general": 0, "migrations": 0}
    number = office.wire.get("changes")["number"]
    office.wire.post("people/rita/read", channel="#general")
    assert unread("rita") == {"general": 0, "migrations": 1}
    assert office.wire.get("changes")["number"] > number
    adam.say("#general", "three")
    assert unread("rita")["general"] == 1


def test_the_log_can_be_read_from_its_end(office: Office) -> None:
    """The latest entries alone, for who opens it late."""
    for word in ("one", "two", "three"):
        office.client.chat_postMessage(channel=HERE, text=word)
    entries = office.wire.get("traffic", limit=2)["entries"]

    assert [entry["request"]["text"] for entry in entries] == ["two", "three"]


def test_the_live_line_tells_that_there_is_news(office: Office) -> None:
    """At once where things stand, then after each change and each exchange."""
    url = office.workspace.base_url.replace("http", "ws", 1) + "/_control/live"
    with closing(websocket.create_connection(url, timeout=20)) as line:
        first = json.loads(line.recv())
        office.person("adam").say("#general", "one")
        changed = json.loads(line.recv())
        office.client.auth_test()
        exchanged = json.loads(line.recv())

    assert changed["changes"] > first["changes"]
    assert changed["traffic"] == first["traffic"]
    assert exchanged["traffic"] > changed["traffic"]
