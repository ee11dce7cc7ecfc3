"""A bad day at Slack, by switches: each fault strikes where it was set, and as often."""

import socket
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
import websocket
from slack_office import Office, refused
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.web import SlackResponse
from tiny_app import form

from sandbox.slack.people import Refused, visible_text
from sandbox.slack.trouble.rate_limits import TIER_OF, TIERS
from sandbox.slack.web.dispatch import METHODS

HERE = "C0MIGRATION"
POST = "chat.postMessage"


def hasty(office: Office) -> WebClient:
    """A client that waits for one second and tries nothing twice."""
    client = office.client
    return WebClient(client.token, base_url=client.base_url, timeout=1, retry_handlers=[])


def said(office: Office) -> list[str]:
    """What stands in the channel."""
    return [visible_text(message) for message in office.person("rita").messages("#migrations")]


@pytest.mark.parametrize("done", [False, True], ids=["before", "after"])
@pytest.mark.parametrize(
    ("how", "error", "words"),
    [
        ("error", SlackApiError, "fatal_error"),
        ("hang", TimeoutError, "timed out"),
        ("cut", OSError, "reset|closed connection"),
    ],
)
def test_a_call_fails_before_or_after_it_was_done(
    office: Office, how: str, error: type[Exception], words: str, done: bool
) -> None:
    """The app can't tell which it was; people can. The next call works."""
    office.trouble.fault(how, POST, done=done)
    with pytest.raises(error, match=words):
        hasty(office).chat_postMessage(channel=HERE, text="first")

    assert said(office) == (["first"] if done else [])
    hasty(office).chat_postMessage(channel=HERE, text="second")
    assert said(office)[-1] == "second"


def test_a_429_says_how_long_to_wait(office: Office) -> None:
    """Nothing was done, and the header has the seconds."""
    office.trouble.fault("ratelimited", POST, retry_after=17)
    with pytest.raises(SlackApiError, match="ratelimited") as caught:
        hasty(office).chat_postMessage(channel=HERE, text="too much")

    answer = caught.value.response
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "17")
    assert answer.data == {"ok": False, "error": "ratelimited"}
    assert said(office) == []


def test_a_fault_strikes_its_own_method_and_so_many_calls(office: Office) -> None:
    """Others go on; what has struck often enough strikes no more."""
    fault = office.trouble.fault("error", POST, calls=2)
    client = hasty(office)
    for _ in range(2):
        client.auth_test()
        with pytest.raises(SlackApiError, match="fatal_error"):
            client.chat_postMessage(channel=HERE, text="x")

    assert client.chat_postMessage(channel=HERE, text="x")["ok"]
    assert fault.hits == 2


def test_a_fault_for_all_lasts_until_it_is_ended(office: Office) -> None:
    """Every method fails meanwhile; people's hands and eyes do not."""
    client = hasty(office)
    with office.trouble.lasting("error"):
        calls: list[Callable[[], SlackResponse]] = [client.auth_test, client.usergroups_list]
        for call in calls:
            with pytest.raises(SlackApiError, match="fatal_error"):
                call()
        assert said(office) == []

    assert client.auth_test()["ok"]


def test_who_hangs_is_let_go_when_the_fault_ends(office: Office) -> None:
    """The connection is closed then; no answer comes late."""
    url = urlsplit(office.workspace.api_url)
    fault = office.trouble.fault("hang", "api.test")
    with socket.create_connection((url.hostname, url.port), timeout=20) as line:
        line.sendall(b"POST /api/api.test HTTP/1.1\r\nHost: slack\r\nContent-Length: 0\r\n\r\n")
        office.person("rita").wait_until(lambda: fault.hits, what="the call to arrive")
        fault.end()
        assert line.recv(100) == b""


def test_connections_are_really_refused(office: Office) -> None:
    """Nobody listens there, what was connected is cut, and later it is the same port again."""
    url = urlsplit(office.workspace.api_url)
    address = (url.hostname, url.port)
    opened = office.client.apps_connections_open(app_token=office.workspace.tokens.app)
    line = websocket.create_connection(opened["url"], timeout=20)
    line.recv()
    with office.trouble.refusing():
        with pytest.raises((OSError, websocket.WebSocketException)):
            line.recv()
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(address, timeout=20)
        assert said(office) == []
        assert office.wire.sockets() == []

    assert office.client.auth_test()["ok"]


def test_a_workspace_may_not_take_a_type_of_blocks_yet(office: Office) -> None:
    """It says which block it is; everything else is posted, and later that too."""
    text = {"type": "section", "text": {"type": "mrkdwn", "text": "words"}}
    blocks = [text, {"type": "divider"}]
    channel = "#migrations"
    with office.trouble.without_blocks("divider"):
        with pytest.raises(SlackApiError, match="invalid_blocks") as refused:
            office.client.chat_postMessage(channel=channel, text="words", blocks=blocks)
        (message,) = refused.value.response["response_metadata"]["messages"]
        assert "unsupported type: divider" in message
        assert "/blocks/1/type" in message
        office.client.chat_postMessage(channel=channel, text="words", blocks=[text])
    office.client.chat_postMessage(channel=channel, text="words", blocks=blocks)


def test_a_trigger_is_spent_if_the_modal_was_opened(office: Office) -> None:
    """While Slack is down a trigger opens nothing; one whose answer was lost has opened it."""
    trigger = office.trigger()
    views_open = hasty(office).views_open
    office.trouble.fault("error", "views.open")
    with pytest.raises(SlackApiError, match="fatal_error"):
        views_open(trigger_id=trigger, view=form())
    assert office.person("rita").modal() is None
    office.trouble.fault("cut", "views.open", done=True)
    with pytest.raises(OSError, match=r"reset|closed connection"):
        views_open(trigger_id=trigger, view=form())

    assert office.person("rita").modal() is not None
    refused("exchanged_trigger_id", views_open, trigger_id=trigger, view=form())


def test_sockets_are_refused_too(office: Office) -> None:
    """No address for one, or an address at which none opens; then one opens."""
    app_token = office.workspace.tokens.app
    office.trouble.fault("ratelimited", "apps.connections.open", retry_after=30)
    refused("ratelimited", hasty(office).apps_connections_open, app_token=app_token)
    url = hasty(office).apps_connections_open(app_token=app_token)["url"]
    office.trouble.fault("error", "socket")
    with pytest.raises(websocket.WebSocketBadStatusException, match="500"):
        websocket.create_connection(url, timeout=20)

    line = websocket.create_connection(url, timeout=20)
    assert "hello" in line.recv()
    line.close()


def test_an_answer_to_a_response_url_can_fail(staffed: Office) -> None:
    """What an app says later is lost, and its next word is not."""
    rita = staffed.person("rita")
    lost = staffed.trouble.fault("error", "response_url")
    rita.type("#migrations", "/migrate later")
    rita.wait_until(lambda: lost.hits, what="the answer to fail")
    assert rita.ephemerals("#migrations") == []
    rita.type("#migrations", "/migrate later")

    rita.wait_for_ephemeral("#migrations", "said later")


def test_what_can_not_be_is_refused(office: Office) -> None:
    """A fault has one of four ways, and a refused call was not done."""
    with pytest.raises(Refused, match="invalid_fault"):
        office.trouble.fault("explode")
    with pytest.raises(Refused, match="not done"):
        office.trouble.fault("ratelimited", done=True)
    fault = office.trouble.fault("error")
    fault.end()
    with pytest.raises(Refused, match="no_such_fault"):
        fault.end()


def test_methods_are_limited_by_their_tier(office: Office) -> None:
    """So many calls a minute, then 429 with the seconds until one is free; others go on."""
    client = hasty(office)
    with office.trouble.rate_limited():
        for _ in range(TIERS[2]):
            client.usergroups_list()
        with pytest.raises(SlackApiError, match="ratelimited") as caught:
            client.usergroups_list()
        assert caught.value.response.status_code == 429
        assert 1 <= int(caught.value.response.headers["Retry-After"]) <= 60
        assert client.auth_test()["ok"]

    assert client.usergroups_list()["ok"]


def test_a_channel_takes_one_message_a_second(office: Office) -> None:
    """A second one is refused and not posted; another channel takes its own."""
    client, taken = hasty(office), []

    def post() -> None:
        client.chat_postMessage(channel=HERE, text=f"message {len(taken)}")
        taken.append(f"message {len(taken)}")

    def post_on() -> None:
        while len(taken) < 100:
            post()

    with office.trouble.rate_limited():
        with pytest.raises(SlackApiError, match="ratelimited") as caught:
            post_on()
        assert caught.value.response.headers["Retry-After"] == "1"
        client.chat_postMessage(channel="U0RITA00001", text="elsewhere")

    assert said(office) == taken
    assert taken


def test_only_methods_that_exist_have_a_tier() -> None:
    """A name that was mistyped would limit nothing."""
    assert set(TIER_OF) <= set(METHODS)
