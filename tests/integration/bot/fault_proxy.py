"""A proxy in front of Slack's Web API that fails the way networks and Slack do."""

import threading
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

import httpx


class FaultProxy:
    """Passes calls on, except where a fault was set for a method of the Web API.

    Faults: `refuse` (the call never arrives), `lose` (it arrives, its answer is lost), `hang` (it
    arrives, its answer never comes), `error` (a server error in its stead), `limit` (429, with
    one second to wait).
    """

    def __init__(self, api_url: str) -> None:
        self.api_url = api_url
        self.calls: Counter[str] = Counter()
        self.hanging = threading.Event()
        self._faults: dict[str, list[str]] = defaultdict(list)
        self._over = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True

    @property
    def url(self) -> str:
        """For SLACK_API_URL."""
        return f"http://127.0.0.1:{self._server.server_port}/api/"

    def next(self, method: str, *faults: str) -> None:
        """What happens to the next calls of this method, one fault each."""
        self._faults[method] += faults

    @contextmanager
    def outage(self) -> Iterator[None]:
        """While it lasts nothing arrives."""
        self._faults["*"] = ["refuse"]
        yield
        self._faults["*"] = []

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_failure: object) -> None:
        self._over.set()
        self._server.shutdown()
        self._server.server_close()

    def _fault(self, method: str) -> str:
        if self._faults["*"]:
            return self._faults["*"][0]
        return self._faults[method].pop(0) if self._faults[method] else ""

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                proxy._take(self)

            def log_message(self, *_: Any) -> None:
                """Tests read what matters elsewhere."""

        return Handler

    def _take(self, request: BaseHTTPRequestHandler) -> None:
        method = request.path.removeprefix("/api/")
        body = request.rfile.read(int(request.headers.get("Content-Length", 0)))
        self.calls[method] += 1
        fault = self._fault(method)
        if fault == "refuse":
            request.close_connection = True
        elif fault == "error":
            self._answer(request, httpx.Response(500, text="fatal_error"))
        elif fault == "limit":
            self._answer(request, httpx.Response(429, headers={"Retry-After": "1"}, text="{}"))
        else:
            self._pass_on(request, method, body, fault)

    def _pass_on(
        self, request: BaseHTTPRequestHandler, method: str, body: bytes, fault: str
    ) -> None:
        kept = {
            name: value
            for name, value in request.headers.items()
            if name in {"Authorization", "Content-Type"}
        }
        with httpx.Client(trust_env=False, verify=False) as client:
            answer = client.post(f"{self.api_url}{method}", content=body, headers=kept)
        if fault == "hang":
            self.hanging.set()
            self._over.wait()
        if fault in {"hang", "lose"}:
            request.close_connection = True
            return
        self._answer(request, answer)

    @staticmethod
    def _answer(request: BaseHTTPRequestHandler, answer: httpx.Response) -> None:
        request.send_response(answer.status_code)
        for name in ("Content-Type", "Retry-After"):
            if name in answer.headers:
                request.send_header(name, answer.headers[name])
        request.send_header("Content-Length", str(len(answer.content)))
        request.end_headers()
        request.wfile.write(answer.content)
