"""The agent's verbs for one pooler: epochs checked, intents on disk first, all entries or none."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from workers.traffic.entries import Entries
from workers.traffic.errors import OlderEpoch, PauseTimedOut, PoolerUnreachable, UnknownSource
from workers.traffic.journal import Hold, Journal, SourceRecord
from workers.traffic.pooler import Pooler, PoolerSettings
from workers.traffic.port import Endpoint, Session
from workers.traffic.ways import Way

log = logging.getLogger(__name__)

# A move of traffic that flows holds it for a moment; nobody should wait longer for that.
MOVE_SECONDS = 5.0
# A pooler that forgot a pause gets it back, unless transactions are in the way for this long.
HOLD_AGAIN_SECONDS = 2.0
# After traffic was held every server connection is made anew: so long a password must not be stale.
ANEW_SECONDS = 30.0


@dataclass
class _Source:
    """What is only in memory: one change at a time, and a way to end a pause that still waits."""

    changing: asyncio.Lock = field(default_factory=asyncio.Lock)
    pausing: asyncio.Task[None] | None = None
    # by the monotonic clock, which nobody sets back
    let_go_at: float | None = None


@dataclass(frozen=True)
class SourceState:
    """What the pooler says of a source, and what the agent keeps of it."""

    epoch: int
    paused: bool
    endpoint: Endpoint | None
    ways: tuple[Way, ...]
    # whose each of them is, by the entry's name
    users: Mapping[str, str]
    foreign: tuple[str, ...]
    resumes_at: float | None
    settings: PoolerSettings


class Agent:
    """Answers the verbs for every source of the configuration."""

    def __init__(self, entries: Entries, pooler: Pooler, journal: Journal) -> None:
        """Nothing is opened yet; what the journal says is held stays held until its time."""
        self._entries = entries
        self._pooler = pooler
        self._journal = journal
        self._sources = {source: _Source() for source in entries.sources}
        self._logins_matter_until = time.monotonic()
        for source, memory in self._sources.items():
            if hold := journal.of(source).hold:
                left = min(hold.resumes_at - time.time(), hold.resume_after_seconds)
                memory.let_go_at = time.monotonic() + left

    @property
    def logins_matter(self) -> bool:
        """Whether traffic is held, or was a moment ago: then connections are made anew."""
        held = any(memory.let_go_at is not None for memory in self._sources.values())
        return held or time.monotonic() < self._logins_matter_until

    async def state(self, source: str) -> SourceState:
        """Read everything from the console now."""
        self._memory(source)
        settings = await self._pooler.settings()
        ways = await self._pooler.ways()
        live = [ways[name] for name in self._entries.live(source) if name in ways]
        places = {way.endpoint for way in live}
        modes = {way.pool_mode or settings.pool_mode for way in live} or {settings.pool_mode}
        names = self._entries.live(source)
        paused = len(live) == len(names) and all(way.held for way in live)
        record = self._journal.of(source)
        return SourceState(
            epoch=record.epoch,
            paused=paused and await self._pooler.is_drained(names),
            endpoint=places.pop() if len(places) == 1 else None,
            ways=tuple(live),
            users=self._entries.users(source),
            foreign=self._entries.foreign(source, ways),
            resumes_at=record.hold.resumes_at if record.hold else None,
            settings=settings.with_pool_mode(", ".join(sorted(modes))),
        )

    async def sessions(self, source: str) -> tuple[Session, ...]:
        """The clients of the source's live entries."""
        self._memory(source)
        return await self._pooler.sessions(self._entries.live(source))

    async def pause(
        self,
        source: str,
        epoch: int,
        *,
        timeout_seconds: float,
        resume_after_seconds: float,
        renew: bool,
    ) -> float:
        """Hold every entry of the source, or none; the milliseconds it took. Again: put off.

        With `renew` it is only put off: one that came late would hold what was let go since.
        """
        async with self._change(source, epoch) as record:
            if renew and record.hold is None:
                raise PauseTimedOut("There is no pause to renew: traffic flows.")
            ways = await self._pooler.ways()
            names = self._entries.to_hold(source, ways)
            started = time.perf_counter()
            held = record.hold is not None and all(ways[name].held for name in names)
            if record.hold and held and await self._pooler.is_drained(names):
                record.hold.resume_after_seconds = resume_after_seconds
                self._put_off(self._memory(source), record)
                await self._journal.save(durable=False)
                return 0.0
            await self._intend_hold(source, record, timeout_seconds, resume_after_seconds)
            await self._hold(source, record, names, timeout_seconds)
            return (time.perf_counter() - started) * 1000

    async def point_to(self, source: str, epoch: int, endpoint: Endpoint) -> None:
        """Lead the live entries to the endpoint; on return nothing is served from elsewhere."""
        async with self._change(source, epoch) as record:
            await self._entries.read_missing_secrets(source)
            ways = await self._pooler.ways()
            live = [ways.get(name) for name in self._entries.live(source)]
            if all(way is not None and way.held for way in live):
                await self._move(source, record, endpoint)
            elif any(way is None or way.endpoint != endpoint for way in live):
                await self._move_flowing(source, record, endpoint, ways)

    async def open_validation(self, source: str, epoch: int, endpoint: Endpoint) -> str:
        """Lead the validation entry to the endpoint; its name."""
        async with self._change(source, epoch) as record:
            name = self._entries.validation(source)
            self._entries.refuse_foreign(source, await self._pooler.ways())
            await self._entries.read_secrets(source)
            record.validation = endpoint
            await self._journal.save()
            await self._entries.install()
            return name

    async def resume(self, source: str, epoch: int) -> None:
        """Let the source's traffic go; a pause that still waits is given up."""
        async with self._change(source, epoch, ends_pause=True) as record:
            await self._let_go(source, record)

    async def tend(self, source: str) -> None:
        """Resume what nobody called about, hold again what a restarted pooler forgot."""
        memory, record = self._memory(source), self._journal.of(source)
        if memory.let_go_at is None or memory.changing.locked():
            return
        async with memory.changing:
            if memory.let_go_at is None or record.hold is None:
                return
            left = memory.let_go_at - time.monotonic()
            if left <= 0:
                term = record.hold.resume_after_seconds
                await self._let_go(source, record)
                log.warning(
                    "Nobody called about the pause of %s (epoch %d) for %g s: traffic resumed.",
                    source,
                    record.epoch,
                    term,
                )
                return
            ways = await self._pooler.ways()
            if all(ways[name].held for name in self._entries.live(source) if name in ways):
                return
            log.warning("The pooler forgot the pause of %s: it restarted. Pausing again.", source)
            names = self._entries.to_hold(source, ways)
            await self._hold(source, record, names, min(left, HOLD_AGAIN_SECONDS))

    @asynccontextmanager
    async def _change(
        self, source: str, epoch: int, *, ends_pause: bool = False
    ) -> AsyncIterator[SourceRecord]:
        """One change at a time, by nobody older; a call by epoch puts the dead-man's time off."""
        memory, record = self._memory(source), self._journal.of(source)
        _refuse_older(record, source, epoch)
        if memory.pausing and (ends_pause or epoch > record.epoch):
            memory.pausing.cancel()
        async with memory.changing:
            _refuse_older(record, source, epoch)
            if epoch > record.epoch:
                record.epoch = epoch
                await self._journal.save()
            self._put_off(memory, record)
            yield record

    async def _intend_hold(
        self, source: str, record: SourceRecord, seconds: float, resume_after_seconds: float
    ) -> None:
        """On disk before the first entry is held: whatever crashes, somebody knows to let go."""
        record.hold = Hold(
            resume_after_seconds=resume_after_seconds,
            resumes_at=time.time() + seconds + resume_after_seconds,
        )
        self._memory(source).let_go_at = time.monotonic() + seconds + resume_after_seconds
        await self._journal.save()

    async def _hold(
        self, source: str, record: SourceRecord, names: tuple[str, ...], seconds: float
    ) -> None:
        """Hold the entries; when that fails traffic flows, or will as soon as it can be told to."""
        memory = self._memory(source)
        memory.pausing = asyncio.create_task(self._pooler.hold(names, seconds))
        try:
            await memory.pausing
        except PauseTimedOut:
            await self._forget_hold(source, record)
            raise
        except BaseException:
            given_up = memory.pausing.cancelled()
            memory.let_go_at = time.monotonic()
            if given_up:
                raise PauseTimedOut(
                    "The pause was given up: a later call let traffic go."
                ) from None
            raise
        finally:
            memory.pausing = None
        self._put_off(memory, record)

    async def _let_go(self, source: str, record: SourceRecord) -> None:
        # A move in between may have parted the live entries from the one for validation.
        await self._pooler.let_go(self._entries.ever_held(source, record))
        await self._forget_hold(source, record)

    async def _forget_hold(self, source: str, record: SourceRecord) -> None:
        record.hold = None
        self._memory(source).let_go_at = None
        self._logins_matter_until = time.monotonic() + ANEW_SECONDS
        # Not durable, so as not to be in the way of the first commits: a hold found after a power
        # cut is only resumed once more.
        await self._journal.save(durable=False)

    async def _move(self, source: str, record: SourceRecord, endpoint: Endpoint) -> None:
        """Lead held entries elsewhere; when that fails they lead where they did."""
        before, record.endpoint = record.endpoint, endpoint
        saving = asyncio.create_task(self._journal.save())
        # Beside each other: what is held and has no server connection opens none.
        looking = asyncio.create_task(self._pooler.see_no_server(self._entries.live(source)))
        try:
            await self._entries.install()
            await looking
            await saving
        except BaseException:
            looking.cancel()
            record.endpoint = before
            await asyncio.wait({saving, looking})
            await self._journal.save()
            with suppress(PoolerUnreachable):
                await self._entries.install()
            raise

    async def _move_flowing(
        self, source: str, record: SourceRecord, endpoint: Endpoint, ways: dict[str, Way]
    ) -> None:
        """Hold, move, let go: or old and new place would both be served for a while."""
        names = self._entries.to_hold(source, ways)
        await self._intend_hold(source, record, MOVE_SECONDS, MOVE_SECONDS)
        await self._hold(source, record, names, MOVE_SECONDS)
        try:
            await self._move(source, record, endpoint)
        finally:
            await self._let_go(source, record)

    @staticmethod
    def _put_off(memory: _Source, record: SourceRecord) -> None:
        if record.hold is not None:
            record.hold.resumes_at = time.time() + record.hold.resume_after_seconds
            memory.let_go_at = time.monotonic() + record.hold.resume_after_seconds

    def _memory(self, source: str) -> _Source:
        try:
            return self._sources[source]
        except KeyError:
            raise UnknownSource(
                f"No entry of this pooler leads to `{source}`: add it to [[entries]] in the "
                "agent's file and restart the agent."
            ) from None


def _refuse_older(record: SourceRecord, source: str, epoch: int) -> None:
    if epoch < record.epoch:
        raise OlderEpoch(
            f"Epoch {epoch} of `{source}` is over: epoch {record.epoch} has taken over. "
            "Stop, and change nothing."
        )
