"""A workspace for each need: without an app, and with the tiny app on either transport."""

import socket
from collections.abc import Iterator

import pytest
from slack_office import HURRIED, Office, open_office
from tiny_app import TinyApp


@pytest.fixture(scope="session")
def quiet_office() -> Iterator[Office]:
    """One for all tests that need no app."""
    office = open_office(timings=HURRIED)
    yield office
    office.workspace.stop()


@pytest.fixture
def office(quiet_office: Office) -> Office:
    """A workspace without an app: commands fail at once, the Web API is there."""
    quiet_office.trouble.end()
    quiet_office.wire.reset()
    return quiet_office


ONE_OF = pytest.mark.one_of("transports", "busy_office")


@pytest.fixture(
    scope="session", params=[pytest.param(way, marks=ONE_OF) for way in ("socket", "http")]
)
def busy_office(request: pytest.FixtureRequest) -> Iterator[Office]:
    """One a transport, with the tiny app."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}/slack/events"
    office = open_office(transport=request.param, request_url=url, timings=HURRIED)
    app = TinyApp(office.workspace.tokens, office.workspace.api_url)
    way = app.on_socket() if request.param == "socket" else app.on_http(port)
    with way:
        if request.param == "socket":
            reader = office.person("rita")
            reader.wait_until(office.wire.sockets, what="the app's socket")
        yield Office(office.workspace, office.client, app)
    office.workspace.stop()


@pytest.fixture
def staffed(busy_office: Office) -> Office:
    """A workspace with the tiny app; the tests that use it run on both transports."""
    busy_office.trouble.end()
    busy_office.wire.reset()
    assert busy_office.app is not None
    busy_office.app.forget()
    return busy_office
