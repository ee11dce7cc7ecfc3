"""The data access layer where there is none: applications know a name, and Route 53 leads it.

Nothing can hold a client here, so the fence alone keeps writers out: clients see errors from then
on, until they ask for the name again. The epoch stands in a TXT record beside the name. Route 53
carries out a batch of changes as a whole or not at all, and deletes a record only by its exact
values; so every change replaces the TXT record in the batch that moves the name, and a batch that
rests on an older note is refused.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from migration.errors import Permanent
from migration.steps import Journal
from workers.aws.errors import AwsUnavailable
from workers.aws.route53 import BatchRefused, Record, Route53Gateway
from workers.traffic.errors import OlderEpoch, PoolerUnreachable, UnknownSource
from workers.traffic.note import Note
from workers.traffic.port import Endpoint, Entry, PoolerState, Session

# It answers five calls a second for a whole account.
LOOK_SECONDS = 1.0
# Others that change a record at the same moment are this migration's own processes, and few.
ROUNDS = 5
NOTE_TTL_SECONDS = 60


class NotInSync(PoolerUnreachable):
    """Route 53 has taken the change, and not all of its servers know it yet."""


@dataclass(frozen=True)
class Name:
    """A source's name: the hosted zone's id, the record, and the port that applications use."""

    source: str
    zone: str
    record: str
    port: int

    @property
    def note(self) -> str:
        """Where the note stands."""
        return f"_daybreak.{self.record}"


@dataclass(frozen=True)
class _Seen:
    """Both records as they were read together."""

    record: Record
    note: Note
    written: Record | None


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
        self._names = {name.source: name for name in names}
        self._gateway = gateway
        self._ttl = ttl_seconds
        self._sync = sync_seconds
        #: changes of ours that were not seen in sync yet, by source
        self._pending: dict[str, str] = {}

    def close(self) -> None:
        """Nothing is kept open."""

    def prepare(self, source: str, journal: Journal) -> bool:
        """Lower the TTL, ahead of time: who asked before that may keep the answer for long."""
        if self._look(source).record.ttl <= self._ttl:
            return False
        record = self._name(source).record
        journal.intend("lower_ttl", record=record, to_seconds=self._ttl)

        def lower(seen: _Seen) -> _Seen:
            if seen.record.ttl <= self._ttl:
                return seen
            since = int(time.time())
            return replace(
                seen,
                record=replace(seen.record, ttl=self._ttl),
                note=replace(seen.note, ttl=seen.record.ttl, since=since),
            )

        self._change(source, lower)
        journal.done("lower_ttl", record=record, from_seconds=self._look(source).note.ttl)
        return True

    def release(self, source: str, journal: Journal) -> bool:
        """Give the name its own TTL back."""
        before = self._look(source).note.ttl
        if before is None:
            return False
        record = self._name(source).record
        journal.intend("restore_ttl", record=record, to_seconds=before)

        def restore(seen: _Seen) -> _Seen:
            if seen.note.ttl is None:
                return seen
            return replace(
                seen,
                record=replace(seen.record, ttl=seen.note.ttl),
                note=replace(seen.note, ttl=None, since=None),
            )

        self._change(source, restore)
        journal.done("restore_ttl", record=record)
        return True

    def states(self, source: str) -> tuple[PoolerState, ...]:
        """What Route 53 says of the name now; there is no pooler to be asked."""
        name, seen = self._name(source), self._look(source)
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
        self._raise_epoch(source, epoch)
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
        self._raise_epoch(source, epoch)

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

        def lead(seen: _Seen) -> _Seen:
            return replace(
                seen,
                record=replace(seen.record, values=(endpoint.host,)),
                note=replace(seen.note, epoch=epoch, to=endpoint.host),
            )

        # One that is known to be under way is only awaited; any other may have lost its answer.
        change = self._change(source, lead, epoch=epoch, insist=source not in self._pending)
        if change is not None:
            self._pending[source] = change
        self._await_sync(source, until)

    def resume(self, source: str, *, epoch: int) -> None:
        """Nothing is held; an older attempt is told that it is over."""
        self._raise_epoch(source, epoch)

    def lead_to(self, source: str, endpoint: Endpoint, *, epoch: int) -> None:
        """The same as `point_to`: who gets there is served at once."""
        self.point_to(source, endpoint, epoch=epoch, timeout_seconds=self._sync)

    # What they share ------------------------------------------------------------------------------

    def _name(self, source: str) -> Name:
        try:
            return self._names[source]
        except KeyError:
            raise UnknownSource(
                f"`{source}` has no name: add it to DAYBREAK_ROUTE53_RECORDS."
            ) from None

    def _refuse_other_port(self, source: str, endpoint: Endpoint) -> None:
        name = self._name(source)
        if endpoint.port != name.port:
            raise Permanent(
                f"Applications of `{source}` use port {name.port}, and {endpoint} has another: a "
                "name can't lead to another port. Give the cluster the source's port."
            )

    def _problems(self, seen: _Seen) -> Iterator[str]:
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

    def _look(self, source: str) -> _Seen:
        name = self._name(source)
        with _asked(name):
            # The note first: one that changes in between makes the batch fail, and that is right.
            written = self._gateway.record(name.zone, name.note, "TXT")
            record = self._gateway.record(name.zone, name.record, "CNAME")
        if record is None or len(record.values) != 1:
            raise Permanent(
                f"The hosted zone {name.zone} has no CNAME record `{name.record}` with one value. "
                "Make one that leads to the source, or mend DAYBREAK_ROUTE53_RECORDS."
            )
        note = Note() if written is None else Note.read("".join(written.values))
        if note is None:
            raise Permanent(
                f"The TXT record `{name.note}` was not written by Daybreak: move it away."
            )
        return _Seen(record, note, written)

    def _raise_epoch(self, source: str, epoch: int) -> None:
        self._change(
            source,
            lambda seen: replace(seen, note=replace(seen.note, epoch=max(epoch, seen.note.epoch))),
            epoch=epoch,
        )

    def _change(
        self,
        source: str,
        alter: Callable[[_Seen], _Seen],
        *,
        epoch: int | None = None,
        insist: bool = False,
    ) -> str | None:
        """Make it so, by nobody older, on top of what was read; gives the change's id.

        What is so already is left alone, unless somebody insists on a change to wait for.
        """
        name = self._name(source)
        for _ in range(ROUNDS):
            seen = self._look(source)
            if epoch is not None and seen.note.epoch > epoch:
                raise OlderEpoch(
                    f"Epoch {epoch} of `{source}` is over: epoch {seen.note.epoch} has taken over. "
                    "Stop, and change nothing."
                )
            wanted = alter(seen)
            if wanted == seen and not insist:
                return None
            text = Record(name.note, "TXT", NOTE_TTL_SECONDS, (str(wanted.note),))
            moves = insist or wanted.record != seen.record
            try:
                with _asked(name):
                    return self._gateway.change(
                        name.zone,
                        delete=[seen.written] if seen.written else [],
                        create=[text],
                        upsert=[wanted.record] if moves else [],
                    )
            except BatchRefused as refusal:
                if self._look(source) == seen:
                    # Nobody was faster: it is the change itself that Route 53 does not take.
                    raise Permanent(str(refusal)) from refusal
        raise PoolerUnreachable(f"Somebody else keeps changing the name `{name.record}`.")

    def _await_sync(self, source: str, until: float) -> None:
        name = self._name(source)
        while source in self._pending:
            with _asked(name):
                if self._gateway.in_sync(self._pending[source]):
                    del self._pending[source]
                    return
            if time.monotonic() >= until:
                raise NotInSync(f"Route 53 is not in sync yet with the change of `{name.record}`.")
            time.sleep(LOOK_SECONDS)


@contextmanager
def _asked(name: Name) -> Iterator[None]:
    """AWS not answering is this layer not answering."""
    try:
        yield
    except AwsUnavailable as error:
        raise PoolerUnreachable(f"The name `{name.record}`: {error}") from error
