"""Who is refused hears it in each service's own protocol, and the product says what to do."""

import threading
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from werkzeug.serving import make_server

from sandbox.aws.iam import documents
from sandbox.aws.iam.directory import Directory
from sandbox.aws.iam.gate import OWNER, Gate, NotMapped, Role
from workers.aws.errors import AwsRefused, asking
from workers.aws.identity import IdentityGateway, Question

ONCE = Config(retries={"total_max_attempts": 1})
WHO = "arn:aws:sts::123456789012:assumed-role/daybreak-nobody/nobody"
NOBODY = {
    **dict.fromkeys(("KEY_ID", "SOURCE"), ("x",)),
    "ACCOUNT": ("123456789012",),
    "REGION": ("eu-west-1",),
    "ROLE": ("daybreak-nobody*",),
}
RDS = "arn:aws:rds:eu-west-1:123456789012"


def nothing(_environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
    """The cloud behind it: whatever gets here was allowed."""
    start_response("418 Here", [("Content-Type", "text/xml")])
    return [b"<ErrorResponse><Error><Code>Here</Code><Message/></Error></ErrorResponse>"]


class Door:
    """A gate that listens, with a role that may nothing."""

    def __init__(self, gate: Gate, url: str) -> None:
        self.gate = gate
        self._url = url
        self._open: list[Any] = []

    def client(self, service: str, key: str = "nobody") -> Any:
        """One that signs with this key."""
        session = boto3.Session(key, "secret", region_name="eu-west-1")
        self._open.append(session.client(service, endpoint_url=self._url, config=ONCE))
        return self._open[-1]

    def close(self) -> None:
        """Let go of connections."""
        for client in self._open:
            client.close()


@pytest.fixture
def door() -> Iterator[Door]:
    """One a test."""
    gate = Gate(nothing, Directory("123456789012", "eu-west-1"))
    gate.roles["nobody"] = Role("nobody", ())
    server = make_server("127.0.0.1", 0, gate, threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    door = Door(gate, f"http://127.0.0.1:{server.port}")
    try:
        yield door
    finally:
        door.close()
        server.shutdown()
        thread.join()
        server.server_close()


def refusal(call: Callable[[], object]) -> tuple[int, str, str]:
    """Status, code and words."""
    with pytest.raises(ClientError) as caught:
        call()
    answer = caught.value.response
    return (
        answer["ResponseMetadata"]["HTTPStatusCode"],
        answer["Error"]["Code"],
        answer["Error"].get("Message", ""),
    )


@pytest.mark.parametrize(
    ("service", "call", "status", "code", "action", "resource"),
    [
        (
            "rds",
            lambda c: c.reboot_db_instance(DBInstanceIdentifier="orders"),
            403,
            "AccessDenied",
            "rds:RebootDBInstance",
            f"{RDS}:db:orders",
        ),
        ("rds", lambda c: c.describe_db_clusters(), 403, "AccessDenied",
         "rds:DescribeDBClusters", f"{RDS}:cluster:*"),
        ("ec2", lambda c: c.describe_subnets(), 403, "UnauthorizedOperation",
         "ec2:DescribeSubnets", ""),
        (
            "cloudwatch",
            lambda c: c.get_metric_data(MetricDataQueries=[], StartTime=0, EndTime=1),
            403,
            "AccessDenied",
            "cloudwatch:GetMetricData",
            "",
        ),
        (
            "secretsmanager",
            lambda c: c.get_secret_value(SecretId="daybreak/orders"),
            400,
            "AccessDeniedException",
            "secretsmanager:GetSecretValue",
            "arn:aws:secretsmanager:eu-west-1:123456789012:secret:daybreak/orders",
        ),
        (
            "kms",
            lambda c: c.describe_key(KeyId="k"),
            400,
            "AccessDeniedException",
            "kms:DescribeKey",
            "arn:aws:kms:eu-west-1:123456789012:key/k",
        ),
        (
            "route53",
            lambda c: c.change_resource_record_sets(
                HostedZoneId="Z1",
                ChangeBatch={
                    "Changes": [
                        {
                            "Action": "DELETE",
                            "ResourceRecordSet": {"Name": "A.example.", "Type": "TXT"},
                        }
                    ]
                },
            ),
            403,
            "AccessDenied",
            "route53:ChangeResourceRecordSets",
            "arn:aws:route53:::hostedzone/Z1",
        ),
        ("route53", lambda c: c.get_change(Id="C1"), 403, "AccessDenied",
         "route53:GetChange", "arn:aws:route53:::change/C1"),
    ],
)  # fmt: skip
def test_a_denied_call_is_answered_as_aws_does(
    door: Door,
    service: str,
    call: Callable[[Any], object],
    status: int,
    code: str,
    action: str,
    resource: str,
) -> None:
    """Code, status and words; and the product tells which line is missing, of which document."""
    client = door.client(service)
    on = f" on resource: {resource}" if resource else ""
    words = (
        f"User: {WHO} is not authorized to perform: {action}{on} "
        f"because no identity-based policy allows the {action} action"
    )
    said = refusal(lambda: call(client))
    if service == "ec2":
        words = f"You are not authorized to perform this operation. {words}"
    assert said == (status, code, words)
    with pytest.raises(AwsRefused) as caught, asking(action):
        call(client)
    told = str(caught.value)
    assert f"AWS refused `{action}`" in told
    assert f"`{resource}`" in told or not resource
    assert f'the line `"{action}"` in statement ' in told
    assert ".json" in told


def test_nobody_knows_a_key_that_no_role_has(door: Door) -> None:
    """AWS's words differ by protocol; the owner is asked nothing."""
    assert refusal(door.client("rds", "stranger").describe_db_instances)[1] == (
        "InvalidClientTokenId"
    )
    assert refusal(lambda: door.client("kms", "stranger").describe_key(KeyId="k"))[1] == (
        "UnrecognizedClientException"
    )
    assert refusal(door.client("rds", OWNER).describe_db_instances)[0] == 418


def test_without_any_role_everybody_may() -> None:
    """A cloud that nobody was given policies for is about other things."""
    gate = Gate(nothing, Directory("123456789012", "eu-west-1"))
    started: list[str] = []
    gate({"wsgi.input": None}, lambda status, _headers: started.append(status))
    assert started == ["418 Here"]


def test_a_call_that_nobody_mapped_says_where_to(door: Door) -> None:
    """Not allowed, not denied: whoever adds a call is told the file, and the tests fail."""
    for service, call, file in (
        ("rds", lambda c: c.stop_db_cluster(DBClusterIdentifier="c"), "rds_needs.py"),
        ("sns", lambda c: c.list_topics(), "other_needs.py"),
    ):
        client = door.client(service)
        _, code, words = refusal(lambda call=call, client=client: call(client))
        assert code == "SandboxDoesNotKnow"
        assert f"sandbox/aws/iam/{file}" in words
        assert "docs/iam" in words
    assert [type(one) for one in door.gate.failures] == [NotMapped, NotMapped]


def test_a_role_hears_who_it_is_and_what_it_may(door: Door) -> None:
    """Everybody may ask the first; the second needs a permission, and knows roles alone."""
    gateway = IdentityGateway(door.client("sts"), door.client("iam"))
    caller = gateway.caller()
    assert (caller.account, caller.arn) == ("123456789012", WHO)
    question = Question(("rds:DescribeDBClusters", "rds:DeleteDBCluster"), "*", {})
    with pytest.raises(AwsRefused) as refused:
        gateway.denied(caller.policies_of, question)
    assert "statement `AskWhatItMayDo` of docs/iam/doctor.json" in str(refused.value)

    held = tuple(one for name in ("observer", "doctor") for one in documents.load(name, NOBODY))
    door.gate.roles["nobody"] = Role("nobody", held)
    assert gateway.denied(caller.policies_of, question) == ["rds:DeleteDBCluster"]
    with pytest.raises(AwsRefused, match="NoSuchEntity"):
        gateway.denied(f"{caller.policies_of}-else", question)
