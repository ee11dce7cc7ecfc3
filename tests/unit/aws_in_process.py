"""AWS in this very process: the sandbox's endpoint, permissions before it, and no socket."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import boto3
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.exceptions import ConnectionClosedError
from moto.core.botocore_stubber import MockRawResponse
from moto.s3.models import s3_backends
from recorded_calls import VALUES
from werkzeug.test import Client

from sandbox import identities
from sandbox.aws.endpoint import Endpoint
from sandbox.aws.iam.directory import Directory
from sandbox.aws.iam.permissions import Permissions
from sandbox.aws.scenario import Scenario
from workers.aws.clients import open_vault_client

REGION = "eu-west-1"
WORKER = "worker"


@dataclass
class Cloud:
    """An account with nothing in it; S3's state is the process's."""

    permissions: Permissions = field(init=False)
    #: How many requests there were, and of them those whose answers are lost.
    requests: int = 0
    lost: set[int] = field(default_factory=set)
    #: What happens while a request is on its way.
    meanwhile: Callable[[], None] = lambda: None

    def __post_init__(self) -> None:
        s3_backends.reset()
        endpoint = Endpoint(Scenario(), lambda: None, Directory("123456789012", REGION))
        self._client = Client(endpoint.gate)
        self.permissions = Permissions(endpoint.gate, VALUES)

    def client(self, key: str) -> Any:
        """The workers' own client of S3, signing with this key."""
        keys = identities.keys(key)
        session = boto3.Session(*keys.values(), region_name=REGION)
        client: Any = open_vault_client(session, "http://127.0.0.1:9")
        client.meta.events.register("before-send.s3", self._answer)
        return client

    @property
    def owner(self) -> Any:
        """The account's owner's."""
        return self.client("sandbox")

    def _answer(self, request: AWSPreparedRequest, **_more: Any) -> AWSResponse:
        self.requests += 1
        self.meanwhile()
        given = self._client.open(
            path=request.url.removeprefix("http://127.0.0.1:9"),
            method=request.method,
            headers=[(name, _text(value)) for name, value in request.headers.items()],
            data=request.body or b"",
        )
        if self.requests in self.lost:
            raise ConnectionClosedError(endpoint_url=request.url)
        raw = MockRawResponse(given.data)
        return AWSResponse(request.url, given.status_code, dict(given.headers), raw)


def _text(value: str | bytes) -> str:
    return value if isinstance(value, str) else value.decode()
