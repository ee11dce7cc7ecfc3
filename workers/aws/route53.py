"""Simple records of a hosted zone: read, changed all at once or not at all, awaited."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from migration.errors import Permanent, Transient
from workers.aws.errors import AwsRefused, asking

if TYPE_CHECKING:
    from mypy_boto3_route53 import Route53Client
    from mypy_boto3_route53.type_defs import ChangeTypeDef

Type = Literal["CNAME", "TXT"]
INVALID_BATCH = "InvalidChangeBatch"
IN_SYNC = "INSYNC"


@dataclass(frozen=True)
class Record:
    """A simple record: its name without the final dot, its values as DNS writes them."""

    name: str
    type: Type
    #: seconds
    ttl: int
    values: tuple[str, ...]


class BatchRefused(Transient):
    """A record is not what the change takes it for: look again."""


class NotSimple(Permanent):
    """The record is an alias or has a routing policy; only a simple one can be led elsewhere."""


class Route53Gateway:
    """Every method raises what `workers.aws.errors.asking` raises."""

    def __init__(self, client: "Route53Client") -> None:
        """Over this client."""
        self._client = client

    def record(self, zone: str, name: str, kind: Type) -> Record | None:
        """The record as Route 53's API has it now, in sync or not.

        Raises:
            NotSimple: it is not a simple one.
        """
        with asking("route53:ListResourceRecordSets"):
            answer = self._client.list_resource_record_sets(
                HostedZoneId=zone, StartRecordName=name, StartRecordType=kind, MaxItems="1"
            )
        for raw in answer["ResourceRecordSets"]:
            if (_plain(raw["Name"]), raw["Type"]) != (_plain(name), kind):
                continue
            if "TTL" not in raw or raw.get("SetIdentifier"):
                raise NotSimple(
                    f"The {kind} record `{name}` is an alias or has a routing policy: make it a "
                    "simple record, then retry."
                )
            values = tuple(one["Value"] for one in raw.get("ResourceRecords", ()))
            return Record(name, kind, int(raw["TTL"]), values)
        return None

    def change(
        self,
        zone: str,
        *,
        delete: Sequence[Record] = (),
        create: Sequence[Record] = (),
        upsert: Sequence[Record] = (),
    ) -> str:
        """Change all of it or nothing; gives the change's id.

        What is deleted has to be there with exactly these values: that makes it conditional.

        Raises:
            BatchRefused: it isn't, or what is created is there already.
        """
        changes: list[ChangeTypeDef] = [
            *(_change("DELETE", one) for one in delete),
            *(_change("CREATE", one) for one in create),
            *(_change("UPSERT", one) for one in upsert),
        ]
        try:
            with asking("route53:ChangeResourceRecordSets"):
                answer = self._client.change_resource_record_sets(
                    HostedZoneId=zone,
                    ChangeBatch={"Comment": "Daybreak", "Changes": changes},
                )
        except AwsRefused as error:
            if error.code != INVALID_BATCH:
                raise
            raise BatchRefused(str(error)) from error
        return answer["ChangeInfo"]["Id"]

    def in_sync(self, change: str) -> bool:
        """Whether every one of Route 53's servers answers with the change."""
        with asking("route53:GetChange"):
            return self._client.get_change(Id=change)["ChangeInfo"]["Status"] == IN_SYNC


def _plain(name: str) -> str:
    return name.rstrip(".").lower()


def _change(action: Literal["DELETE", "CREATE", "UPSERT"], record: Record) -> "ChangeTypeDef":
    return {
        "Action": action,
        "ResourceRecordSet": {
            "Name": record.name,
            "Type": record.type,
            "TTL": record.ttl,
            "ResourceRecords": [{"Value": value} for value in record.values],
        },
    }
