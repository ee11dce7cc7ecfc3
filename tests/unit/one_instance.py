"""AWS as it answers for one instance: words of RDS's API to a real client, with no server."""

import io
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs

import boto3
from botocore.awsrequest import AWSResponse

from workers.aws.rds import RdsGateway


class _Raw(io.BytesIO):
    def stream(self, **_: object) -> Iterator[bytes]:
        """As urllib3 reads it."""
        yield self.read()


class Aws:
    """One instance behind RDS's API."""

    def __init__(self) -> None:
        self.days = 0
        self.status = "available"
        #: Names of calls that changed something.
        self.sent: list[str] = []
        #: What happens before an action is answered, by its name.
        self.before: dict[str, Callable[[], None]] = {}
        #: By action: the code of an error, with its HTTP status.
        self.errors: dict[str, tuple[str, int]] = {}
        client = boto3.Session("key", "secret", region_name="eu-west-1").client(
            "rds", endpoint_url="http://127.0.0.1:1"
        )
        self.gateway = RdsGateway(client, lambda _: client)
        client.meta.events.register_last("before-send.rds", self._answer)
        client.meta.events.register(
            "before-parameter-build.rds", lambda model, **_: self.before.get(model.name, _idle)()
        )

    def _answer(self, request: Any, **_: object) -> AWSResponse:
        action = parse_qs(request.body)["Action"][0]
        if action in self.errors:
            code, status = self.errors[action]
            body = f"<ErrorResponse><Error><Code>{code}</Code><Message>m</Message></Error>"
            return AWSResponse("", status, {}, _Raw(f"{body}</ErrorResponse>".encode()))
        if action == "ModifyDBInstance":
            self.sent.append(action)
            self.days = 7
        entry = (
            "<DBInstanceIdentifier>orders</DBInstanceIdentifier>"
            "<DBInstanceArn>arn:aws:rds:eu-west-1:1:db:orders</DBInstanceArn>"
            f"<DBInstanceStatus>{self.status}</DBInstanceStatus><Engine>postgres</Engine>"
            f"<BackupRetentionPeriod>{self.days}</BackupRetentionPeriod>"
            "<PreferredMaintenanceWindow>sun:03:00-sun:04:00</PreferredMaintenanceWindow>"
            "<DBParameterGroups><DBParameterGroup>"
            "<DBParameterGroupName>default</DBParameterGroupName>"
            "<ParameterApplyStatus>pending-reboot</ParameterApplyStatus>"
            "</DBParameterGroup></DBParameterGroups>"
        )
        result = (
            f"<DBInstances><DBInstance>{entry}</DBInstance></DBInstances>"
            if action == "DescribeDBInstances"
            else f"<DBInstance>{entry}</DBInstance>"
        )
        body = f"<{action}Response><{action}Result>{result}</{action}Result></{action}Response>"
        return AWSResponse("", 200, {}, _Raw(body.encode()))


def _idle() -> None:
    """Nothing happens."""
