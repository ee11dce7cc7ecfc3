"""Who has signed on for RQ's queues, and whether a reconciler is at work."""

from dataclasses import dataclass
from typing import Any

from redis import Redis
from rq import Worker
from rq.serializers import JSONSerializer

from migration.adapters.connection import answered
from migration.adapters.redis_observations import SEAT_KEY


@dataclass(frozen=True)
class SignedOn:
    """A worker's entry in Redis. One that was killed stays there until it expires."""

    name: str
    host: str
    queues: tuple[str, ...]
    busy: bool


def roll(redis: Redis) -> list[SignedOn]:
    """Everybody who is signed on, by name; raises StoreUnavailable."""
    with answered():
        workers: list[Any] = Worker.all(connection=redis, serializer=JSONSerializer)
        found = [_read(worker) for worker in workers]
    return sorted(found, key=lambda one: one.name)


def _read(worker: Any) -> SignedOn:
    queues = tuple(worker.queue_names())
    return SignedOn(worker.name, worker.hostname or "?", queues, worker.get_state() == "busy")


def somebody_collects(redis: Redis) -> bool:
    """Whether a reconciler has the collector's seat, which lapses soon after its holder is gone."""
    with answered():
        return bool(redis.exists(SEAT_KEY))
