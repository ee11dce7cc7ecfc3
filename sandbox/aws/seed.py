"""What the simulated account holds at the start, read from `sandbox/seed.toml`."""

import tomllib
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

DEFAULT_SEED = Path(__file__).parents[1] / "seed.toml"


@dataclass(frozen=True)
class Subnet:
    """A range of addresses in one availability zone."""

    zone: str
    cidr: str


@dataclass(frozen=True)
class SecurityGroup:
    """A security group: the hosts in it, and the groups whose hosts it lets in on the port."""

    name: str
    hosts: tuple[str, ...] = ()
    admits: tuple[str, ...] = ()


@dataclass(frozen=True)
class Network:
    """The VPC and what is in it."""

    vpc_cidr: str
    subnet_group: str
    subnets: tuple[Subnet, ...]
    security_groups: tuple[SecurityGroup, ...]


@dataclass(frozen=True)
class Roles:
    """The names of the customer's roles and of the database."""

    master: str
    database: str
    owner: str
    application: str
    reporting: str
    retired: str
    daybreak: str


@dataclass(frozen=True)
class Statement:
    """SQL run once in the application's database, in the name of a role."""

    role: str
    run: str


@dataclass(frozen=True)
class Maintenance:
    """A maintenance action that AWS has announced for an instance."""

    action: str
    description: str


@dataclass(frozen=True)
class InstanceSeed:
    """One RDS for PostgreSQL instance and the oddities of its database."""

    identifier: str
    instance_class: str
    zone: str
    allocated_storage_gb: int
    backup_retention_days: int
    encrypted: bool
    max_allocated_storage_gb: int | None = None
    deletion_protection: bool = False
    auto_minor_version_upgrade: bool = False
    extensions: tuple[str, ...] = ()
    tags: dict[str, str] = field(default_factory=dict)
    parameters: dict[str, str] = field(default_factory=dict)
    pending_maintenance: tuple[Maintenance, ...] = ()
    sql: tuple[Statement, ...] = ()
    # Only the API knows it: no server, no roles and no secrets stand behind it.
    hollow: bool = False


@dataclass(frozen=True)
class Seed:
    """The whole account."""

    region: str
    network: Network
    roles: Roles
    instances: tuple[InstanceSeed, ...]
    wal_segment_mb: int = 1
    # How often RDS begins a new segment when anything was written, which its heartbeat sees to.
    archive_timeout_seconds: int = 300

    def only(self, *identifiers: str) -> "Seed":
        """The same account with these instances alone, for tests that need fewer servers."""
        chosen = tuple(i for i in self.instances if i.identifier in identifiers)
        return replace(self, instances=chosen)

    def with_hollow(self, count: int) -> "Seed":
        """The same account with so many hollow instances besides: `hollow-001` and so on."""
        zones = [subnet.zone for subnet in self.network.subnets]
        hollow = (
            InstanceSeed(
                identifier=f"hollow-{number:03}",
                instance_class="db.r6g.large",
                zone=zones[number % len(zones)],
                allocated_storage_gb=100,
                backup_retention_days=7,
                encrypted=False,
                hollow=True,
            )
            for number in range(1, count + 1)
        )
        return replace(self, instances=(*self.instances, *hollow))


def _instance(raw: dict[str, Any]) -> InstanceSeed:
    maintenance = raw.pop("pending_maintenance", [])
    statements = raw.pop("sql", [])
    return InstanceSeed(
        instance_class=raw.pop("class"),
        extensions=tuple(raw.pop("extensions", ())),
        pending_maintenance=tuple(Maintenance(**entry) for entry in maintenance),
        sql=tuple(Statement(entry["as"], entry["run"]) for entry in statements),
        **raw,
    )


def load(path: Path = DEFAULT_SEED) -> Seed:
    """Read a seed file; an entry it does not know is an error, never ignored."""
    raw = tomllib.loads(path.read_text())
    network = raw.pop("network")
    return Seed(
        network=Network(
            subnets=tuple(Subnet(**entry) for entry in network.pop("subnets")),
            security_groups=tuple(
                SecurityGroup(
                    entry.pop("name"),
                    tuple(entry.pop("hosts", ())),
                    tuple(entry.pop("admits", ())),
                    **entry,
                )
                for entry in network.pop("security_groups")
            ),
            **network,
        ),
        roles=Roles(**raw.pop("roles")),
        instances=tuple(_instance(entry) for entry in raw.pop("instances")),
        **raw,
    )
