"""Applications without a pooler: they know a name, and ask for it again when its TTL is over.

The resolver here asks Route 53's API for the record and keeps the answer for its TTL. It stands in
for DNS honestly as far as a client can tell; real resolvers are many, and some keep answers longer.
"""

import threading
import time
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, TypeVar

import boto3
import psycopg
from cutover_ground import SOURCE, Client, Ground, writing

from sandbox import identities

RECORD = "orders.db.example.com"
NOTE = f"_daybreak.{RECORD}"
FIRST_TTL = 2
#: What a ground says of its pooler, which nobody asks where a name is led.
POOLERS = ("DAYBREAK_POOLERS", "DAYBREAK_CERT_FILE", "DAYBREAK_KEY_FILE", "DAYBREAK_CA_FILE")


class Zone:
    """A hosted zone with the source's name in it."""

    def __init__(self, ground: Ground) -> None:
        self._client = boto3.client(
            "route53",
            endpoint_url=ground.cloud.endpoint_url,
            region_name=ground.cloud.region,
            aws_access_key_id="sandbox",
            aws_secret_access_key="sandbox",
        )
        made = self._client.create_hosted_zone(Name="db.example.com", CallerReference="test")
        self.id = made["HostedZone"]["Id"].rpartition("/")[2]
        self.port = ground.cloud.port
        held = (*(identities.WORKERS if ground.policies is None else ground.policies), "route53")
        ground.cloud.permissions.give("worker", "worker", *held, ZONE_ID=self.id, RECORD=RECORD)
        self.put(RECORD, "CNAME", FIRST_TTL, ground.cloud.address(SOURCE))
        self.environment = {
            "DAYBREAK_TRAFFIC": "route53",
            "DAYBREAK_ROUTE53_RECORDS": f"{SOURCE}={self.id}/{RECORD}:{self.port}",
            "DAYBREAK_ROUTE53_TTL_SECONDS": "1",
            "DAYBREAK_ROUTE53_SYNC_SECONDS": "1",
        }

    def put(self, name: str, kind: str, ttl: int, value: str) -> None:
        """As a person would, over whatever is there."""
        record: dict[str, Any] = {
            "Name": name,
            "Type": kind,
            "TTL": ttl,
            "ResourceRecords": [{"Value": value}],
        }
        change: Any = {"Action": "UPSERT", "ResourceRecordSet": record}
        self._client.change_resource_record_sets(
            HostedZoneId=self.id, ChangeBatch={"Changes": [change]}
        )

    def get(self, name: str = RECORD, kind: str = "CNAME") -> tuple[str, int]:
        """The record's value and TTL."""
        answer = self._client.list_resource_record_sets(HostedZoneId=self.id)
        for one in answer["ResourceRecordSets"]:
            if (one["Name"].rstrip("."), one["Type"]) == (name, kind):
                return one["ResourceRecords"][0]["Value"], int(one["TTL"])
        raise LookupError(name)


class NamedGround(Ground):
    """Applications and Daybreak know the name alone; pooler and agent stand unused."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.zone = Zone(self)
        for name in POOLERS:
            del self.environment[name]
        self.environment |= self.zone.environment


@dataclass
class Resolver:
    """Keeps an answer for as long as its TTL says."""

    zone: Zone
    _answer: str = ""
    _until: float = 0.0
    _asking: threading.Lock = field(default_factory=threading.Lock)

    def address(self) -> str:
        """Where the name leads, as far as this resolver knows."""
        with self._asking:
            if time.monotonic() >= self._until:
                self._answer, ttl = self.zone.get()
                self._until = time.monotonic() + ttl
            return self._answer


@dataclass
class NamedClient(Client):
    """An application that connects to the name again whenever it is thrown out."""

    resolver: Resolver | None = None

    def run(self, stop: threading.Event) -> None:
        """Until told to stop; an error costs the connection, and a breath."""
        number = 0
        assert self.resolver is not None
        while not stop.is_set():
            try:
                with psycopg.connect(
                    self.dsn, host=self.resolver.address(), prepare_threshold=None, autocommit=True
                ) as link:
                    while not stop.is_set():
                        number += 1
                        self.write(number, link)
            except psycopg.Error as error:
                self.unknown.add(number)
                self.errors.append(str(error))
                stop.wait(0.05)


AnyNamedClient = TypeVar("AnyNamedClient", bound=NamedClient)


def named_clients(
    ground: Ground,
    zone: Zone,
    count: int = 4,
    kind: type[AnyNamedClient] = NamedClient,  # type: ignore[assignment]
) -> AbstractContextManager[list[AnyNamedClient]]:
    """Applications that write through the name until the block ends, two to a resolver."""
    resolvers = [Resolver(zone) for _ in range((count + 1) // 2)]
    return writing(
        [kind(ground.direct_dsn, resolver=resolvers[index // 2]) for index in range(count)]
    )
