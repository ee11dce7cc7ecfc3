"""The workers: each kind is asked a question by a job, and says itself what the bot can't see."""

import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass

from redis import Redis

from migration import examination
from migration.adapters.redis_examinations import RedisExaminations
from migration.adapters.rq_engine import CHANNEL, CUT_OVERS, STEPS, RqEngine
from migration.adapters.rq_roll import SignedOn, roll, somebody_collects
from migration.examination import Finding, failure, good, warning

#: How long somebody may take to begin to answer, and from then on to go on, in s.
BEGIN_SECONDS = 20.0
GO_ON_SECONDS = 60.0
POLL_SECONDS = 0.05
RECONCILER = "reconciler"


@dataclass(frozen=True)
class Kind:
    """A kind of worker: the queues that it has to take jobs from, and its line of the Procfile."""

    who: str
    queues: tuple[str, ...]
    command: str


WORKER = Kind(examination.WORKER, (CUT_OVERS, STEPS), "python -m workers worker")
CHANNEL_WORKER = Kind(examination.CHANNEL_WORKER, (CHANNEL,), "python -m bot channel")


class Processes:
    """One examination of those who work."""

    def __init__(
        self, redis: Redis, begin_seconds: float = BEGIN_SECONDS, go_on: float = GO_ON_SECONDS
    ) -> None:
        """Nothing is asked yet."""
        self._redis = redis
        self._said = RedisExaminations(redis)
        self._begin_seconds = begin_seconds
        self._go_on_seconds = go_on
        self._run_id = secrets.token_hex(8)

    def findings(self) -> Iterator[Finding]:
        """What each kind says, as it says it; raises StoreUnavailable."""
        RqEngine(self._redis).examine(self._run_id)
        until = time.monotonic() + self._begin_seconds
        yield from self._of(CHANNEL_WORKER, until)
        yield _reconciler(self._redis)
        yield from self._of(WORKER, until)

    def _of(self, kind: Kind, until: float) -> Iterator[Finding]:
        found = roll(self._redis)
        for queue in kind.queues:
            if not [one for one in found if queue in one.queues]:
                yield failure(
                    kind.who,
                    f"nobody takes jobs from the queue `{queue}`",
                    f"Start `{kind.command}`, and look at its log if it ended.",
                )
                return
        yield from self._answers(kind, until)

    def _answers(self, kind: Kind, until: float) -> Iterator[Finding]:
        heard = 0
        while True:
            said = self._said.heard(self._run_id, kind.who, heard)
            yield from said.findings
            heard += len(said.findings)
            if said.ended:
                return
            if said.findings:
                until = time.monotonic() + self._go_on_seconds
            if time.monotonic() > until:
                yield _silent(kind, roll(self._redis), begun=heard > 0)
                return
            time.sleep(POLL_SECONDS)


def _silent(kind: Kind, found: list[SignedOn], *, begun: bool) -> Finding:
    """Why nobody says anything (more)."""
    here = [one for one in found if kind.queues[0] in one.queues]
    hosts = ", ".join(sorted({one.host for one in here})) or "nobody any more"
    if begun:
        return failure(
            kind.who,
            f"said no more (signed on: {hosts})",
            "Look at its log: it was ended, or something that it asked hangs.",
        )
    if here and all(one.busy for one in here):
        return warning(
            kind.who,
            f"all {len(here)} are busy ({hosts}), and nobody answered",
            f"Once they are done, ask again; if they never are, start more of `{kind.command}`.",
        )
    return failure(
        kind.who,
        f"signed on ({hosts}), and does not answer",
        f"Look at the log of `{kind.command}`, and restart it.",
    )


def _reconciler(redis: Redis) -> Finding:
    if somebody_collects(redis):
        return good(RECONCILER, "one is at work")
    return failure(
        RECONCILER,
        "none is at work: nothing that was lost is driven on, and nobody takes over a cut-over",
        "Start `python -m workers reconciler`, and look at its log if it ended.",
    )
