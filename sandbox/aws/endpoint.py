"""The HTTP endpoint that AWS's SDKs are pointed at: moto's application, with faults on the way."""

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from io import BytesIO
from typing import Any
from urllib.parse import parse_qs

from moto.moto_server.werkzeug_app import (
    DomainDispatcherApplication,
    MotoRequestHandler,
    create_backend_app,
)
from werkzeug.serving import BaseWSGIServer, make_server

from sandbox.aws.iam.directory import Directory
from sandbox.aws.iam.gate import Gate
from sandbox.aws.limits import Bucket, Calls
from sandbox.aws.rds.responses import ACTIONS
from sandbox.aws.scenario import Scenario
from sandbox.aws.trail import Trail

StartResponse = Callable[..., Any]
WSGIApplication = Callable[[dict[str, Any], StartResponse], Iterable[bytes]]
_ERROR = (
    '<ErrorResponse xmlns="http://rds.amazonaws.com/doc/2014-10-31/"><Error><Type>{kind}</Type>'
    "<Code>{code}</Code><Message>{message}</Message></Error>"
    "<RequestId>00000000-0000-0000-0000-000000000000</RequestId></ErrorResponse>"
)
# A policy that nobody here can see, an organization's: AWS names no resource then.
_NOT_ALLOWED = (
    "User: arn:aws:sts::123456789012:assumed-role/daybreak/sandbox is not authorized to perform: "
    "rds:{action} with an explicit deny in a service control policy"
)
_FIREWALL_ACTIONS = {
    "AuthorizeSecurityGroupIngress",
    "RevokeSecurityGroupIngress",
    "ModifySecurityGroupRules",
}


class _Handler(MotoRequestHandler):
    """Answers without waiting for a full packet, and without a line in the log for each request."""

    disable_nagle_algorithm = True

    def log_request(self, *_: Any) -> None:
        """Say nothing."""

    def connection_dropped(self, *_: Any) -> None:
        """A fault drops the connection: without this it would be kept for the next request."""
        self.close_connection = True


class Faults:
    """Between the socket and moto: which RDS action may pass, and what happens to its answer."""

    def __init__(
        self, inner: WSGIApplication, scenario: Scenario, rules_changed: Callable[[], None]
    ) -> None:
        self.trail = Trail()
        self.calls = Calls()
        self._describes = Bucket(lambda: scenario.describes_per_second)
        self._inner = inner
        self._scenario = scenario
        self._rules_changed = rules_changed
        self._lock = threading.Lock()
        self._records_changed = float("-inf")

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request, as a WSGI application does."""
        if environ.get("PATH_INFO", "").startswith("/moto-api"):
            return _answer(start_response, 404, "NotFound", "This is AWS: it cannot be reset.")
        service = environ.get("HTTP_AUTHORIZATION", "").partition("/aws4_request")[0]
        service = service.rpartition("/")[2]
        if service not in {"rds", "ec2"}:
            self.calls.count(service, _named_in_head(environ))
            answer = self._route53 if service == "route53" else self._inner
            return answer(environ, start_response)
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = BytesIO(body)
        action = parse_qs(body.decode()).get("Action", [""])[0]
        self.calls.count(service, action)
        if service == "ec2":
            answered = self._inner(environ, start_response)
            if action in _FIREWALL_ACTIONS:
                self._rules_changed()
            return answered
        refusal = self._refusal(action)
        if refusal:
            return _answer(start_response, *refusal)
        start_response = self.trail.noting(body, start_response)
        if action == "PromoteReadReplicaDBCluster":
            return self._promote(environ, start_response)
        return self._inner(environ, start_response)

    def _refusal(self, action: str) -> tuple[int, str, str] | None:
        """Status, code and message for what is not even handed on."""
        if action not in ACTIONS:
            return 400, "InvalidAction", f"The sandbox does not stand in for {action}."
        if action in self._scenario.denied:
            return 403, "AccessDenied", _NOT_ALLOWED.format(action=action)
        if action.startswith("Describe") and not self._describes.take():
            return 400, "Throttling", "Rate exceeded"
        return None

    def _use_up(self, counter: str) -> bool:
        with self._lock:
            left = int(getattr(self._scenario, counter))
            if left > 0:
                setattr(self._scenario, counter, left - 1)
            return left > 0

    def _route53(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "").rstrip("/")
        if path.endswith("/rrset") and environ["REQUEST_METHOD"] == "POST":
            self._records_changed = time.monotonic()
            if self._use_up("lose_record_answers"):
                list(self._inner(environ, lambda *_: None))
                raise ConnectionResetError("The scenario loses this answer.")
        known = time.monotonic() - self._records_changed >= self._scenario.route53_sync_seconds
        if "/change/" not in path or known:
            return self._inner(environ, start_response)
        head: list[Any] = []
        body = b"".join(self._inner(environ, lambda *told: head.extend(told)))
        body = body.replace(b"INSYNC", b"PENDING")
        kept = [(name, value) for name, value in head[1] if name.lower() != "content-length"]
        start_response(head[0], [*kept, ("Content-Length", str(len(body)))])
        return [body]

    def _promote(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        if self._use_up("promote_throttled_times"):
            return _answer(start_response, 400, "Throttling", "Rate exceeded")
        if self._use_up("promote_fails_unexecuted_times"):
            return _answer(
                start_response, 500, "InternalFailure", "An internal error has occurred."
            )
        if self._use_up("lose_promote_requests"):
            raise ConnectionResetError("The scenario loses this request.")
        if self._scenario.promote_call_delay_seconds > 0:
            threading.Event().wait(self._scenario.promote_call_delay_seconds)
        fails = self._use_up("promote_fails_times")
        loses = not fails and self._use_up("lose_promote_answers")
        if not fails and not loses:
            return self._inner(environ, start_response)
        list(self._inner(environ, lambda *_: None))
        if loses:
            raise ConnectionResetError("The scenario loses this answer.")
        return _answer(start_response, 500, "InternalFailure", "An internal error has occurred.")


def _named_in_head(environ: dict[str, Any]) -> str:
    """The action of a protocol that says it outside of the body; empty for a path of REST's."""
    target = environ.get("HTTP_X_AMZ_TARGET", "").rpartition(".")[2]
    operation = environ.get("PATH_INFO", "").partition("/operation/")[2]
    return str(target or operation)


def _answer(start_response: StartResponse, status: int, code: str, message: str) -> Iterable[bytes]:
    kind = "Sender" if status < 500 else "Receiver"
    body = _ERROR.format(kind=kind, code=code, message=message).encode()
    headers = [("Content-Type", "text/xml"), ("Content-Length", str(len(body)))]
    start_response(f"{status} {code}", headers)
    return [body]


class Endpoint:
    """A threaded HTTP server on a free port of the loopback interface."""

    def __init__(
        self, scenario: Scenario, rules_changed: Callable[[], None], directory: Directory
    ) -> None:
        self._application = Faults(
            DomainDispatcherApplication(create_backend_app), scenario, rules_changed
        )
        #: Permissions come before everything else.
        self.gate = Gate(self._application, directory)
        self._server: BaseWSGIServer | None = None
        self._thread: threading.Thread | None = None

    @property
    def trail(self) -> Trail:
        """What was carried out."""
        return self._application.trail

    @property
    def calls(self) -> Counter[tuple[str, str]]:
        """Every request that permissions let pass, by service and action."""
        return self._application.calls.counted

    @property
    def url(self) -> str:
        """Where it listens; it has to be started."""
        if self._server is None:
            raise RuntimeError("The endpoint has not been started.")
        return f"http://127.0.0.1:{self._server.port}"

    def start(self) -> None:
        """Listen, in threads of its own."""
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        self._server = make_server(
            "127.0.0.1", 0, self.gate, threaded=True, request_handler=_Handler
        )
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, name="aws-endpoint",
            daemon=True,
        )  # fmt: skip
        self._thread.start()

    def stop(self) -> None:
        """Stop listening."""
        if self._server is not None and self._thread is not None:
            self._server.shutdown()
            self._thread.join()
            self._server.server_close()
        self._server = self._thread = None
