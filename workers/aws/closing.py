"""The calls that close and open a database from outside: its network, its reboot, its tags.

None of them can be made conditional, so what changes something is sent once, by a client that
gives up before the lease of whoever sends it is over; whether an unclear one was carried out is
seen by looking. Each of them is preceded by its caller's last look (`workers.aws.last_look`).
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from workers.aws import last_look
from workers.aws.clock import told_at
from workers.aws.errors import asking
from workers.aws.resources import Tags, tags_of

if TYPE_CHECKING:
    from mypy_boto3_rds import RDSClient

# A lease is renewed three times in its life: what is left of it always outlasts one call.
CALL_SECONDS = 2.5
EVENTS_LOOK_BACK = timedelta(minutes=60)
RESTARTED = "DB instance restarted"
PROMOTED = "Promoted Read Replica cluster to a stand-alone database cluster."


@dataclass(frozen=True)
class Happened:
    """An event of RDS's: when, by AWS's clock, and its words."""

    at: datetime
    message: str


class Closing:
    """Closes and opens instances and clusters; raises what `workers.aws.errors.asking` raises."""

    def __init__(self, client: "RDSClient", open_client: Callable[[float], "RDSClient"]) -> None:
        """`client` reads; `open_client(read_timeout_seconds)` builds one that sends once."""
        self._reading = client
        self._open_client = open_client
        self._opened: RDSClient | None = None

    def move_instance(self, identifier: str, groups: Iterable[str]) -> None:
        """Put an instance into exactly these security groups; sessions that stand go on."""
        with asking("rds:ModifyDBInstance"):
            self._client.modify_db_instance(
                DBInstanceIdentifier=identifier,
                VpcSecurityGroupIds=list(groups),
                ApplyImmediately=True,
            )

    def move_cluster(self, identifier: str, groups: Iterable[str]) -> None:
        """Put a cluster, with its instances, into exactly these security groups."""
        with asking("rds:ModifyDBCluster"):
            self._client.modify_db_cluster(
                DBClusterIdentifier=identifier,
                VpcSecurityGroupIds=list(groups),
                ApplyImmediately=True,
            )

    def reboot(self, identifier: str) -> datetime:
        """Restart an instance: every session ends.

        Gives AWS's time when it had accepted that, to the second below. It accepts none for an
        instance that is being restarted: whatever restarts later than that is due to this call, or
        to one after it.
        """
        with asking("rds:RebootDBInstance"):
            answer = self._client.reboot_db_instance(DBInstanceIdentifier=identifier)
        return told_at(answer)

    def tags(self, arn: str) -> Tags:
        """The tags of now: those that a describe shows may be old."""
        with asking("rds:ListTagsForResource"):
            return tags_of(self._reading.list_tags_for_resource(ResourceName=arn))

    def tag(self, arn: str, tags: Tags) -> None:
        """Set tags, all of them in one call."""
        listed: Any = [{"Key": key, "Value": value} for key, value in tags.items()]
        with asking("rds:AddTagsToResource", tags):
            self._client.add_tags_to_resource(ResourceName=arn, Tags=listed)

    def restarts(self, identifier: str) -> frozenset[Happened]:
        """Every restart of an instance in the last hour that AWS tells of."""
        return self._events("db-instance", identifier, RESTARTED)

    def promotions(self, identifier: str) -> frozenset[Happened]:
        """Every promotion of a cluster in the last hour that AWS tells of."""
        return self._events("db-cluster", identifier, PROMOTED)

    def _events(self, kind: Any, identifier: str, message: str) -> frozenset[Happened]:
        minutes = int(EVENTS_LOOK_BACK.total_seconds() // 60)
        with asking("rds:DescribeEvents"):
            answer = self._reading.describe_events(
                SourceIdentifier=identifier, SourceType=kind, Duration=minutes
            )
        return frozenset(
            Happened(event["Date"], event["Message"])
            for event in answer["Events"]
            if event.get("Message", "") == message
        )

    @property
    def _client(self) -> "RDSClient":
        if self._opened is None:
            self._opened = self._open_client(CALL_SECONDS)
            last_look.install(self._opened)
        return self._opened
