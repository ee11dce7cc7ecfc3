"""The control API: whom one can act as, what passed over the wire, and beginning anew."""

import pytest
from slack_office import Office, refused
from tiny_app import form

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
