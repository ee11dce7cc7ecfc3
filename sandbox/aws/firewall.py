"""Security groups as PostgreSQL sees them: ingress rules become lines of pg_hba.conf."""

from collections.abc import Iterable, Mapping
from typing import Any


def hba_lines(
    groups: Iterable[Any],
    members: Mapping[str, Iterable[str]],
    port: int,
    *,
    force_ssl: bool,
) -> list[str]:
    """A line for each range of addresses that a rule lets in on the port.

    `groups` are moto's EC2 security groups, `members` the addresses of the hosts in each group by
    its id. Who is not named is refused at the door; sessions that stand already are not asked
    again, just as a security group leaves tracked connections alone.
    """
    kind = "hostssl" if force_ssl else "host"
    ranges: list[str] = []
    for group in groups:
        for rule in group.ingress_rules:
            if not _covers(rule, port):
                continue
            if rule.cidr_ipv4 is not None:
                ranges.append(rule.cidr_ipv4)
            if rule.referenced_group_info is not None:
                ranges += members.get(rule.referenced_group_info["GroupId"], ())
    return [f"{kind} all all {cidr} scram-sha-256" for cidr in dict.fromkeys(ranges)]


def _covers(rule: Any, port: int) -> bool:
    if str(rule.ip_protocol) == "-1":
        return True
    if str(rule.ip_protocol) not in {"tcp", "6"}:
        return False
    return int(rule.from_port) <= port <= int(rule.to_port)
