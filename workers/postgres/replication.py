"""How far a physical copy is behind: the source's view of its standbys, and the copy's own.

WAL positions of the source are only ever compared with positions that the source itself names:
Aurora keeps a log of its own, and may not offer the functions of a standby.
"""

import socket
from dataclasses import dataclass

import psycopg

from workers.postgres.connect import Connection, rows, value
from workers.traffic.port import Endpoint


@dataclass(frozen=True)
class Standby:
    """A physical standby as its source sees it."""

    name: str
    address: str
    #: `streaming` when all is well.
    state: str
    #: The position it says it has replayed; None where it does not say.
    replayed: str | None
    #: WAL written on the source that it has not replayed; None where it does not say.
    behind_bytes: int | None
    #: The same in time; None while nothing is written.
    behind_seconds: float | None


def standbys(source: Connection) -> list[Standby]:
    """Every physical standby that is connected; logical subscribers are left out."""
    found = rows(
        source,
        "SELECT coalesce(r.application_name, ''), coalesce(host(r.client_addr), ''), "
        "coalesce(r.state, ''), r.replay_lsn::text, "
        "pg_wal_lsn_diff(pg_current_wal_lsn(), r.replay_lsn)::bigint, "
        "extract(epoch FROM r.replay_lag)::float8 "
        "FROM pg_stat_replication r LEFT JOIN pg_replication_slots s ON s.active_pid = r.pid "
        "WHERE coalesce(s.slot_type, 'physical') = 'physical' AND r.state <> 'backup'",
    )
    return [Standby(*row) for row in found]


def standby_of(source: Connection, endpoint: Endpoint) -> Standby | None:
    """The standby that serves this endpoint; None when it is not connected.

    A source may have other replicas. The right one is told by its address; where that tells
    nothing, the one furthest behind stands for all, so that none is taken for better than it is.
    """
    found = standbys(source)
    if len(found) > 1:
        addresses = _addresses(endpoint)
        found = [standby for standby in found if standby.address in addresses] or found
    return max(found, key=_badness, default=None)


def _badness(standby: Standby) -> tuple[bool, bool, int]:
    behind = standby.behind_bytes
    return (standby.state != "streaming", behind is None, behind or 0)


def _addresses(endpoint: Endpoint) -> set[str]:
    try:
        found = socket.getaddrinfo(endpoint.host, endpoint.port, type=socket.SOCK_STREAM)
    except OSError:
        return set()
    return {str(entry[4][0]) for entry in found}


@dataclass(frozen=True)
class Slot:
    """A physical slot: what its source keeps for a standby, in bytes, and whether that is there."""

    name: str
    kept_bytes: int
    #: Whether its standby is connected.
    active: bool


def physical_slots(source: Connection) -> list[Slot]:
    """Those that outlast their session: a base backup's own is left out."""
    found = rows(
        source,
        "SELECT s.slot_name::text, "
        "coalesce(pg_wal_lsn_diff(pg_current_wal_lsn(), s.restart_lsn), 0)::bigint, "
        "s.active FROM pg_replication_slots s "
        "WHERE s.slot_type = 'physical' AND NOT s.temporary ORDER BY s.slot_name",
    )
    return [Slot(*row) for row in found]


def as_number(position: str) -> int:
    """A position as the number of the byte it stands for: `1/A0` is 2**32 + 160."""
    high, low = position.split("/")
    return (int(high, 16) << 32) | int(low, 16)


def position(source: Connection) -> str:
    """The end of the source's WAL as of now, what is committed but not yet flushed included.

    On a page's edge the server names the place behind the next page's header (24 bytes, or 40 on
    a segment's first page), where nothing has been written yet: a copy that has everything would
    seem to be short of it until the next record.
    """
    return str(
        value(
            source,
            "SELECT at - CASE WHEN in_page IN (24, 40) THEN in_page ELSE 0 END FROM "
            "(SELECT at, mod(at - '0/0'::pg_lsn, current_setting('wal_block_size')::numeric) "
            "AS in_page FROM (SELECT pg_current_wal_insert_lsn() AS at) AS end_of_wal) AS paged",
        )
    )


def has_replayed(source: Connection, endpoint: Endpoint, wanted: str) -> bool | None:
    """Whether the copy has replayed this position; None when the source does not know."""
    standby = standby_of(source, endpoint)
    if standby is None or standby.replayed is None:
        return None
    return bool(
        value(source, "SELECT %s::pg_lsn >= %s::pg_lsn", standby.replayed, wanted),
    )


def in_recovery(connection: Connection) -> bool:
    """Whether the server is still a copy that follows another."""
    return bool(value(connection, "SELECT pg_is_in_recovery()"))


def replayed_by_own_account(target: Connection) -> str | None:
    """What the copy itself says it has replayed; None where it has no such function."""
    try:
        found = value(target, "SELECT pg_last_wal_replay_lsn()::text")
    except (
        psycopg.errors.FeatureNotSupported,
        psycopg.errors.UndefinedFunction,
        psycopg.errors.InsufficientPrivilege,
    ):
        return None
    return str(found) if found is not None else None
