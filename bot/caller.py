"""Calls people who must act, again and again for a while, and lets them sleep where it can wait.

When whom to call next stands in Redis: no restart forgets it, and none calls twice for it.
"""

import logging
from dataclasses import dataclass, replace

from pydantic import TypeAdapter
from redis import Redis
from slack_sdk import WebClient

from bot import once
from bot.cursor import NONE, Cursor, Cursors
from bot.messages.calls import LAST, Call, called, deciders, wanted
from bot.quiet_hours import QuietHours
from bot.slack_clients import Identity
from bot.turn import Turn
from migration.ports import Clock
from migration.service import Snapshot

log = logging.getLogger(__name__)

MINUTE = 60.0
#: From each call to the next: 15, 30 and 60 minutes after the first, and the last after two hours.
PAUSES = (15 * MINUTE, 15 * MINUTE, 30 * MINUTE, 60 * MINUTE)


@dataclass(frozen=True)
class Due:
    """The next call of one occasion."""

    occasion: str = ""
    #: The first is number 0.
    number: int = 0
    #: When the occasion came about, and when the call is due (unix seconds); 0: no more calls.
    since: float = 0.0
    at: float = 0.0


DUE: TypeAdapter[Due] = TypeAdapter(Due)


def first(call: Call, now: float, quiet: QuietHours | None) -> Due:
    """The first call of an occasion that has just come about."""
    morning = now if call.urgent or quiet is None else quiet.until(now)
    if morning > now or not call.said:
        return Due(call.occasion, 0, now, morning)
    return after(Due(call.occasion, 0, now, now), call, now)


def after(due: Due, call: Call, now: float) -> Due:
    """What comes after a call that was made now."""
    if not call.again or due.number >= LAST:
        return replace(due, at=0.0)
    return replace(due, number=due.number + 1, at=now + PAUSES[due.number])


class Caller:
    """The calls of all migrations."""

    def __init__(
        self,
        client: WebClient,
        identity: Identity,
        redis: Redis,
        cursors: Cursors,
        clock: Clock,
        approvers: frozenset[str],
        quiet: QuietHours | None,
    ) -> None:
        """A caller into the threads of this workspace."""
        self._client = client
        self._identity = identity
        self._redis = redis
        self._cursors = cursors
        self._clock = clock
        self._approvers = approvers
        self._quiet = quiet

    def rests(self) -> bool:
        """Whether nobody is called now who is wanted in no hurry."""
        now = self._clock.now()
        return self._quiet is not None and self._quiet.until(now) > now

    def call(self, snapshot: Snapshot, shown: Cursor, turn: Turn) -> float:
        """Call whoever is due; gives when to come again for the next (unix seconds), 0 for never.

        Raises:
            SlackNotNow: Slack did not take it now; it stays due.
            TurnLost: somebody else does it.
        """
        call, name = wanted(snapshot, self._approvers), snapshot.migration.id
        if call is None:
            # It may be wanted again in a moment: a condition comes and goes.
            return 0.0
        now = self._clock.now()
        due = self._load(name)
        if due.occasion != call.occasion:
            due = self._save(name, first(call, now, self._quiet))
        if not due.at:
            return 0.0
        morning = now if call.urgent or self._quiet is None else self._quiet.until(now)
        if due.at <= now < morning:
            due = self._save(name, replace(due, at=morning))
        if due.at <= now:
            turn.check()
            self._post(snapshot, call, due, shown)
            due = self._save(name, after(due, call, self._clock.now()))
            self._cursors.save(f"{name}!calls", intended=NONE)
        return due.at

    def _post(self, snapshot: Snapshot, call: Call, due: Due, shown: Cursor) -> None:
        migration = snapshot.migration
        name = f"{migration.id}!calls"
        place = once.Place(shown.channel, shown.root, since=migration.created_at)
        mark = once.metadata(f"{migration.id}!{call.occasion}", due.number)
        begun = self._cursors.load(name).intended == due.number
        if begun and once.find(self._client, self._identity.bot_id, place, mark):
            return
        message = called(call, due.number, due.since, deciders(snapshot, self._approvers))
        with once.intending(self._cursors, name, due.number):
            once.post(self._client, place, message, mark)
        log.info("Called for %s: %s, number %d", migration.id, call.occasion, due.number)

    @staticmethod
    def _key(migration_id: str) -> str:
        return f"daybreak:channel:{migration_id}:call"

    def _load(self, migration_id: str) -> Due:
        stored = self._redis.get(self._key(migration_id))
        return DUE.validate_json(stored) if isinstance(stored, bytes) else Due()

    def _save(self, migration_id: str, due: Due) -> Due:
        self._redis.set(self._key(migration_id), DUE.dump_json(due))
        return due
