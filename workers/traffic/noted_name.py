"""A name in Route 53 with a note beside it, changed only on top of what was read.

The epoch stands in a TXT record beside the name. Route 53 carries out a batch of changes as a whole
or not at all, and deletes a record only by its exact values; so every change replaces the TXT
record in the batch that moves the name, and a batch that rests on an older note is refused.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from migration.errors import Permanent
from workers.aws.errors import AwsUnavailable
from workers.aws.route53 import BatchRefused, Record, Route53Gateway
from workers.traffic.errors import OlderEpoch, PoolerUnreachable
from workers.traffic.note import Note

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
class Seen:
    """Both records as they were read together."""

    record: Record
    note: Note
    written: Record | None


class NotedName:
    """One name, asked for and changed.

    Its methods raise PoolerUnreachable where Route 53 doesn't answer, and Permanent where the
    records are not what they have to be.
    """

    def __init__(self, name: Name, gateway: Route53Gateway) -> None:
        """A name, which nobody has asked for yet."""
        self.name = name
        self._gateway = gateway
        #: a change of ours that was not seen in sync yet
        self._pending: str | None = None

    def look(self) -> Seen:
        """What Route 53's API says of it now."""
        name = self.name
        with self._asked():
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
        return Seen(record, note, written)

    def raise_epoch(self, epoch: int) -> None:
        """Take the name for this attempt; raises OlderEpoch."""
        self.change(
            lambda seen: replace(seen, note=replace(seen.note, epoch=max(epoch, seen.note.epoch))),
            epoch=epoch,
        )

    def change(
        self,
        alter: Callable[[Seen], Seen],
        *,
        epoch: int | None = None,
        insist: bool = False,
    ) -> str | None:
        """Make it so, by nobody older, on top of what was read; gives the change's id.

        What is so already is left alone, unless somebody insists on a change to wait for.

        Raises:
            OlderEpoch: a newer attempt has taken the name.
        """
        name = self.name
        for _ in range(ROUNDS):
            seen = self.look()
            if epoch is not None and seen.note.epoch > epoch:
                raise OlderEpoch(
                    f"Epoch {epoch} of `{name.source}` is over: epoch {seen.note.epoch} has taken "
                    "over. Stop, and change nothing."
                )
            wanted = alter(seen)
            if wanted == seen and not insist:
                return None
            text = Record(name.note, "TXT", NOTE_TTL_SECONDS, (str(wanted.note),))
            moves = insist or wanted.record != seen.record
            try:
                with self._asked():
                    return self._gateway.change(
                        name.zone,
                        delete=[seen.written] if seen.written else [],
                        create=[text],
                        upsert=[wanted.record] if moves else [],
                    )
            except BatchRefused as refusal:
                if self.look() == seen:
                    # Nobody was faster: it is the change itself that Route 53 does not take.
                    raise Permanent(str(refusal)) from refusal
        raise PoolerUnreachable(f"Somebody else keeps changing the name `{name.record}`.")

    def change_and_see(self, alter: Callable[[Seen], Seen], *, epoch: int, until: float) -> None:
        """The same; on return every server of Route 53 answers so.

        Raises:
            OlderEpoch: a newer attempt has taken the name.
            NotInSync: they don't by then, a moment of the monotonic clock.
        """
        # One that is known to be under way is only awaited; any other may have lost its answer.
        change = self.change(alter, epoch=epoch, insist=self._pending is None)
        if change is not None:
            self._pending = change
        while (pending := self._pending) is not None:
            with self._asked():
                if self._gateway.in_sync(pending):
                    self._pending = None
                    return
            if time.monotonic() >= until:
                raise NotInSync(
                    f"Route 53 is not in sync yet with the change of `{self.name.record}`."
                )
            time.sleep(LOOK_SECONDS)

    @contextmanager
    def _asked(self) -> Iterator[None]:
        """AWS not answering is this layer not answering."""
        try:
            yield
        except AwsUnavailable as error:
            raise PoolerUnreachable(f"The name `{self.name.record}`: {error}") from error
