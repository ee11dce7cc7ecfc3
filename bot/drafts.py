"""Forms that are being filled in, kept in Redis: what was chosen outlives Slack's view of it."""

import logging
from dataclasses import replace
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError
from redis import Redis

from bot.messages.draft import Draft, Waiting
from migration.adapters.connection import answered
from migration.adapters.redis_store import PREFIX
from migration.adapters.transaction import Transaction
from migration.ports import Clock

log = logging.getLogger(__name__)

T = TypeVar("T")

DRAFT: TypeAdapter[Draft] = TypeAdapter(Draft)
WAITING: TypeAdapter[Waiting] = TypeAdapter(Waiting)
# Whoever comes back later than this begins anew: the source is not what it was.
KEPT_SECONDS = 7 * 24 * 3600


def _key(draft_id: str) -> str:
    return f"{PREFIX}form:{draft_id}"


def _latest(user: str) -> str:
    return f"{PREFIX}form-of:{user}"


def _waiting(draft_id: str) -> str:
    return f"{PREFIX}form-waits:{draft_id}"


class Drafts:
    """The drafts of all people; every method raises StoreUnavailable when it gets no answer.

    Names, numbers and choices are in them, and nothing secret: no form asks for such a thing.
    """

    def __init__(self, redis: Redis, clock: Clock) -> None:
        """Drafts in this Redis."""
        self._redis = redis
        self._clock = clock

    def save(self, draft: Draft) -> Draft:
        """Keep it, and offer it to its person later unless it was sent; gives it with its time."""
        kept = replace(draft, saved_at=self._clock.now())
        with answered(), Transaction(self._redis) as pipe:
            pipe.multi()
            pipe.set(_key(kept.id), DRAFT.dump_json(kept), ex=KEPT_SECONDS)
            if kept.started:
                pipe.delete(_latest(kept.user))
            elif kept.worth_keeping:
                pipe.set(_latest(kept.user), kept.id, ex=KEPT_SECONDS)
            pipe.execute()
        return kept

    def load(self, draft_id: str) -> Draft | None:
        """One of the last week; None when there is none that can be read."""
        return self._read(_key(draft_id), DRAFT)

    def wait(self, draft_id: str, waiting: Waiting) -> None:
        """A view waits for a look."""
        with answered():
            self._redis.set(_waiting(draft_id), WAITING.dump_json(waiting), ex=KEPT_SECONDS)

    def waiting(self, draft_id: str) -> Waiting:
        """Which view waits for which look; a blank one for none."""
        return self._read(_waiting(draft_id), WAITING) or Waiting()

    def _read(self, key: str, kind: TypeAdapter[T]) -> T | None:
        with answered():
            stored: Any = self._redis.get(key)
        if stored is None:
            return None
        try:
            return kind.validate_json(stored)
        except ValidationError as error:
            log.warning("%s can't be read: %d errors", key, error.error_count())
            return None

    def of(self, user: str) -> Draft | None:
        """Somebody's latest that was not sent; None when there is none."""
        with answered():
            named: Any = self._redis.get(_latest(user))
        return self.load(named.decode()) if isinstance(named, bytes) else None

    def leave(self, user: str) -> None:
        """Offer it no more."""
        with answered():
            self._redis.delete(_latest(user))
