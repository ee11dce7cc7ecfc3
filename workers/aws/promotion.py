"""The one call that is never repeated by itself: promoting a replica cluster."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    ParamValidationError,
)
from botocore.parsers import ResponseParserError

from migration.errors import Permanent, Transient
from workers.aws import permissions
from workers.aws.errors import code_of, status_of, words_of

if TYPE_CHECKING:
    from mypy_boto3_rds import RDSClient

_ACTION = "rds:PromoteReadReplicaDBCluster"
_NOT_SENT = "NotSent"
# botocore's last event of a request; an exception of its handler is raised, and nothing is sent.
_BEFORE_SEND = "before-send.rds.PromoteReadReplicaDBCluster"
# The request may have been on its way when the other side gave up waiting for it.
_REQUEST_TIMEOUT_STATUS = 408


class PromoteUnclear(Transient):
    """AWS may or may not have promoted the cluster: look before anything else."""


class PromoteRefused(Permanent):
    """This call promoted nothing; it may be sent again."""

    def __init__(self, code: str, words: str) -> None:
        """Keep AWS's code: `NotSent` when the request never left."""
        self.code = code
        if code in permissions.DENIED:
            super().__init__(permissions.told(_ACTION, code, words))
        else:
            super().__init__(f"`{_ACTION}` was not carried out: {words} ({code})")


class Promotion:
    """Sends PromoteReadReplicaDBCluster, each time exactly once."""

    def __init__(self, open_client: Callable[[float], "RDSClient"]) -> None:
        """`open_client` builds a client that sends once, with that read time-out in seconds."""
        self._open_client = open_client
        self._prepared: tuple[float, RDSClient] | None = None
        self._last_look: Callable[[], None] | None = None

    def prepare(self, timeout_seconds: float) -> None:
        """Build the client and open its connection, so that the call itself pays for neither.

        Whatever comes back is ignored: this proves nothing and decides nothing.
        """
        client = self._client(timeout_seconds)
        try:
            client.describe_db_clusters(MaxRecords=20)
        except (ClientError, BotoCoreError, ResponseParserError):
            return

    def promote(
        self,
        cluster: str,
        *,
        timeout_seconds: float,
        last_look: Callable[[], None] | None = None,
    ) -> None:
        """Ask AWS to promote the cluster; returns when AWS has accepted.

        `last_look` is called right before the request leaves, when it is built and signed: what it
        raises is raised here, and nothing was sent. A process that stood still since it decided to
        promote finds out there that it is no longer in charge.

        Raises:
            PromoteRefused: the answer proves that this call was not executed.
            PromoteUnclear: anything else: time-outs, dropped connections, server errors.
        """
        client = self._client(timeout_seconds)
        self._last_look = last_look
        try:
            client.promote_read_replica_db_cluster(DBClusterIdentifier=cluster)
        except ClientError as error:
            status = status_of(error)
            if 400 <= status < 500 and status != _REQUEST_TIMEOUT_STATUS:
                raise PromoteRefused(code_of(error), words_of(error)) from error
            raise PromoteUnclear(f"AWS answered the promotion with {error}") from error
        except (
            EndpointConnectionError,
            ConnectTimeoutError,
            NoCredentialsError,
            ParamValidationError,
        ) as error:
            raise PromoteRefused(_NOT_SENT, str(error)) from error
        except (BotoCoreError, ResponseParserError) as error:
            raise PromoteUnclear(f"AWS gave no answer to the promotion: {error}") from error

    def _client(self, timeout_seconds: float) -> "RDSClient":
        """The prepared client, unless it would wait longer than it may."""
        if self._prepared is None or self._prepared[0] > timeout_seconds:
            client = self._open_client(timeout_seconds)
            client.meta.events.register(_BEFORE_SEND, self._look)
            self._prepared = (timeout_seconds, client)
        return self._prepared[1]

    def _look(self, **_: object) -> None:
        if self._last_look is not None:
            self._last_look()
