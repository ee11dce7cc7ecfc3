"""Signed HTTP requests: what an app's verifier accepts, and what it must refuse."""

import socket
from collections.abc import Iterator
from dataclasses import replace

import pytest
from slack_office import HURRIED, Office, open_office
from tiny_app import TinyApp

from sandbox.slack.people import Refused
from sandbox.slack.tokens import Tokens
from sandbox.slack.workspace import Workspace


@pytest.fixture(scope="module")
def signed() -> Iterator[Office]:
    """A workspace that sends signed requests to the tiny app."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}/slack/events"
    office = open_office(transport="http", request_url=url, timings=HURRIED)
    with TinyApp(office.workspace.tokens, office.workspace.api_url).on_http(port) as app:
        yield replace(office, app=app)
    office.workspace.stop()


@pytest.mark.parametrize("signature", ["bad", "missing", "old"])
def test_a_spoilt_signature_is_refused_by_the_app(signed: Office, signature: str) -> None:
    """A wrong, a missing and an old signature reach no listener: the verifier answers 401."""
    rita = signed.person("rita")
    rita.type("#migrations", "/migrate hello")
    known = len(signed.seen)
    shown = len(rita.ephemerals("#migrations"))

    assert rita.replay(signature)["status"] == 401
    assert len(signed.seen) == known
    assert len(rita.ephemerals("#migrations")) == shown


def test_the_same_bytes_are_accepted_again(signed: Office) -> None:
    """Within five minutes a verifier cannot tell a replay from the first."""
    rita = signed.person("rita")
    rita.type("#migrations", "/migrate hello")

    assert rita.replay()["status"] == 200


def test_events_that_are_not_acknowledged_come_again(signed: Office) -> None:
    """The same event comes with the number of the attempt until the app takes it."""
    app, rita = signed.app, signed.person("rita")
    assert app is not None
    app.forget()
    app.deaf_to_events = 2
    rita.open_home()

    rita.wait_until(rita.home, what="a home tab at the third attempt")
    assert len({body["event_id"] for body in signed.seen}) == 1
    assert app.retries == ["1", "2"]


def test_a_socket_carries_no_signature(office: Office) -> None:
    """Where nothing is signed, nothing can be signed badly."""
    office.person("rita").type("#migrations", "/migrate hello")
    with pytest.raises(Refused, match="not_signed"):
        office.person("rita").replay("bad")


def test_an_app_that_hangs_did_not_respond() -> None:
    """An address that takes a request and says nothing is given up after Slack's limit."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/slack/events"
        hurried = replace(HURRIED, acknowledgement=0.1)
        office = open_office(transport="http", request_url=url, timings=hurried)
        try:
            reply = office.person("rita").type("#migrations", "/migrate start")
        finally:
            office.workspace.stop()

    assert reply.error == "operation_timeout"
    assert reply.text == "/migrate did not respond (operation_timeout)"


def test_an_app_that_is_down_failed() -> None:
    """Where nobody listens, the command fails at once."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        url = f"http://127.0.0.1:{closed.getsockname()[1]}/slack/events"
    office = open_office(transport="http", request_url=url, timings=HURRIED)
    try:
        reply = office.person("rita").type("#migrations", "/migrate start")
    finally:
        office.workspace.stop()

    assert reply.error == "dispatch_failed"


def test_http_needs_an_address() -> None:
    """A workspace that is to send requests must know where."""
    with pytest.raises(ValueError, match="request URL"):
        Workspace(Tokens.generate(), transport="http")
