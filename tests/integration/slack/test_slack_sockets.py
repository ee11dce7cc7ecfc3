"""Socket Mode seen from its wire: tickets, hello, one-of-N delivery, late acks, disconnects."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import replace
from typing import Any

import pytest
import websocket
from slack_office import HURRIED, Office, open_office
from tiny_app import TinyApp, message_blocks

SECONDS = 20
# websocket-client may wait ten seconds for a socket that its other thread has closed already
RECONNECT_SECONDS = 60


class Connection:
    """A bare socket, for what no client of Slack's would do."""

    def __init__(self, office: Office) -> None:
        opened = office.client.apps_connections_open(app_token=office.workspace.tokens.app)
        self.url = opened["url"]
        self.line = websocket.create_connection(self.url, timeout=SECONDS)

    def read(self) -> dict[str, Any]:
        """The next frame."""
        frame: dict[str, Any] = json.loads(self.line.recv())
        return frame

    def acknowledge(self, envelope: dict[str, Any], payload: Any = None) -> None:
        """Take an envelope."""
        said = {"envelope_id": envelope["envelope_id"]}
        self.line.send(json.dumps(said if payload is None else {**said, "payload": payload}))

    def close(self) -> None:
        """Hang up."""
        self.line.close()


@pytest.fixture
def bare() -> Iterator[Office]:
    """A workspace of one's own, with a patience that a test can wait for."""
    office = open_office(timings=replace(HURRIED, acknowledgement=1.0))
    yield office
    office.workspace.stop()


def test_a_ticket_opens_one_socket(bare: Office) -> None:
    """The address of a socket works once, and a made-up one never."""
    with closing(Connection(bare)) as first:
        hello = first.read()
        assert hello["type"] == "hello"
        assert hello["num_connections"] == 1
        assert hello["connection_info"] == {"app_id": "A0DAYBREAK"}
        for url in (first.url, first.url.replace("ticket=", "ticket=x")):
            with pytest.raises(websocket.WebSocketBadStatusException, match="403"):
                websocket.create_connection(url, timeout=SECONDS)


def test_each_payload_goes_to_one_socket(bare: Office) -> None:
    """Of several sockets one gets a payload, and over time each gets some."""
    with ExitStack() as stack:
        lines = [stack.enter_context(closing(Connection(bare))) for _ in range(3)]
        for line in lines:
            line.read()
        rita = bare.person("rita")
        with ThreadPoolExecutor(1) as pool:
            for line in (lines[1], lines[2], lines[0]):
                typing = pool.submit(rita.type, "#migrations", "/migrate hello")
                envelope = line.read()
                assert envelope["type"] == "slash_commands"
                assert envelope["accepts_response_payload"]
                assert "retry_attempt" not in envelope
                line.acknowledge(envelope, {"text": "taken"})
                assert typing.result().text == "taken"


def test_no_answer_within_the_limit_is_shown(bare: Office) -> None:
    """A command without an ack did not respond, and an ack that comes late changes nothing."""
    rita = bare.person("rita")
    with closing(Connection(bare)) as line:
        line.read()
        reply = rita.type("#migrations", "/migrate start")
        assert reply.error == "operation_timeout"
        assert reply.text == "/migrate did not respond (operation_timeout)"
        line.acknowledge(line.read(), {"text": "too late"})
        with ThreadPoolExecutor(1) as pool:
            typing = pool.submit(rita.type, "#migrations", "/migrate again")
            line.acknowledge(line.read())
            assert typing.result().error is None

    assert len(rita.ephemerals("#migrations")) == 1


def test_a_click_without_an_answer_is_an_error(bare: Office) -> None:
    """A button that the app does not take shows that it did not respond."""
    sent = bare.client.chat_postMessage(channel="C0MIGRATION", text="t", blocks=message_blocks())
    rita = bare.person("rita")
    message = rita.message("#migrations", sent["ts"])
    assert rita.click(message, "Promote").error == "dispatch_failed"
    with closing(Connection(bare)) as line:
        line.read()
        reply = rita.click(message, "Promote")

    assert reply.error == "operation_timeout"
    assert "did not respond" in reply.note


def test_the_same_envelope_can_come_twice(bare: Office) -> None:
    """A replayed envelope has the same id and the same payload."""
    rita = bare.person("rita")
    with closing(Connection(bare)) as line, ThreadPoolExecutor(1) as pool:
        line.read()
        typing = pool.submit(rita.type, "#migrations", "/migrate hello")
        first = line.read()
        line.acknowledge(first)
        typing.result()
        again = pool.submit(rita.replay)
        second = line.read()
        line.acknowledge(second, {"text": "already done"})

        assert second == first
        assert again.result()["payload"] == {"text": "already done"}


def test_ten_sockets_are_enough(bare: Office) -> None:
    """An eleventh is told that there are too many, and closed."""
    with ExitStack() as stack:
        for _ in range(10):
            stack.enter_context(closing(Connection(bare))).read()
        eleventh = stack.enter_context(closing(Connection(bare)))
        frame = eleventh.read()
        assert (frame["type"], frame["reason"]) == ("disconnect", "too_many_websockets")
        assert len(bare.wire.sockets()) == 10


def test_a_socket_is_replaced_with_a_warning(bare: Office) -> None:
    """First a warning, then the end; meanwhile payloads go to the new socket."""
    with closing(Connection(bare)) as old, ThreadPoolExecutor(1) as pool:
        old.read()
        refreshing = pool.submit(bare.wire.refresh_sockets)
        assert (old.read())["reason"] == "warning"
        with closing(Connection(bare)) as new:
            new.read()
            assert old.read()["reason"] == "refresh_requested"
            refreshing.result()
            typing = pool.submit(bare.person("rita").type, "#migrations", "/migrate hello")
            new.acknowledge(new.read())
            assert typing.result().error is None


def test_an_event_that_is_not_taken_comes_again(bare: Office) -> None:
    """An event without an ack returns with a retry's number; one that was taken does not."""
    with closing(Connection(bare)) as line:
        line.read()
        bare.person("rita").open_home()
        first, second = line.read(), line.read()
        line.acknowledge(second)
        assert (first["type"], first["accepts_response_payload"]) == ("events_api", False)
        assert (first["retry_attempt"], second["retry_attempt"]) == (0, 1)
        assert second["retry_reason"]
        assert first["payload"]["event_id"] == second["payload"]["event_id"]
        bare.person("adam").open_home()
        assert line.read()["payload"]["event"]["user"] == "U0ADAM00001"


def test_slacks_client_comes_back(bare: Office) -> None:
    """The SDK's client reconnects when asked to and when the line is cut; nothing is lost after."""
    app = TinyApp(bare.workspace.tokens, bare.workspace.api_url)
    rita = bare.person("rita")
    with app.on_socket():
        for disturb in (bare.wire.refresh_sockets, bare.wire.drop_sockets):
            rita.wait_until(bare.wire.sockets, RECONNECT_SECONDS, "a socket")
            before = bare.wire.sockets()
            disturb()
            rita.wait_until(
                lambda before=before: set(bare.wire.sockets()) - set(before),
                RECONNECT_SECONDS,
                "a new socket",
            )
            rita.wait_until(
                lambda: rita.type("#migrations", "/migrate hello").error is None,
                RECONNECT_SECONDS,
                "an answer over the new socket",
            )
