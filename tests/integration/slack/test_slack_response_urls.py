"""Response URLs: five times, half an hour, private unless told otherwise."""

from dataclasses import replace
from typing import Any

import httpx
from slack_office import HURRIED, Office, open_office
from tiny_app import message_blocks, section

from sandbox.slack.people import visible_text


def command_url(office: Office) -> str:
    """The address that came with a command which nobody took; what it left behind is cleared."""
    office.person("rita").type("#migrations", "/migrate start")
    url: str = office.wire.requests("rita")[-1]["payload"]["response_url"]
    return url


def click_url(office: Office) -> tuple[str, dict[str, Any]]:
    """The address that came with a click, and the message that was clicked."""
    rita = office.person("rita")
    sent = office.client.chat_postMessage(channel="C0MIGRATION", text="t", blocks=message_blocks())
    message = rita.message("#migrations", sent["ts"])
    rita.click(message, "Promote")
    return office.wire.requests("rita")[-1]["payload"]["response_url"], message


def send(url: str, **body: Any) -> httpx.Response:
    """Answer there."""
    with httpx.Client(trust_env=False) as client:
        return client.post(url, json=body)


def private_texts(office: Office, handle: str) -> list[str]:
    """What the app told one person alone."""
    shown = office.person(handle).ephemerals("#migrations")
    return [visible_text(m) for m in shown if m["user"] == "U0DAYBREAK1"]


def test_an_answer_is_private_unless_it_says_otherwise(office: Office) -> None:
    """By default one person reads it; `in_channel` is for all."""
    url = command_url(office)
    answer = send(url, text="for you")
    assert (answer.status_code, answer.text) == (200, "ok")
    send(url, text="for all", response_type="in_channel")

    assert private_texts(office, "rita") == ["for you"]
    assert private_texts(office, "adam") == []
    assert [m["text"] for m in office.person("adam").messages("#migrations")] == ["for all"]


def test_it_works_five_times(office: Office) -> None:
    """The sixth answer is refused."""
    url = command_url(office)
    answers = [send(url, text=f"answer {number}") for number in range(6)]

    assert [answer.status_code for answer in answers] == [200] * 5 + [404]
    assert answers[-1].json()["error"] == "used_url"
    assert len(private_texts(office, "rita")) == 5


def test_it_ends() -> None:
    """After its time nothing can be answered."""
    office = open_office(timings=replace(HURRIED, response_url=0.0))
    try:
        answer = send(command_url(office), text="late")
    finally:
        office.workspace.stop()

    assert (answer.status_code, answer.json()["error"]) == (404, "expired_url")


def test_a_made_up_address_answers_nothing(office: Office) -> None:
    """Nobody guesses an address."""
    assert send(command_url(office) + "x", text="hello").status_code == 404


def test_the_clicked_message_can_be_replaced_and_removed(office: Office) -> None:
    """`replace_original` edits the message that was acted on, `delete_original` takes it away."""
    url, message = click_url(office)
    send(url, text="promoting", blocks=[section("Promoting.")], replace_original=True)
    shown = office.person("adam").message("#migrations", message["ts"])
    assert visible_text(shown) == "Promoting."

    send(url, delete_original=True)
    assert office.person("adam").messages("#migrations") == []


def test_a_commands_answer_can_replace_itself(office: Office) -> None:
    """For a command the original is the first answer that came this way."""
    url = command_url(office)
    send(url, text="working on it")
    send(url, text="done", replace_original=True)

    assert private_texts(office, "rita") == ["done"]


def test_answers_are_checked_like_messages(office: Office) -> None:
    """Unknown blocks, nothing to say and no JSON are refused."""
    url = command_url(office)
    wrong = send(url, text="x", blocks=[{"type": "nonesuch"}])
    assert (wrong.status_code, wrong.json()["error"]) == (400, "invalid_blocks")
    assert send(url, response_type="ephemeral").json()["error"] == "no_text"
    with httpx.Client(trust_env=False) as client:
        assert client.post(url, content="{").text == "invalid_payload"
        assert client.post(url, content="[]").json()["error"] == "invalid_payload"

    assert private_texts(office, "rita") == []
