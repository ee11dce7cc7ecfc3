"""Other web pages in the same browser can neither read nor do anything in the workspace."""

import httpx
import pytest
import websocket
from slack_office import Office

from sandbox.slack.page.serving import FILES

HERE = "C0MIGRATION"
TYPE = "/_control/people/rita/type"
LINE = {"channel": "#migrations", "text": "hello"}


def ask(office: Office, method: str, path: str, **headers: str) -> httpx.Response:
    """A request as a browser sends it."""
    with httpx.Client(trust_env=False, base_url=office.workspace.base_url) as client:
        body = LINE if method == "POST" else None
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return client.request(method, path, headers=named, json=body)


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "attacker.example:8080"},
        {"Host": "127.0.0.1.attacker.example"},
        {"Origin": "http://attacker.example"},
        {"Origin": "null"},
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},
    ],
)
@pytest.mark.parametrize(("method", "path"), [("POST", TYPE), ("GET", "/_control/cast")])
def test_a_foreign_page_is_refused(
    office: Office, method: str, path: str, headers: dict[str, str]
) -> None:
    """Under a foreign name or from a foreign page: 403, and nothing is done."""
    assert ask(office, method, path, **headers).status_code == httpx.codes.FORBIDDEN
    assert office.person("rita").messages("#migrations") == []


def test_another_server_on_this_machine_is_a_foreign_page_too(office: Office) -> None:
    """A page that some program serves at another port."""
    assert ask(office, "POST", TYPE, Origin="http://127.0.0.1:1").status_code == 403


def test_the_live_line_is_refused_to_a_foreign_page(office: Office) -> None:
    """A browser lets any page open a WebSocket: only the server can refuse it."""
    url = office.workspace.base_url.replace("http", "ws", 1) + "/_control/live"
    with pytest.raises(websocket.WebSocketBadStatusException, match="403"):
        websocket.create_connection(url, timeout=20, origin="http://attacker.example")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_the_own_page_is_let_in(office: Office, host: str) -> None:
    """Under either name of the loopback interface, and through a forwarded port."""
    name = f"{host}:9000"
    own = {"Host": name, "Origin": f"http://{name}", "Sec_Fetch_Site": "same-origin"}

    assert ask(office, "POST", TYPE, **own).status_code == httpx.codes.OK
    assert [m["text"] for m in office.person("rita").messages("#migrations")] == ["hello"]


def test_a_link_may_lead_to_the_page(office: Office) -> None:
    """From a mail or a terminal; but no foreign page may show it in a frame, or read it."""
    led = {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "navigate"}
    front = ask(office, "GET", "/", **led)

    assert front.status_code == httpx.codes.OK
    assert "frame-ancestors 'none'" in front.headers["Content-Security-Policy"]
    assert ask(office, "GET", "/", Sec_Fetch_Site="cross-site").status_code == 403


def test_the_page_may_reach_nothing_but_its_own_server(office: Office) -> None:
    """The policy names no foreign origin; every file of the page has it."""
    for path in ("/", *(f"/page/{name}" for name in FILES)):
        answer = ask(office, "GET", path)
        policy = answer.headers["Content-Security-Policy"]
        allowed = {word for part in policy.split(";") for word in part.split()[1:]}
        own = office.workspace.base_url.replace("http", "ws", 1)

        assert answer.status_code == httpx.codes.OK
        assert allowed <= {"'none'", "'self'", "data:", own, "'script'"}
        assert policy.startswith("default-src 'none';")


def test_a_permalink_leads_to_its_message(office: Office) -> None:
    """In the page; of a reply, with its thread."""
    root = office.client.chat_postMessage(channel=HERE, text="root")["ts"]
    reply = office.client.chat_postMessage(channel=HERE, text="reply", thread_ts=root)["ts"]
    link = office.client.chat_getPermalink(channel=HERE, message_ts=reply)["permalink"]
    led = ask(office, "GET", link.removeprefix(office.workspace.base_url))

    assert led.status_code == httpx.codes.FOUND
    assert led.headers["Location"] == f"/#at={HERE}&message={reply}&thread={root}"


def test_nothing_else_of_the_disk_is_served(office: Office) -> None:
    """Three files, by their names."""
    for name in ("index.html", "..%2Fserving.py", "../serving.py", "app.js.map"):
        assert ask(office, "GET", f"/page/{name}").status_code == httpx.codes.NOT_FOUND
