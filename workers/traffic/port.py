"""The data access layer as the cut-over sees it: hold traffic, point it elsewhere, let it go."""

from dataclasses import dataclass
from typing import Protocol

from migration.steps import Journal


@dataclass(frozen=True)
class Endpoint:
    """Where a database server listens."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


@dataclass(frozen=True)
class Session:
    """An application's connection to a pooler."""

    database: str
    user: str
    application: str
    address: str
    # `active`: has a server connection, so it is in a transaction; `waiting` for one; `idle`
    state: str
    # how long its oldest unanswered query has waited for a server connection
    wait_seconds: float


@dataclass(frozen=True)
class Entry:
    """A way through a pooler: what to connect to, and as whom (by certificate, no password)."""

    host: str
    port: int
    dbname: str
    user: str


@dataclass(frozen=True)
class PoolerState:
    """One pooler's view of a source, as read from the pooler itself and never from memory."""

    url: str
    # the highest epoch this pooler has been called with for the source; 0 before the first
    epoch: int
    # every entry of the source holds its traffic and no transaction runs any more
    paused: bool
    # None when entries of the source lead to different places
    endpoint: Endpoint | None
    pool_mode: str
    # seconds; 0 means for ever
    query_wait_timeout: float
    client_login_timeout: float
    server_login_retry: float
    # unix seconds at which the pooler lets traffic go by itself; None while no pause is on record
    resumes_at: float | None
    # the applications' own way: their entries, as far as the agent knows whose they are
    live: tuple[Entry, ...] = ()
    # False where nothing stands between clients and database that could hold them
    holds: bool = True
    # how long a switch may take until every client can know of it
    switch_seconds: float = 0.0
    # what else stands against a cut-over
    problems: tuple[str, ...] = ()


class TrafficLayer(Protocol):
    """Everything between the applications and one source database.

    Every changing call carries the attempt's epoch: an older one than the layer has seen is refused
    with `OlderEpoch`. All calls may raise `PoolerUnreachable` and `UnknownSource`.
    """

    def prepare(self, source: str, journal: Journal) -> bool:
        """What has to be done long before a cut-over; whether anything was."""
        ...

    def release(self, source: str, journal: Journal) -> bool:
        """Undo `prepare`, once the traffic is not led anywhere any more; whether anything was."""
        ...

    def close(self) -> None:
        """Let go of connections."""
        ...

    def states(self, source: str) -> tuple[PoolerState, ...]:
        """What each pooler says of the source now."""
        ...

    def pause(
        self, source: str, *, epoch: int, timeout_seconds: float, resume_after_seconds: float
    ) -> None:
        """Hold new transactions and wait for running ones, in every pooler or in none.

        Raises `PauseTimedOut` with the sessions in the way; by then traffic flows again. A paused
        layer that hears nothing with an epoch for `resume_after_seconds` resumes by itself; the
        same pause sent again only renews that term.
        """
        ...

    def renew(
        self, source: str, *, epoch: int, timeout_seconds: float, resume_after_seconds: float
    ) -> None:
        """Put the end of a pause off; a pooler that can't is told of, and none is let go for it."""
        ...

    def point_to(
        self, source: str, endpoint: Endpoint, *, epoch: int, timeout_seconds: float
    ) -> None:
        """Lead the source's traffic to the endpoint; no connection to the old one serves again.

        An answer that takes longer is given up, and the error says whose it was.
        """
        ...

    def resume(self, source: str, *, epoch: int) -> None:
        """Let traffic go; nothing happens where it already flows."""
        ...

    def lead_to(self, source: str, endpoint: Endpoint, *, epoch: int) -> None:
        """Lead the traffic to an endpoint that takes writes, and let it go.

        Each pooler does so by itself: one that can't is named in the error, and holds up nobody.
        """
        ...

    def sessions(self, source: str) -> tuple[Session, ...]:
        """Who is connected, in every pooler."""
        ...

    def validation_entries(
        self, source: str, endpoint: Endpoint, *, epoch: int
    ) -> tuple[Entry, ...]:
        """Open a second way, to the endpoint, on which the application's own login is used.

        One entry for each pooler, with the password read anew. May raise `SecretUnavailable`.
        """
        ...
