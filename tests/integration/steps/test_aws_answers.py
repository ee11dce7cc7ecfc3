"""What AWS's answers come to: promotions that are sent once, and errors in our words."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import boto3
import pytest

from migration.errors import Permanent, Transient
from workers.aws import errors
from workers.aws.clients import open_clients, open_promoting_client
from workers.aws.clock import NoDate
from workers.aws.cloudwatch import CloudWatchGateway
from workers.aws.promotion import PromoteRefused, PromoteUnclear
from workers.aws.rds import RdsGateway
from workers.aws.secrets import SecretsGateway

Answer = Callable[[BaseHTTPRequestHandler], None]


def said(status: int, code: str, words: str = "no") -> Answer:
    """An error as RDS writes it."""
    body = (
        f"<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{words}</Message>"
        "</Error><RequestId>1</RequestId></ErrorResponse>"
    ).encode()

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        handler.send_header("Content-Type", "text/xml")
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def dated(date: str, body: bytes, kind: str = "text/xml") -> Answer:
    """What was asked for, and when AWS says that it answered, if it does."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response_only(200)
        if date:
            handler.send_header("Date", date)
        handler.send_header("Content-Type", kind)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def dropped(handler: BaseHTTPRequestHandler) -> None:
    """The connection ends without an answer."""
    handler.connection.shutdown(socket.SHUT_RDWR)
    handler.close_connection = True


class Aws:
    """A server that answers every call alike, and counts them."""

    def __init__(self, answer: Answer) -> None:
        self.calls = 0
        aws = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                aws.calls += 1
                self.rfile.read(int(self.headers["Content-Length"]))
                answer(self)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"


SESSION = boto3.Session("key", "secret", region_name="eu-west-1")


@contextmanager
def answering(answer: Answer) -> Iterator[tuple[Aws, RdsGateway]]:
    """A gateway to such a server."""
    aws = Aws(answer)
    thread = threading.Thread(target=aws.server.serve_forever, args=(0.01,))
    thread.start()
    clients = open_clients(SESSION, aws.url)
    made = []

    def promoting(seconds: float) -> object:
        made.append(open_promoting_client(SESSION, seconds, aws.url))
        return made[-1]

    try:
        yield aws, RdsGateway(clients.rds, promoting, clients.rds_reading)  # type: ignore[arg-type]
    finally:
        for client in (
            clients.rds,
            clients.rds_reading,
            clients.ec2,
            clients.cloudwatch,
            clients.secrets,
            clients.kms,
            *made,
        ):
            client.close()
        aws.server.shutdown()
        thread.join()
        aws.server.server_close()


@pytest.mark.parametrize(
    ("status", "code"),
    [(503, "ServiceUnavailable"), (500, "InternalFailure"), (408, "RequestTimeout")],
)
def test_a_promotion_that_may_have_been_carried_out_is_unclear(status: int, code: str) -> None:
    """A server's error proves nothing, and the call is not repeated by itself."""
    with answering(said(status, code)) as (aws, rds):
        with pytest.raises(PromoteUnclear):
            rds.promote("orders-aurora", timeout_seconds=5)
        assert aws.calls == 1


def test_a_dropped_connection_is_unclear() -> None:
    """The request may have arrived; it is sent once."""
    with answering(dropped) as (aws, rds):
        with pytest.raises(PromoteUnclear):
            rds.promote("orders-aurora", timeout_seconds=5)
        assert aws.calls == 1


def test_a_promotion_without_an_answer_in_time_is_unclear() -> None:
    """The time-out is the caller's, and ends the only attempt."""
    enough = threading.Event()
    with answering(lambda _: enough.wait(30) and None) as (aws, rds):
        try:
            with pytest.raises(PromoteUnclear, match="gave no answer"):
                rds.promote("orders-aurora", timeout_seconds=0.3)
            assert aws.calls == 1
        finally:
            enough.set()


@pytest.mark.parametrize("code", ["InvalidDBClusterStateFault", "Throttling", "AccessDenied"])
def test_a_refused_promotion_says_so(code: str) -> None:
    """An answer that proves that nothing was done keeps AWS's code; it may be sent again."""
    with answering(said(400, code)) as (aws, rds):
        with pytest.raises(PromoteRefused) as caught:
            rds.promote("orders-aurora", timeout_seconds=5)
        assert caught.value.code == code
        assert aws.calls == 1


def test_a_promotion_that_never_left_is_refused() -> None:
    """Where nobody listens, nothing was carried out."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
        clients = open_clients(SESSION, url)
        rds = RdsGateway(clients.rds, partial(open_promoting_client, SESSION, endpoint_url=url))
        with pytest.raises(PromoteRefused) as caught:
            rds.promote("orders-aurora", timeout_seconds=5)
        assert caught.value.code == "NotSent"


def test_a_promotion_whose_sender_is_no_longer_in_charge_does_not_leave() -> None:
    """The last look comes after everything else, and what it raises keeps the request here."""

    class NotInCharge(Exception):
        pass

    def refuse() -> None:
        raise NotInCharge

    with answering(said(400, "Throttling")) as (aws, rds):
        rds.prepare_promotion(5)
        before = aws.calls
        with pytest.raises(NotInCharge):
            rds.promote("orders-aurora", timeout_seconds=5, last_look=refuse)
        assert aws.calls == before
        with pytest.raises(PromoteRefused):
            rds.promote("orders-aurora", timeout_seconds=5)
        assert aws.calls == before + 1


def test_preparing_a_promotion_proves_nothing_and_raises_nothing() -> None:
    """It opens the connection; what AWS says then decides nothing."""
    with answering(said(503, "ServiceUnavailable")) as (aws, rds):
        rds.prepare_promotion(5)
        assert aws.calls == 1


@pytest.mark.parametrize(
    ("status", "code", "expected", "words"),
    [
        (400, "Throttling", errors.AwsUnavailable, "Throttling"),
        (500, "InternalFailure", errors.AwsUnavailable, "InternalFailure"),
        (403, "AccessDenied", errors.AwsRefused, "statement `TakeSnapshots` of docs/iam/"),
        (400, "SnapshotQuotaExceeded", errors.AwsRefused, "raise their quota"),
        (400, "InvalidParameterValue", errors.AwsRefused, "no (InvalidParameterValue)"),
        (400, "InvalidDBInstanceState", errors.NotInThatState, "InvalidDBInstanceState"),
        (400, "DBSnapshotAlreadyExists", errors.AlreadyThere, "DBSnapshotAlreadyExists"),
        (404, "DBInstanceNotFound", errors.NotFound, "DBInstanceNotFound"),
    ],
)
def test_errors_of_aws_become_ours(
    status: int, code: str, expected: type[Exception], words: str
) -> None:
    """What passes is transient; what does not is permanent, with AWS's words and a remedy."""
    with answering(said(status, code)) as (aws, rds):
        with pytest.raises(expected) as caught:
            rds.create_snapshot("s", "orders", {})
        assert words in str(caught.value)
        assert isinstance(caught.value, Transient | Permanent)
        # Only what passes is repeated, and that by botocore, within its bounds.
        assert aws.calls == (4 if expected is errors.AwsUnavailable else 1)


LONG_AGO = "Tue, 15 Nov 1994 08:12:31 GMT"
REBOOTED = b"<RebootDBInstanceResponse><RebootDBInstanceResult/></RebootDBInstanceResponse>"
NO_DATA = b'{"MetricDataResults": []}'


def test_when_a_reboot_was_accepted_is_told_by_aws_own_clock() -> None:
    """Ours may be off by minutes, and decides nothing."""
    with answering(dated(LONG_AGO, REBOOTED)) as (_, rds):
        assert rds.closing.reboot("orders") == datetime(1994, 11, 15, 8, 12, 31, tzinfo=UTC)


def test_an_answer_without_a_date_proves_nothing() -> None:
    """It is no answer of AWS's."""
    with answering(dated("", REBOOTED)) as (_, rds), pytest.raises(NoDate):
        rds.closing.reboot("orders")


def test_how_old_datapoints_are_is_told_by_aws_own_clock() -> None:
    """A clock of ours that is behind would make old ones look new."""
    with answering(dated(LONG_AGO, NO_DATA, "application/x-amz-json-1.0")) as (aws, _):
        client = open_clients(SESSION, aws.url).cloudwatch
        seen = CloudWatchGateway(client).history("OldestReplicationSlotLag", "orders", 0.0, 60)
        client.close()
    assert (seen.spans, seen.told_at) == ([], 784887151.0)


def test_what_is_not_there_is_none() -> None:
    """A missing resource is an answer and no error."""
    with answering(said(404, "DBInstanceNotFound")) as (_, rds):
        assert rds.instance("nothing") is None
    with answering(said(404, "DBClusterNotFoundFault")) as (_, rds):
        assert rds.cluster("nothing") is None
        rds.delete_cluster("nothing")


def test_a_secret_that_is_wrong_is_never_quoted() -> None:
    """The error says what is missing, and shows nothing of the text."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        body = b'{"SecretString": "{\\"username\\": \\"u\\", \\"password\\": \\"hunter2\\"}"}'
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    with answering(answer) as (aws, _):
        client = open_clients(SESSION, aws.url).secrets
        with pytest.raises(Permanent) as caught:
            SecretsGateway(client).login("orders")
        client.close()
    assert "`daybreak/orders`" in str(caught.value)
    assert "hunter2" not in str(caught.value)
