"""The data access layer where there is none: applications know a name, and Route 53 leads it.

Nothing can hold a client here, so the fence alone keeps writers out: clients see errors from then
on, until they ask for the name again.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from migration.errors import Permanent
from migration.steps import Journal
from workers.aws.route53 import Route53Gateway
from workers.traffic.errors import UnknownSource
from workers.traffic.noted_name import Name, NotedName, Seen
from workers.traffic.port import Endpoint, Entry, PoolerState, Session


class Names:
    """`TrafficLayer` over CNAME records, one for each source."""

    def __init__(
        self,
        names: Sequence[Name],
        gateway: Route53Gateway,
        *,
        ttl_seconds: int,
        sync_seconds: float,
    ) -> None:
        """`ttl_seconds` is what a name's TTL is lowered to for as long as it may be led away.

        `sync_seconds` is how long Route 53 may need until all of its servers know a change.
        """
        self._names = {name.source: NotedName(name, gateway) for name in names}
        self._ttl = ttl_seconds
        self._sync = sync_seconds

    def close(self) -> None:
        """Nothing is kept open."""

    def prepare(self, source: str, journal: Journal) -> bool:
        """Lower the TTL, ahead of time: who asked before that may keep the answer for long."""
        named = self._named(source)
        if named.look().record.ttl <= self._ttl:
            return False
        record = named.name.record
        journal.intend("lower_ttl", record=record, to_seconds=self._ttl)

        def lower(seen: Seen) -> Seen:
            if seen.record.ttl <= self._ttl:
                return seen
            since = int(time.time())
            return replace(
                seen,
                record=replace(seen.record, ttl=self._ttl),
                note=replace(seen.note, ttl=seen.record.ttl, since=since),
            )

        named.change(lower)
        journal.done("lower_ttl", record=record, from_seconds=named.look().note.ttl)
        return True

    def release(self, source: str, journal: Journal) -> bool:
        """Give the name its own TTL back."""
        named = self._named(source)
        before = named.look().note.ttl
        if before is None:
            return False
        record = named.name.record
        journal.intend("restore_ttl", record=record, to_seconds=before)

        def restore(seen: Seen) -> Seen:
            if seen.note.ttl is None:
                return seen
            return replace(
                seen,
                record=replace(seen.record, ttl=seen.note.ttl),
                note=replace(seen.note, ttl=None, since=None),
            )

        named.change(restore)
        journal.done("restore_ttl", record=record)
        return True

    def states(self, source: str) -> tuple[PoolerState, ...]:
        """What Route 53 says of the name now; there is no pooler to be asked."""
        named = self._named(source)
        name, seen = named.name, named.look()
        return (
            PoolerState(
                url=f"Route 53's record {name.record}",
                epoch=seen.note.epoch,
                paused=False,
                endpoint=Endpoint(seen.record.values[0].rstrip("."), name.port),
                pool_mode="",
                query_wait_timeout=0,
                client_login_timeout=0,
                server_login_retry=0,
                resumes_at=None,
                holds=False,
                switch_seconds=self._sync + seen.record.ttl,
                problems=tuple(self._problems(seen)),
            ),
        )

    def sessions(self, source: str) -> tuple[Session, ...]:  # noqa: ARG002 - see there
        """Nobody between clients and database could tell."""
        return ()

    def validation_entries(
        self, source: str, endpoint: Endpoint, *, epoch: int
    ) -> tuple[Entry, ...]:
        """Take the name for this attempt; there is no second way that could be tried."""
        self._refuse_other_port(source, endpoint)
        self._named(source).raise_epoch(epoch)
        return ()

    def pause(
        self,
        source: str,
        *,
        epoch: int,
        timeout_seconds: float,  # noqa: ARG002 - nothing can be held, so nothing is waited for
        resume_after_seconds: float,  # noqa: ARG002 - the same
    ) -> None:
        """Take the name for this attempt; clients go on until the fence ends their sessions."""
        self._named(source).raise_epoch(epoch)

    def renew(
        self, source: str, *, epoch: int, timeout_seconds: float, resume_after_seconds: float
    ) -> None:
        """Nothing is held."""

    def point_to(
        self, source: str, endpoint: Endpoint, *, epoch: int, timeout_seconds: float
    ) -> None:
        """Lead the name to the endpoint; on return every server of Route 53 answers so.

        Resolvers and clients may keep the old answer for the TTL. Raises `NotInSync`.
        """
        self._refuse_other_port(source, endpoint)
        until = time.monotonic() + timeout_seconds

        def lead(seen: Seen) -> Seen:
            return replace(
                seen,
                record=replace(seen.record, values=(endpoint.host,)),
                note=replace(seen.note, epoch=epoch, to=endpoint.host),
            )

        self._named(source).change_and_see(lead, epoch=epoch, until=until)

    def resume(self, source: str, *, epoch: int) -> None:
        """Nothing is held; an older attempt is told that it is over."""
        self._named(source).raise_epoch(epoch)

    def lead_to(self, source: str, endpoint: Endpoint, *, epoch: int) -> None:
        """The same as `point_to`: who gets there is served at once."""
        self.point_to(source, endpoint, epoch=epoch, timeout_seconds=self._sync)

    def _named(self, source: str) -> NotedName:
        try:
            return self._names[source]
        except KeyError:
            raise UnknownSource(
                f"`{source}` has no name: add it to DAYBREAK_ROUTE53_RECORDS."
            ) from None

    def _refuse_other_port(self, source: str, endpoint: Endpoint) -> None:
        name = self._named(source).name
        if endpoint.port != name.port:
            raise Permanent(
                f"Applications of `{source}` use port {name.port}, and {endpoint} has another: a "
                "name can't lead to another port. Give the cluster the source's port."
            )

    def _problems(self, seen: Seen) -> Iterator[str]:
        if seen.record.ttl > self._ttl:
            yield (
                f"its TTL is {seen.record.ttl} s and has to be lowered to {self._ttl} s: the "
                "validation of the target does that"
            )
        elif seen.note.ttl is not None and seen.note.since is not None:
            known_until = seen.note.since + seen.note.ttl + self._sync
            if time.time() < known_until:
                at = datetime.fromtimestamp(known_until, UTC)
                yield (
                    f"its TTL was {seen.note.ttl} s, and whoever asked for it then may keep the "
                    f"answer until {at:%H:%M:%S} UTC"
                )
