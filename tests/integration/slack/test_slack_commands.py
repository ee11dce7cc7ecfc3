"""Slash commands: the form, the acknowledgement, and what only the person who typed it sees."""

import pytest
from slack_office import Office

from sandbox.slack.people import Refused, WaitedInVain, visible_text


def test_a_command_carries_every_field_of_slacks_form(staffed: Office) -> None:
    """The app is told who typed what and where, and how to answer."""
    staffed.person("rita").type("#migrations", "/migrate start  orders ")

    body = staffed.seen[0]
    assert body["command"] == "/migrate"
    assert body["text"] == "start  orders"
    assert body["user_id"] == "U0RITA00001"
    assert body["user_name"] == "rita"
    assert body["channel_id"] == "C0MIGRATION"
    assert body["channel_name"] == "migrations"
    assert body["team_id"] == "T0LOCAL0001"
    assert body["api_app_id"] == "A0DAYBREAK"
    assert body["is_enterprise_install"] == "false"
    assert body["response_url"].startswith(staffed.workspace.api_url.removesuffix("api/"))
    assert body["trigger_id"]
    assert set(body) >= {"token", "team_domain"}


def test_a_command_in_direct_messages_names_no_channel(staffed: Office) -> None:
    """In direct messages the channel is called `directmessage`."""
    reply = staffed.person("rita").type("@daybreak", "/migrate hello")

    assert staffed.seen[0]["channel_name"] == "directmessage"
    assert reply.text == "you said hello"


def test_the_acknowledgements_text_is_for_one_person(staffed: Office) -> None:
    """What an app answers is seen by who asked, by nobody else, and not in the channel."""
    rita, adam = staffed.person("rita"), staffed.person("adam")

    reply = rita.type("#migrations", "/migrate hello")

    assert reply.error is None
    assert reply.text == "you said hello"
    assert adam.ephemerals("#migrations") == []
    assert rita.messages("#migrations") == []


def test_an_acknowledgement_may_carry_blocks(staffed: Office) -> None:
    """Blocks in the acknowledgement are shown in place of its text."""
    reply = staffed.person("rita").type("#migrations", "/migrate blocks")

    assert reply.text == "in blocks"


def test_an_acknowledgement_may_speak_to_all(staffed: Office) -> None:
    """With `in_channel` everybody reads the answer."""
    reply = staffed.person("rita").type("#migrations", "/migrate aloud")

    assert reply.ephemerals == []
    texts = [visible_text(m) for m in staffed.person("oscar").messages("#migrations")]
    assert texts == ["for all to read"]


def test_an_acknowledgement_with_unknown_blocks_is_an_error(staffed: Office) -> None:
    """Blocks that Slack does not know are not shown, and the person reads that it failed."""
    reply = staffed.person("rita").type("#migrations", "/migrate broken")

    assert reply.error == "invalid_blocks"
    assert "unsupported type: sectoin [json-pointer:/blocks/0/type]" in reply.note
    assert "failed" in reply.text


def test_an_empty_acknowledgement_shows_nothing(staffed: Office) -> None:
    """An app may take a command without a word."""
    reply = staffed.person("rita").type("#migrations", "/migrate nothing")

    assert (reply.error, reply.ephemerals) == (None, [])


def test_an_answer_may_come_later(staffed: Office) -> None:
    """What comes by the response URL is for the same person alone."""
    staffed.person("rita").type("#migrations", "/migrate later")

    found = staffed.person("rita").wait_for_ephemeral("#migrations", "said later")
    assert found["user"] == "U0DAYBREAK1"
    assert staffed.person("adam").ephemerals("#migrations") == []


def test_a_command_that_nobody_installed_does_not_reach_the_app(staffed: Office) -> None:
    """Slack itself says that a command is unknown."""
    reply = staffed.person("rita").type("#migrations", "/deploy orders")

    assert reply.error == "unknown_command"
    assert reply.text == "/deploy is not a valid command."
    assert staffed.seen == []


def test_a_command_without_an_app_fails_visibly(office: Office) -> None:
    """With no socket open there is nobody to take a command, and the person is told."""
    reply = office.person("rita").type("#migrations", "/migrate start")

    assert reply.error == "dispatch_failed"
    assert reply.text == "/migrate failed (dispatch_failed)"


def test_a_person_must_exist_and_be_in_the_channel(office: Office) -> None:
    """Nobody acts under an unknown name or where they are not."""
    with pytest.raises(Refused, match="user_not_found"):
        office.person("nobody").type("#migrations", "/migrate")
    with pytest.raises(Refused, match="channel_not_found"):
        office.person("rita").type("#secret", "/migrate")


def test_who_waits_in_vain_says_what_for(office: Office) -> None:
    """A scripted person's patience ends with the words that were missing and what was there."""
    rita = office.person("rita")
    rita.say("#migrations", "good morning")

    with pytest.raises(WaitedInVain, match=r"'promoted'.*good morning"):
        rita.wait_for_message("#migrations", "promoted", timeout=0.05)
